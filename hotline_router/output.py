"""A plan for programs and for the command line: as JSON, and as plain text. The words are in wording.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime

import msgspec
from msgspec import UNSET, Struct, UnsetType

from hotline_router import wording
from hotline_router.directory import Directory
from hotline_router.i18n import Language
from hotline_router.model import (
    Channel,
    Concern,
    Conditions,
    InApp,
    Need,
    Plan,
    Platform,
    Purpose,
    Receives,
    Referral,
    Role,
    Service,
    Told,
    Weekly,
)

BRIEF = 1500  # characters of the short text: what fits into a few messages
IMPORTANT = {Purpose.DANGER, Purpose.REPORT}  # steps that the short text keeps longest


class ChannelJson(Struct, frozen=True, omit_defaults=True):
    """One way to reach it. keyword: the word to text to the number. reaches: whom an emergency number reaches, when not all."""

    type: str
    url: str | None
    host: str | None
    number: str | None
    keyword: str | None = None
    reaches: str | None = None


class HoursJson(Struct, frozen=True):
    """When somebody answers: always, or weekly ranges in an IANA zone."""

    always: bool
    zone: str | None
    weekly: tuple[Weekly, ...]


class ConditionsJson(Struct, frozen=True):
    """What to know before the click; null is 'we could not find out'."""

    anonymous: bool | None
    needs: tuple[Need, ...] | None
    receives: tuple[Receives, ...] | None
    platform_first: bool | None
    replies: bool | None
    told: tuple[Told, ...] | None
    languages: tuple[str, ...] | None
    hours: HoursJson | None


class InAppJson(Struct, frozen=True):
    """The menu path to report one kind of thing inside an app, as sentences."""

    what: str
    steps: list[str]


class ReferralJson(Struct, frozen=True):
    """One service or platform in a step. expires: from that day something of it may not be shown any more."""

    id: str
    name: str
    operator: str | None
    kind: str
    primary: bool
    reason: str
    channels: list[ChannelJson]
    conditions: ConditionsJson
    checked: date
    how: str
    stale: bool
    expires: date | None
    source: str
    steps_in_app: list[InAppJson] | UnsetType = UNSET


class AdviceJson(Struct, frozen=True):
    """One sourced do or don't."""

    kind: str
    text: str
    source: str


class LineJson(Struct, frozen=True):
    """One sourced line inside a step. dated: of the law or the page, when known."""

    kind: str
    text: str
    source: str
    dated: date | None


class StepJson(Struct, frozen=True):
    """One purpose with its lines and its referrals, the first one first."""

    purpose: Purpose
    title: str
    lines: list[LineJson]
    referrals: list[ReferralJson]


class SituationJson(Struct, frozen=True):
    """What was asked."""

    region: str | None
    child_region: str | None
    platform: str | None
    concern: Concern
    role: Role | None
    danger: bool
    tried_platform: bool


class DirectoryJson(Struct, frozen=True):
    """Which data answered."""

    version: str
    date: date


class PlanJson(Struct, frozen=True):
    """The answer of DESIGN section 5."""

    situation: SituationJson
    language: str
    advice: list[AdviceJson]
    steps: list[StepJson]
    directory: DirectoryJson


def channels_json(channels: Iterable[Channel]) -> list[ChannelJson]:
    """The channels as every edge for programs shows them."""
    return [
        ChannelJson(c.type, f"mailto:{c.address}" if c.address else c.url, c.host, c.number, c.keyword, c.reaches)
        for c in channels
    ]


def conditions_json(entry: Service | Platform) -> ConditionsJson:
    """The conditions of an entry, with its languages and hours."""
    c: Conditions = entry.conditions
    hours = wording.hours_of(entry)
    return ConditionsJson(
        anonymous=c.anonymous,
        needs=c.needs,
        receives=c.receives,
        platform_first=c.platform_first,
        replies=c.replies,
        told=c.told,
        languages=entry.languages,
        hours=HoursJson(hours.always, hours.zone, hours.weekly) if hours else None,
    )


def menus_json(paths: Iterable[InApp], language: Language) -> list[InAppJson]:
    """The menus of a platform as sentences."""
    return [InAppJson(path.what, [wording.menu_step(step, language) for step in path.steps]) for path in paths]


def _referral_json(referral: Referral, language: Language) -> ReferralJson:
    entry = referral.entry
    source = entry.source
    return ReferralJson(
        id=entry.id,
        name=entry.name,
        operator=entry.operator,
        kind=wording.kind_of(entry),
        primary=referral.primary,
        reason=wording.reason(referral, language),
        channels=channels_json(referral.channels),
        conditions=conditions_json(entry),
        checked=source.read,
        how=source.how,
        stale=referral.stale,
        expires=referral.expires,
        source=source.url,
        steps_in_app=menus_json(referral.in_app, language) if isinstance(entry, Platform) else UNSET,
    )


