"""Situation + Directory → Plan.

The rules are one tuple of rows. The order of the rows is the order of the referrals, a referral stands in a step once,
for its first reason, and the first one in the report step that may be used is the one report. A row marked fallback
adds only to a step that nothing else has filled; a row that does not fill lets the next fallback add as well. The report
step is filled, and the one report chosen, only with what a good source names; what the press alone names stands behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import NamedTuple

from msgspec import structs

from hotline_router.directory import Directory, Served
from hotline_router.freshness import shown_on
from hotline_router.model import (
    Advice,
    Concern,
    Kind,
    Plan,
    Platform,
    Purpose,
    Reason,
    Referral,
    Role,
    Service,
    Situation,
    Step,
    StepLine,
)

C = Concern
IMAGES = {C.SEXUAL_IMAGES, C.PROMOTION, C.LIVE_ABUSE, C.OWN_IMAGE, C.GENERATED, C.UNSURE}
CRISIS = {C.SEXTORTION, C.OWN_IMAGE, C.GENERATED, C.GROOMING, C.EXPLOITATION, C.OFFLINE_ABUSE, C.OWN_THOUGHTS}
IMAGE_OF_ME = {C.OWN_IMAGE, C.SEXTORTION, C.GENERATED}
OFFLINE = {C.OFFLINE_ABUSE, C.MISSING}
NOW = {C.LIVE_ABUSE, C.MISSING}  # concerns that imply danger: the emergency number is large
# What a service takes when its file names no concerns.
IMPLIED: dict[Kind, frozenset[Concern]] = {
    Kind.HOTLINE: frozenset(IMAGES),
    Kind.POLICE: frozenset(set(C) - {C.OWN_THOUGHTS}),
    Kind.EMERGENCY: frozenset(C),
    Kind.HELPLINE: frozenset(C),
    Kind.REGULATOR: frozenset(C),
    Kind.REMOVAL: frozenset(IMAGE_OF_ME | {C.SEXUAL_IMAGES, C.PROMOTION, C.UNSURE}),
    Kind.CHILD_PROTECTION: frozenset({C.OFFLINE_ABUSE, C.EXPLOITATION, C.GROOMING, C.UNSURE}),
    Kind.PREVENTION: frozenset({C.OWN_THOUGHTS, C.OFFLINE_ABUSE}),
    Kind.MISSING: frozenset({C.MISSING}),
    Kind.TRAFFICKING: frozenset({C.EXPLOITATION}),
}
ORDER = {purpose: i for i, purpose in enumerate(Purpose)}
KINDS_OF_ADVICE = {"know": 0, "do": 1, "dont": 2, "keep": 3}
AMERICAN_HOTLINE = "us-ncmec-cybertipline"  # 18 USC 2258A: American companies must report to it
PORTAL = "IWF portal"


def takes(service: Service, concern: Concern) -> bool:
    """Whether a service takes a concern: named in its file, implied by its kind, or a sexual image of a child as well."""
    if not service.concerns:
        return concern in IMPLIED[service.kind]
    return concern in service.concerns or (concern in IMAGES and C.SEXUAL_IMAGES in service.concerns)


def serves(service: Service, role: Role | None) -> bool:
    """Whether a service is for this role; an entry for those who run a service is for nobody else."""
    if not service.roles:
        return True
    return role in service.roles if role else set(service.roles) != {Role.PROVIDER}


class View(NamedTuple):
    """What a row looks at: the situation, the directory, what serves the region, and the platform if one is known."""

    situation: Situation
    directory: Directory
    served: list[Served]
    platform: Platform | None

    def services(self, *kinds: Kind, reach: Iterable[int] = (0,)) -> Iterator[Service]:
        """Services of these kinds and this reach that take the concern."""
        concern = self.situation.concern
        for served in self.served:
            if served.service.kind in kinds and served.reach in reach and takes(served.service, concern):
                yield served.service

    def reports(self, *kinds: Kind, portal: bool | None = None, reach: Iterable[int] = (0,)) -> Iterator[Service]:
        """Those of them where this role can report; portal tells IWF portals from hotlines of their own."""
        for service in self.services(*kinds, reach=reach):
            if portal is not None and (PORTAL in service.networks) != portal:
                continue
            if serves(service, self.situation.role) and service.reports_at:
                yield service


Picks = Callable[[View], Iterable[Service | Platform]]


class Rule(NamedTuple):
    """One row: why, in which step, when, and whom; says is the row in words, for people who check the table."""

    reason: Reason
    purpose: Purpose
    says: str
    applies: Callable[[Situation], bool]
    picks: Picks
    fallback: bool = False
    fills: bool = True


def _always(_: Situation) -> bool:
    return True


def _not_thoughts(s: Situation) -> bool:
    return s.concern is not C.OWN_THOUGHTS


def _online(s: Situation) -> bool:
    return s.concern not in OFFLINE and s.concern is not C.OWN_THOUGHTS


def large(s: Situation) -> bool:
    """Whether the emergency number stands large: danger is said, or the concern implies it."""
    return s.danger or s.concern in NOW


def _picture_of_me(s: Situation) -> bool:
    if s.role is Role.SURVIVOR:
        return s.concern in IMAGE_OF_ME | IMAGES
    return s.concern in IMAGE_OF_ME and s.role not in {Role.WITNESS, Role.PROVIDER}


def _emergency(v: View) -> Iterator[Service]:
    here = list(v.services(Kind.EMERGENCY))
    yield from here or v.services(Kind.EMERGENCY, reach=(2, 3))


def _first_by_rule(v: View) -> Iterator[Service]:
    for service in v.reports(*Kind, reach=(0,)):
        if v.situation.concern in service.first_for:
            yield service


def _provider(v: View) -> Iterator[Service]:
    for service in v.reports(Kind.HOTLINE, Kind.POLICE, Kind.REGULATOR):
        if Role.PROVIDER in service.roles:
            yield service


def _child_region(v: View) -> Iterator[Service]:
    there = v.situation.child_region
    if there and there != v.situation.region:
        other = v._replace(served=v.directory.serving(there))
        yield from other.reports(Kind.HOTLINE, Kind.POLICE)


def _police_by_phone(v: View) -> Iterator[Service]:
    if not any(v.reports(Kind.POLICE)):
        yield from v.services(Kind.EMERGENCY)


def _missing(v: View) -> Iterator[Service]:
    own = list(v.reports(Kind.MISSING))
    yield from own or v.services(Kind.MISSING, reach=(2,))


def _platform_home(v: View) -> Iterator[Service]:
    if v.platform and v.platform.home == "US":
        for service in v.reports(Kind.HOTLINE, reach=(0, 3)):
            if service.id == AMERICAN_HOTLINE:
                yield service


def _platform(v: View) -> Iterator[Platform]:
    if v.platform and (v.platform.in_app or v.platform.reports_at):
        yield v.platform


def _platform_unknown(v: View) -> Iterator[Platform]:
    p = v.platform
    if p and p.category != "generic" and not (p.in_app or p.reports_at):
        yield p


def _removal(age: str) -> Picks:
    def picks(v: View) -> Iterator[Service]:
        role = v.situation.role
        # A professional helps the child to use the tool made for the child.
        found = [
            (served.reach, service)
            for served in v.served
            if (service := served.service).image_age == age
            and takes(service, v.situation.concern)
            and (serves(service, role) or role is Role.PROFESSIONAL)
        ]
        # Near before far; then those where the picture stays on the device; then those that ask for less.
        yield from (
            s
            for _, s in sorted(
                found, key=lambda f: (f[0], "hash" not in (f[1].conditions.receives or ()), len(f[1].conditions.needs or ()))
            )
        )

    return picks


def _prevention(v: View) -> Iterator[Service]:
    for reach in (0, 2, 3):  # near before far
        yield from (s for s in v.services(Kind.PREVENTION, reach=(reach,)) if serves(s, v.situation.role))


def _helpline(v: View) -> Iterator[Service]:
    role = v.situation.role
    found = [s for s in v.services(Kind.HELPLINE) if serves(s, role) and not s.crisis]
    # Made for this role before open to all; general before special; somebody to call or chat with before a page.
    yield from sorted(
        found,
        key=lambda s: (
            not s.roles if role else bool(s.roles),
            bool(s.concerns),
            not any(c.type in {"phone", "chat", "text"} for c in s.channels),
            not s.networks,
        ),
    )


def _crisis(v: View) -> Iterator[Service]:
    yield from (s for s in v.services(Kind.HELPLINE) if s.crisis and serves(s, v.situation.role))


def _part_helpline(v: View) -> Iterator[Service]:
    yield from (s for s in v.services(Kind.HELPLINE, reach=(1,)) if serves(s, v.situation.role))


def _regulator(v: View) -> Iterator[Service]:
    yield from (s for s in v.services(Kind.REGULATOR) if serves(s, v.situation.role))


def _kinds(*kinds: Kind, portal: bool | None = None, reach: Iterable[int] = (0,)) -> Picks:
    return lambda v: v.reports(*kinds, portal=portal, reach=reach)


def _any(*kinds: Kind, reach: Iterable[int] = (0,)) -> Picks:
    return lambda v: v.services(*kinds, reach=reach)


P, R, K = Purpose, Reason, Kind
RULES: tuple[Rule, ...] = (
    Rule(R.DANGER, P.DANGER, "danger, a live stream or a missing child: the emergency number, large", large, _emergency),
    Rule(R.DANGER_ONE_LINE, P.DANGER, "no such danger: the emergency number in one line", lambda s: not large(s), _emergency),
    Rule(R.PROVIDER_DUTY, P.REPORT, "who runs a service: the body that the law names for providers",
         lambda s: s.role is Role.PROVIDER and _not_thoughts(s), _provider),
    Rule(R.FIRST_BY_RULE, P.REPORT, "whom law or the hotlines name first for this concern", _not_thoughts, _first_by_rule),
    Rule(R.POLICE_NOW, P.REPORT, "missing: the police by the emergency number",
         lambda s: s.concern is C.MISSING, _any(K.EMERGENCY)),
    Rule(R.POLICE, P.REPORT, "missing or offline: the police", lambda s: s.concern in OFFLINE, _kinds(K.POLICE)),
    Rule(R.NATIONAL_HOTLINE, P.REPORT, "the national hotline that takes the concern", _not_thoughts,
         _kinds(K.HOTLINE, portal=False)),
    Rule(R.POLICE, P.REPORT, "the police reporting channel", _not_thoughts, _kinds(K.POLICE)),
    Rule(R.MISSING_LINE, P.REPORT, "missing: the line for missing children, in the EU at least the common one",
         lambda s: s.concern is C.MISSING, _missing),
    Rule(R.TRAFFICKING_LINE, P.REPORT, "exploitation: the line against trafficking",
         lambda s: s.concern is C.EXPLOITATION, _kinds(K.TRAFFICKING)),
    Rule(R.CHILD_PROTECTION, P.REPORT, "abuse by somebody near: the child protection authority",
         lambda s: s.concern in {C.OFFLINE_ABUSE, C.EXPLOITATION, C.GROOMING, C.UNSURE}, _kinds(K.CHILD_PROTECTION)),
    Rule(R.EMERGENCY, P.REPORT, "missing or offline, no police channel known: the emergency number",
         lambda s: s.concern in OFFLINE, _any(K.EMERGENCY), True),
    Rule(R.PORTAL, P.REPORT, "the region's own IWF portal", _not_thoughts, _kinds(K.HOTLINE, portal=True), True),
    Rule(R.WORLD_PORTAL, P.REPORT, "the portal for all regions without one", _not_thoughts,
         _kinds(K.HOTLINE, portal=True, reach=(3,)), True),
    Rule(R.WORLD_HOTLINE, P.REPORT, "a hotline that takes reports from the whole world", _not_thoughts,
         _kinds(K.HOTLINE, portal=False, reach=(2, 3)), True),
    Rule(R.NETWORK_LIST, P.REPORT, "INHOPE's list of hotlines", _not_thoughts, _any(K.HOTLINE, reach=(0, 3)), True),
    Rule(R.EMERGENCY, P.REPORT, "nothing else is known: the emergency number", _not_thoughts, _emergency, True),
    Rule(R.POLICE_NOW, P.REPORT, "no police channel known: the police by the emergency number",
         lambda s: s.concern in {C.GROOMING, C.SEXTORTION, C.EXPLOITATION, C.LIVE_ABUSE}, _police_by_phone),
    Rule(R.CHILD_REGION, P.REPORT, "the child is elsewhere: hotline and police there", _not_thoughts, _child_region),
    Rule(R.PLATFORM_HOME, P.REPORT, "an American platform: the CyberTipline", _online, _platform_home),
    Rule(R.PART, P.REPORT, "those that serve only a part of the region", _not_thoughts,
         _kinds(K.HOTLINE, K.POLICE, K.CHILD_PROTECTION, reach=(1,))),
    Rule(R.PLATFORM, P.REMOVE, "the platform's own report page and menu", _online, _platform),
    Rule(R.PLATFORM_UNKNOWN, P.REMOVE, "no report page of the platform is known: say so", _online, _platform_unknown),
    Rule(R.REMOVAL_CHILD_IMAGE, P.REMOVE, "a picture of me or my child: tools for pictures of under-18s",
         _picture_of_me, _removal("under-18")),
    Rule(R.REMOVAL_ADULT_IMAGE, P.REMOVE, "only if the person was 18 or older in the picture",
         lambda s: s.concern in IMAGE_OF_ME and s.role in {None, Role.SURVIVOR}, _removal("18-plus")),
    Rule(R.PREVENTION, P.SUPPORT, "own thoughts: prevention services", lambda s: s.concern is C.OWN_THOUGHTS,
         _prevention),
    Rule(R.HELPLINE, P.SUPPORT, "a helpline for this role", _always, _helpline),
    Rule(R.WORRIED_ADULT, P.SUPPORT, "an adult worried about somebody: prevention services",
         lambda s: s.concern is C.OFFLINE_ABUSE and s.role in {Role.PARENT, Role.WITNESS, Role.PROFESSIONAL, None},
         _any(K.PREVENTION)),
    Rule(R.CRISIS, P.SUPPORT, "for who may not want to live on: a crisis line",
         lambda s: s.concern in CRISIS or s.role in {Role.CHILD, Role.SURVIVOR}, _crisis, fills=False),
    Rule(R.PART, P.SUPPORT, "a helpline for a part of the region", _always, _part_helpline, fills=False),
    Rule(R.HELPLINE_ANY, P.SUPPORT, "no helpline for this role: any helpline of the region", _always,
         lambda v: (s for s in v.services(K.HELPLINE) if not s.crisis), True, fills=False),
    Rule(R.WORLD_HELPLINE, P.SUPPORT, "no helpline known: the lists of helplines", _always,
         _any(K.HELPLINE, reach=(2, 3)), True),
    Rule(R.PLATFORM_COMPLAINT, P.ESCALATE, "ask the platform to look again", lambda s: s.tried_platform, _platform),
    Rule(R.REGULATOR, P.ESCALATE, "the regulator where the person is",
         lambda s: s.tried_platform or (_online(s) and s.platform is not None), _regulator),
    Rule(R.PART, P.ESCALATE, "a body for a part of the region", lambda s: s.tried_platform, _any(K.REGULATOR, reach=(1,))),
    Rule(R.EU_REDRESS, P.ESCALATE, "in the EU: redress under the Digital Services Act",
         lambda s: s.tried_platform or (_online(s) and s.platform is not None), _any(K.REGULATOR, reach=(2,))),
)  # fmt: skip


def _referral(entry: Service | Platform, reason: Reason, view: View, today: date) -> Referral | None:
    complaint = reason is Reason.PLATFORM_COMPLAINT
    abroad = isinstance(entry, Service) and not _at_home(entry, view.situation.region)
    shown = shown_on(entry, view.directory, today, complaint=complaint, abroad=abroad)
    if shown is None:
        return Referral(entry, reason, False, (), (), False, False, None) if reason is Reason.PLATFORM_UNKNOWN else None
    return Referral(entry, reason, False, *shown)


def _at_home(service: Service, region: str | None) -> bool:
    return region is not None and any(code[:2] == region for code in service.regions if code not in {"EU", "001"})


def advice_for(situation: Situation, directory: Directory) -> tuple[Advice, ...]:
    """The lines for a concern and role: know, do, don't, keep, fears answered; those made for this role first.

    Inside that, the order of the file: a concern's own lines before those that others lend it.
    """
    concern, role = situation.concern, situation.role
    own = directory.concerns[concern].advice if concern in directory.concerns else ()
    lent = (line for text in directory.concerns.values() for line in text.advice if concern in line.also)
    lines = [line for line in (*own, *lent) if not line.roles or role in line.roles]
    return tuple(sorted(lines, key=lambda line: (bool(line.fear), KINDS_OF_ADVICE[line.kind], len(line.roles) not in {1, 2})))


def lines_for(purpose: Purpose, situation: Situation, directory: Directory) -> tuple[StepLine, ...]:
    """The lines of a step that hold for the situation, in the order of the files."""
    return tuple(
        line
        for step, line in directory.lines(situation.region)
        if step is purpose
        and (not line.roles or situation.role in line.roles)
        and (not line.concerns or situation.concern in line.concerns)
    )


def step_order(situation: Situation) -> list[Purpose]:
    """All purposes in the order in which a plan for the situation has its steps."""
    lead = None
    if situation.concern is C.OWN_THOUGHTS:
        lead = Purpose.SUPPORT
    elif situation.tried_platform:
        lead = Purpose.ESCALATE
    first = [Purpose.DANGER, lead] if large(situation) else [lead]
    return sorted(Purpose, key=lambda p: (first.index(p) if p in first else len(first), ORDER[p]))


def trace(
    situation: Situation, directory: Directory, *, today: date, rules: Iterable[Rule] = RULES
) -> Iterator[tuple[Rule, list[Referral]]]:
    """Each of the rows that applies, with what it adds to the plan; plan() and --explain both walk this."""
    platform = directory.shown_platforms[situation.platform] if situation.platform else None
    view = View(situation, directory, directory.serving(situation.region), platform)
    taken: dict[Purpose, set[str]] = {purpose: set() for purpose in Purpose}
    usable: set[Purpose] = set()
    for rule in rules:
        if not rule.applies(situation) or (rule.fallback and rule.purpose in usable):
            continue
        added = []
        for entry in rule.picks(view):
            if entry.id in taken[rule.purpose]:
                continue
            referral = _referral(entry, rule.reason, view, today)
            if referral is not None:
                taken[rule.purpose].add(entry.id)
                added.append(referral)
        added.sort(key=lambda r: (r.withheld, r.stale))
        proved = directory.proved if rule.purpose is Purpose.REPORT else taken[rule.purpose]
        if rule.fills and any(not r.withheld and r.entry.id in proved for r in added):
            usable.add(rule.purpose)
        yield rule, added


def plan(situation: Situation, directory: Directory, *, today: date) -> Plan:
    """The ordered answer for a situation.

    Raises KeyError for a region or platform that the directory does not have.
    """
    steps: dict[Purpose, list[Referral]] = {}
    for rule, added in trace(situation, directory, today=today):
        steps.setdefault(rule.purpose, []).extend(added)
    report = steps.get(Purpose.REPORT, [])
    report.sort(key=lambda r: (r.withheld, r.entry.id not in directory.proved))
    if report:
        first = report[0]
        report[0] = structs.replace(first, primary=True)
        if situation.tried_platform and not any(r.reason is Reason.REGULATOR for r in steps.get(Purpose.ESCALATE, [])):
            again = structs.replace(first, reason=Reason.TELL_HOTLINE, in_app=())
            steps.setdefault(Purpose.ESCALATE, []).append(again)
    # The danger step stays even where no number is known: it says to call the emergency number of the place.
    kept = {p: found for p, found in steps.items() if found or (p is Purpose.DANGER and large(situation))}
    order = [purpose for purpose in step_order(situation) if purpose in kept]
    ordered = tuple(Step(purpose, lines_for(purpose, situation, directory), tuple(kept[purpose])) for purpose in order)
    return Plan(situation, advice_for(situation, directory), ordered, directory.version, directory.date)
