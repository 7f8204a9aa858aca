"""The whole answer space, and the rules one by one."""

import itertools
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from hotline_router import places
from hotline_router.directory import Directory
from hotline_router.freshness import shown_on
from hotline_router.model import (
    FRESH_MONTHS,
    SHOWN_MONTHS,
    Channel,
    Concern,
    Evidence,
    Hours,
    Kind,
    Platform,
    Purpose,
    Reason,
    Role,
    Service,
    Situation,
    Weekly,
)
from hotline_router.planning import PORTAL, RULES, plan, trace
from hotline_router.times import months_between, opening
from tests.conftest import TODAY

ROLES = (None, *Role)
FLAGS = tuple(itertools.product((False, True), repeat=2))
REGIONS = (None, *sorted(places.regions()))


def signature(directory, region):
    """What the rules can see of a region: who serves it, and how near."""
    return tuple((reach, service.id) for reach, service in directory.serving(region))


def region_groups(directory):
    groups = {}
    for region in REGIONS:
        groups.setdefault((region is None, signature(directory, region)), []).append(region)
    return list(groups.values())


def platform_groups(directory):
    """Platforms by what the rules can see of them: American or not, with or without a way to report, fresh or old."""
    groups = {None: [None]}
    for platform in directory.shown_platforms.values():
        best = {}
        for item, day in directory.age_from[platform.id].items():
            months = months_between(day, TODAY)
            purpose = getattr(item, "purpose", "report")  # a menu is a way to report
            best[purpose] = min(best.get(purpose, 2), (months >= FRESH_MONTHS) + (months >= SHOWN_MONTHS))
        seen = (platform.home == "US", platform.category == "generic", frozenset(best.items()))
        groups.setdefault(seen, []).append(platform.id)
    return list(groups.values())


def shape(found):
    """A plan without the names of its region and platform."""
    return [
        (
            step.purpose,
            [
                ("platform" if isinstance(r.entry, Platform) else r.entry.id, r.reason, r.primary, r.withheld)
                for r in step.referrals
            ],
        )
        for step in found.steps
    ]


def check(found, directory):
    """What holds for every plan."""
    s = found.situation
    by = {step.purpose: step for step in found.steps}
    order = [step.purpose for step in found.steps]
    assert found.steps
    assert len(by) == len(order)
    referrals = [r for step in found.steps for r in step.referrals]
    for step in found.steps:
        ids = [r.entry.id for r in step.referrals]
        assert len(ids) == len(set(ids))
        assert ids or (step.purpose is Purpose.DANGER)
    for r in referrals:
        assert r.entry.status == "published"
        assert r.channels or r.in_app or r.reason is Reason.PLATFORM_UNKNOWN
        assert not (r.primary and r.withheld)
        for channel in r.channels:
            assert channel.url is None or channel.url.startswith("https://")
            if channel.local_only and r.entry.kind is not Kind.EMERGENCY:
                assert any(code[:2] == s.region for code in r.entry.regions)
    primaries = [r for r in referrals if r.primary]
    if s.concern is Concern.OWN_THOUGHTS:
        assert primaries == []
        assert next(p for p in order if p is not Purpose.DANGER) is Purpose.SUPPORT
    else:
        assert len(primaries) == 1
        assert by[Purpose.REPORT].referrals[0] is primaries[0]
        assert primaries[0].entry.id in directory.proved
    if s.danger or s.concern in {Concern.LIVE_ABUSE, Concern.MISSING}:
        assert order[0] is Purpose.DANGER
    if s.tried_platform and s.concern is not Concern.OWN_THOUGHTS:
        assert next(p for p in order if p is not Purpose.DANGER) is Purpose.ESCALATE
    assert by[Purpose.SUPPORT].referrals, "nobody to talk to"
    if s.role is Role.CHILD:
        assert any("parent" not in (r.entry.conditions.needs or ()) for r in by[Purpose.SUPPORT].referrals)
        assert not any(isinstance(r.entry, Service) and r.entry.image_age == "18-plus" for r in referrals)
    if s.role is Role.WITNESS:
        assert not any(isinstance(r.entry, Service) and r.entry.image_age for r in referrals)
    assert found.advice


CONCERNS = [pytest.param(c, id=c.value) for c in Concern]


@pytest.mark.parametrize("concern", CONCERNS)
def test_the_whole_answer_space(directory, concern):
    """Regions × platforms × concerns × roles × flags; what the rules cannot tell apart is planned once."""
    platforms = [group[0] for group in platform_groups(directory)]
    planned = 0
    for group, platform, role, (danger, tried) in itertools.product(region_groups(directory), platforms, ROLES, FLAGS):
        s = Situation(region=group[0], platform=platform, concern=concern, role=role, danger=danger, tried_platform=tried)
        check(plan(s, directory, today=TODAY), directory)
        planned += 1
    assert planned >= 1000