def plan_json(plan: Plan, language: Language) -> bytes:
    """The plan as the JSON of DESIGN section 5: the same bytes at every edge."""
    s = plan.situation
    document = PlanJson(
        situation=SituationJson(s.region, s.child_region, s.platform, s.concern, s.role, s.danger, s.tried_platform),
        language=language.code,
        advice=[AdviceJson(a.kind, wording.advice_text(a, language), a.source) for a in plan.advice],
        steps=[
            StepJson(
                purpose=step.purpose,
                title=language.gettext(wording.step_title(step, plan)),
                lines=[LineJson(a.kind, language.gettext(a.text), a.source, a.dated) for a in step.lines],
                referrals=[_referral_json(referral, language) for referral in step.referrals],
            )
            for step in plan.steps
        ],
        directory=DirectoryJson(plan.version, plan.date),
    )
    return msgspec.json.encode(document)


def plan_text(plan: Plan, directory: Directory, language: Language, now: datetime | None = None) -> Iterator[str]:
    """The plan as lines of plain text, for the command line; with a moment, also who answers then."""
    _ = language.gettext
    yield " · ".join(wording.summary(plan, directory, language))
    for kind, title in wording.ADVICE.items():
        lines = [a for a in plan.advice if a.kind == kind and not a.fear]
        if lines:
            yield ""
            yield _(title)
            yield from (f"  - {_(a.text)}" for a in lines)
    fears = [a for a in plan.advice if a.fear]
    if fears:
        yield ""
        yield _(wording.FEARS)
        yield from (f"  - {wording.advice_text(a, language)}" for a in fears)
    for number, step in enumerate(plan.steps, 1):
        yield ""
        yield f"{number}. {_(wording.step_title(step, plan))}"
        if not step.referrals:
            yield f"   {_(wording.DANGER_UNKNOWN)}"
        if step.purpose is Purpose.DANGER and wording.child_elsewhere(plan):
            yield f"   {_(wording.CHILD_ELSEWHERE)}"
        yield from (f"   {_(line.text)}" for line in step.lines)
        if now and (note := wording.open_meanwhile(step, now, language)):
            yield f"   {note}"
        for referral in step.referrals:
            entry = referral.entry
            mark = "*" if referral.primary else "-"
            name = wording.platform_name(entry, language) if isinstance(entry, Platform) else entry.name
            yield f"   {mark} {name} ({_(wording.kind_text(entry))})"
            yield f"     {wording.reason(referral, language)}"
            if referral.primary:
                yield f"     {_(wording.ONE_REPORT)}"
            yield from (f"     {line}" for line in _ways(referral, language))
            if now and (note := wording.open_text(entry, now, language)):
                yield f"     {note}"
            if referral.withheld or referral.stale:
                yield f"     {_(wording.WITHHELD if referral.withheld else wording.OUTDATED)}"
            yield f"     {wording.checked(entry, language)}"
    yield ""
    yield _(wording.NO_PICTURES)


def _ways(referral: Referral, language: Language) -> Iterator[str]:
    act, read = (
        [f"{text}: {c.url}" if c.url else text for c, text in some] for some in wording.around_menus(referral, language)
    )
    yield from act
    if referral.in_app:
        yield language.gettext(wording.IN_APP)
        for path in referral.in_app:
            steps = " ".join(wording.menu_step(m, language) for m in path.steps)
            yield f"{wording.in_app_title(path, language)}: {steps}"
        yield language.gettext(wording.OTHER_THINGS)
    yield from read


def brief_advice(plan: Plan, language: Language) -> list[tuple[int, str]]:
    """What the short text says of the advice: pairs of a rank and a line; the lower the rank, the later it is left out."""
    _ = language.gettext
    rank = {"dont": 3, "do": 4, "keep": 5, "know": 6}
    return [
        (rank[kind], f"{_(title)}: {_(line.text)}")
        for kind, title in wording.ADVICE.items()
        for line in [a for a in plan.advice if a.kind == kind and not a.fear][:2]
    ]


def brief_referral(referral: Referral, language: Language) -> str:
    """The line of a referral in the short text: its name and the first three ways to reach it."""
    entry = referral.entry
    name = wording.platform_name(entry, language) if isinstance(entry, Platform) else entry.name
    ways = [channel.url or text for channel, text in wording.channel_texts(referral, language)]
    return f"- {name}: {'; '.join(ways[:3])}" if ways else f"- {name}"


def brief(plan: Plan, directory: Directory, language: Language) -> str:
    """The plan in under BRIEF characters, to pass on: the first of each step with how to reach it, and what not to do."""
    _ = language.gettext
    rows = [(0, " · ".join(wording.summary(plan, directory, language))), *brief_advice(plan, language)]
    for step in plan.steps:
        important = 1 if step.purpose in IMPORTANT else 2
        rows.append((important, f"\n{_(wording.step_title(step, plan))}"))
        if not step.referrals:
            rows.append((important, _(wording.DANGER_UNKNOWN)))
        for place, referral in enumerate(step.referrals[:2]):
            rows.append((important if not place else 7, brief_referral(referral, language)))
    rows.append((1, "\n" + _(wording.NO_PICTURES)))
    room = BRIEF - sum(len(text) + 1 for _rank, text in rows)
    for worst in sorted(range(len(rows)), key=lambda i: (rows[i][0], i), reverse=True):
        if room >= 0:
            break
        room += len(rows[worst][1]) + 1
        rows[worst] = (0, "")
    return "\n".join(text for _rank, text in rows if text)