def test_regions_of_a_group_get_the_same_plan(directory):
    for group in region_groups(directory):
        if len(group) > 1:
            for concern, role in itertools.product(Concern, (None, Role.CHILD)):
                plans = {
                    str(
                        shape(
                            plan(Situation(region=r, concern=concern, role=role, tried_platform=True), directory, today=TODAY)
                        )
                    )
                    for r in (group[0], group[len(group) // 2], group[-1])
                }
                assert len(plans) == 1, group


@pytest.mark.parametrize("concern", CONCERNS)
def test_platforms_of_a_group_get_the_same_plan(directory, concern):
    for group in platform_groups(directory):
        for region, role, tried in itertools.product(
            ("DE", "IN", "AQ", None), (None, Role.CHILD, Role.PROVIDER), (False, True)
        ):
            asked = Situation(region=region, concern=concern, role=role, tried_platform=tried)
            plans = {str(shape(plan(msgspec.structs.replace(asked, platform=p), directory, today=TODAY))) for p in group}
            assert len(plans) == 1, group


@pytest.mark.parametrize("concern", CONCERNS)
def test_every_pair_of_regions_is_answered(directory, concern):
    """The child elsewhere: every region with entries of its own against some, from every region."""
    for region, there in itertools.product(REGIONS, ("DE", "US", "GB", "IN", "UG", "ME", "AQ")):
        s = Situation(region=region, child_region=there, concern=concern, role=Role.PARENT)
        check(plan(s, directory, today=TODAY), directory)


def test_a_hundred_years_on_numbers_are_withheld_and_an_answer_is_left(directory):
    late = date(2126, 1, 1)
    for region, concern in itertools.product(("DE", "US", "UG", "ME", None), Concern):
        found = plan(Situation(region=region, concern=concern, platform="instagram"), directory, today=late)
        assert found.steps
        for r in (r for step in found.steps for r in step.referrals):
            if isinstance(r.entry, Service) and r.entry.kind is Kind.EMERGENCY:
                assert not r.withheld
                continue
            assert r.withheld
            assert not r.in_app
            assert all(c.number is None and c.url.count("/") == 3 and c.purpose == "information" for c in r.channels)


def test_stale_entries_are_marked_and_stand_behind_fresh_ones(directory):
    later = date(2027, 12, 1)
    found = plan(Situation(region="DE", concern=Concern.SEXUAL_IMAGES), directory, today=later)
    report = next(step for step in found.steps if step.purpose is Purpose.REPORT)

    assert any(r.stale and not r.withheld for r in report.referrals)


def test_a_domain_of_mail_alone_is_not_shown_as_a_site():
    mail = Channel(type="email", address="help@mail.example")
    old = Evidence(
        url="https://press.example/",
        kind="press",
        read=TODAY,
        dated=date(2018, 1, 1),
        how="published-page",
        supports=("channels",),
    )
    service = Service(
        id="no-example",
        name="Example",
        kind=Kind.HELPLINE,
        regions=("NO",),
        hosts=("mail.example", "example.org"),
        channels=(mail,),
        evidence=(old,),
    )

    def root(service):
        d = Directory({service.id: service}, {}, {}, {}, {}, (), "sha256:0")
        found = shown_on(service, d, TODAY)
        return found and [c.url for c in found.channels]

    assert root(service) == ["https://example.org/"]
    assert root(msgspec.structs.replace(service, hosts=("mail.example",))) is None


def test_a_number_that_only_an_old_page_names_is_withheld_though_the_entry_is_fresh():
    old, fresh = date(2024, 1, 1), date(2026, 10, 1)
    service = Service(
        id="xx-example", name="Example", kind=Kind.HELPLINE, regions=("NO",), hosts=("example.org",),
        channels=(Channel(type="phone", number="116 111"), Channel(type="web", url="https://example.org/chat"),
                  Channel(type="web", url="https://example.org/", purpose="information")),
        evidence=(
            Evidence(url="https://example.org/", kind="official", read=old, how="published-page", supports=("channels.0",)),
            Evidence(url="https://example.org/", kind="official", read=fresh, how="published-page", supports=("channels.1",)),
            Evidence(url="https://example.org/", kind="official", read=old, how="published-page", supports=("channels.2",)),
        ),
    )  # fmt: skip

    def channels(today):
        d = Directory({service.id: service}, {}, {}, {}, {}, (), "sha256:0")
        found = plan(Situation(region="NO"), d, today=today)
        return [(c.number or c.url, r.withheld) for step in found.steps for r in step.referrals for c in r.channels]

    chat, page = "https://example.org/chat", "https://example.org/"
    assert channels(date(2025, 1, 1)) == [("116 111", False), (chat, False), (page, False)]
    assert channels(date(2026, 11, 1)) == [(chat, False), (page, False)]
    assert channels(date(2028, 11, 1)) == [("https://example.org/", True)]


def where(directory, **answers):
    found = plan(Situation(**answers), directory, today=TODAY)
    return {step.purpose: step for step in found.steps}


def ids(step):
    return [r.entry.id for r in step.referrals]


def test_a_region_without_hotline_and_police_gets_the_world(directory):
    """The ladder: nothing national, so a hotline that takes reports from anywhere."""
    report = where(directory, region="AQ", concern=Concern.SEXUAL_IMAGES)[Purpose.REPORT]

    assert report.referrals[0].primary
    assert "001" in report.referrals[0].entry.regions


def test_uganda_gets_its_portal(directory):
    report = where(directory, region="UG", concern=Concern.SEXUAL_IMAGES, role=Role.WITNESS)[Purpose.REPORT]

    assert PORTAL in report.referrals[0].entry.networks or report.referrals[0].entry.kind is Kind.POLICE


def test_police_come_first_in_india(directory):
    report = where(directory, region="IN", concern=Concern.SEXUAL_IMAGES)[Purpose.REPORT]

    assert report.referrals[0].reason is Reason.FIRST_BY_RULE
    assert report.referrals[0].entry.kind is Kind.POLICE


def test_a_witness_never_gets_a_removal_tool_and_a_child_does(directory):
    tool = "global-take-it-down"

    assert tool in ids(where(directory, region="DE", concern=Concern.OWN_IMAGE, role=Role.CHILD)[Purpose.REMOVE])
    assert Purpose.REMOVE not in where(directory, region="DE", concern=Concern.OWN_IMAGE, role=Role.WITNESS)


def test_the_cybertipline_is_named_for_american_platforms(directory):
    there = where(directory, region="DE", platform="instagram", concern=Concern.SEXUAL_IMAGES)[Purpose.REPORT]
    none = where(directory, region="DE", concern=Concern.SEXUAL_IMAGES)[Purpose.REPORT]

    assert "us-ncmec-cybertipline" in ids(there)
    assert "us-ncmec-cybertipline" not in ids(none)


def test_a_refused_report_leads_to_the_regulator_of_the_reader(directory):
    escalate = where(directory, region="DE", platform="instagram", concern=Concern.PROMOTION, tried_platform=True)[
        Purpose.ESCALATE
    ]

    assert "de-dsc" in ids(escalate)
    assert escalate.referrals[0].reason is Reason.PLATFORM_COMPLAINT


def test_own_thoughts_lead_to_prevention_and_never_to_a_report(directory):
    found = where(directory, region="GB", concern=Concern.OWN_THOUGHTS)

    assert next(iter(found)) is Purpose.SUPPORT
    assert Purpose.REPORT not in found
    assert found[Purpose.SUPPORT].referrals[0].entry.kind is Kind.PREVENTION


def test_numbers_of_home_are_not_shown_abroad(directory):
    report = where(directory, region="DE", child_region="US", concern=Concern.GROOMING)[Purpose.REPORT]
    american = [r for r in report.referrals if "US" in r.entry.regions]

    assert american
    assert not any(c.local_only for r in american for c in r.channels)


def test_plans_do_not_depend_on_the_order_of_asking(directory):
    s = Situation(region="GB", platform="snapchat", concern=Concern.SEXTORTION, role=Role.CHILD)

    assert plan(s, directory, today=TODAY) == plan(s, directory, today=TODAY)


def test_every_rule_fires_somewhere_and_every_reason_has_a_rule(directory):
    fired = set()
    for region, concern, role in itertools.product(("US", "DE", "GB", "IN", "UG", "AQ", None), Concern, ROLES):
        s = Situation(region=region, child_region="IE", platform="instagram", concern=concern, role=role, tried_platform=True)
        fired |= {rule.reason for rule, added in trace(s, directory, today=TODAY) if added}
        s = Situation(region=region, concern=concern, role=role, platform="imo")
        fired |= {rule.reason for rule, added in trace(s, directory, today=TODAY) if added}
    ruled = {rule.reason for rule in RULES}

    assert ruled | {Reason.TELL_HOTLINE} == set(Reason)
    unseen = {Reason.WORLD_PORTAL, Reason.NETWORK_LIST, Reason.EMERGENCY, Reason.TRAFFICKING_LINE}
    assert ruled - fired <= unseen


def test_unknown_codes_are_refused(directory):
    with pytest.raises(KeyError):
        plan(Situation(region="QQ"), directory, today=TODAY)
    with pytest.raises(KeyError):
        plan(Situation(platform="nowhere"), directory, today=TODAY)


WEEK = Hours(zone="Europe/Berlin", weekly=(Weekly(days=("fr", "sa"), opens="18:00", closes="02:00"),))


@pytest.mark.parametrize(
    ("moment", "answers", "opens"),
    [
        ("2026-11-27T16:59:00+00:00", False, "2026-11-27T18:00:00+01:00"),
        ("2026-11-27T17:00:00+00:00", True, None),
        ("2026-11-28T00:59:00+00:00", True, None),  # after midnight it is still Friday's range
        ("2026-11-28T01:00:00+00:00", False, "2026-11-28T18:00:00+01:00"),
        ("2026-11-29T12:00:00+00:00", False, "2026-12-04T18:00:00+01:00"),
        ("2026-10-24T23:30:00+00:00", True, None),  # the night when the clocks go back
        ("2026-07-03T15:59:00+00:00", False, "2026-07-03T18:00:00+02:00"),  # summer time
        ("2026-07-03T16:00:00+00:00", True, None),
    ],
)
def test_opening_hours_know_zones_midnight_and_summer_time(moment, answers, opens):
    found, then = opening(WEEK, datetime.fromisoformat(moment))

    assert found is answers
    assert (then.isoformat() if then else None) == opens


def test_round_the_clock_is_always_open_and_a_moment_needs_a_zone():
    assert opening(Hours(always=True), datetime(2026, 1, 1, tzinfo=UTC)) == (True, None)
    with pytest.raises(ValueError, match="zone"):
        opening(WEEK, datetime(2026, 1, 1))


@pytest.mark.parametrize("region", sorted(places.EU))
def test_a_refusal_leads_somewhere_in_each_member_of_the_union(directory, region):
    for platform in ("instagram", "facebook"):
        s = {"region": region, "platform": platform, "concern": Concern.PROMOTION, "tried_platform": True}
        step = where(directory, **s)[Purpose.ESCALATE]

        assert len(step.lines) >= 7
        assert any(r.reason in {Reason.REGULATOR, Reason.EU_REDRESS} for r in step.referrals)


@pytest.mark.parametrize("region", ["GB", "IE", "AU", "NZ", "US", "CA", "IN", "BR", "KR", "JP", "SG", "ZA", "FJ"])
def test_these_regions_have_a_ladder_of_their_own(directory, region):
    s = {"region": region, "platform": "tiktok", "concern": Concern.OWN_IMAGE, "tried_platform": True}
    step = where(directory, **s)[Purpose.ESCALATE]

    assert step.lines
    assert all(line.source.startswith("https://") for line in step.lines)


def test_a_crisis_line_stands_in_a_plan_about_threats(directory):
    support = where(directory, region="US", concern=Concern.SEXTORTION, role=Role.CHILD)[Purpose.SUPPORT]

    assert any(r.reason is Reason.CRISIS and r.entry.crisis for r in support.referrals)


def test_a_platform_without_a_known_report_page_says_so(directory):
    remove = where(directory, region="DE", platform="imo", concern=Concern.OWN_IMAGE, role=Role.CHILD)[Purpose.REMOVE]

    assert remove.referrals[0].reason is Reason.PLATFORM_UNKNOWN
    assert any(r.entry.id == "global-take-it-down" for r in remove.referrals)


@pytest.mark.parametrize("region", ["US", "DE", "IN", "MA", "NG"])
def test_something_is_withheld_on_the_day_on_which_a_referral_expires_and_not_before(directory, region):
    s = Situation(region=region, platform="instagram", concern=Concern.SEXTORTION, role=Role.CHILD)

    def ways(day):
        steps = plan(s, directory, today=day).steps
        return {(x.purpose, r.entry.id): {*r.channels, *r.in_app} for x in steps for r in x.referrals if not r.withheld}

    referrals = [(x.purpose, r) for x in plan(s, directory, today=TODAY).steps for r in x.referrals]
    assert any(r.expires for _, r in referrals)
    for purpose, r in referrals:
        if r.withheld or getattr(r.entry, "kind", None) is Kind.EMERGENCY:
            assert r.expires is None
        if r.expires:
            key, shown = (purpose, r.entry.id), {*r.channels, *r.in_app}
            assert shown <= ways(r.expires - timedelta(days=1))[key]
            assert not shown <= ways(r.expires).get(key, set())
