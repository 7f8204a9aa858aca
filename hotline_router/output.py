"""A plan for programs and for the command line: as JSON, and as plain text. The words are in wording.py."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from hotline_router import wording
from hotline_router.directory import Directory
from hotline_router.i18n import Language
from hotline_router.model import Channel, Conditions, Plan, Platform, Purpose, Referral, Service

BRIEF = 1500  # characters of the short text: what fits into a few messages


def _channel_json(channel: Channel) -> dict[str, Any]:
    url = f"mailto:{channel.address}" if channel.address else channel.url
    row = {"type": channel.type, "url": url, "host": channel.host, "number": channel.number}
    return row | {key: value for key in ("keyword", "reaches") if (value := getattr(channel, key))}


def _conditions_json(entry: Service | Platform) -> dict[str, Any]:
    c: Conditions = entry.conditions
    hours = wording.hours_of(entry)
    return {
        "anonymous": c.anonymous,
        "needs": c.needs,
        "receives": c.receives,
        "platform_first": c.platform_first,
        "replies": c.replies,
        "told": c.told,
        "languages": entry.languages,
        "hours": {"always": hours.always, "zone": hours.zone, "weekly": hours.weekly} if hours else None,
    }


def _referral_json(referral: Referral, language: Language) -> dict[str, Any]:
    entry = referral.entry
    source = entry.source
    row = {
        "id": entry.id,
        "name": entry.name,
        "operator": entry.operator,
        "kind": wording.kind_of(entry),
        "primary": referral.primary,
        "reason": wording.reason(referral, language),
        "channels": [_channel_json(channel) for channel in referral.channels],
        "conditions": _conditions_json(entry),
        "checked": source.read,
        "how": source.how,
        "stale": referral.stale,
        "expires": referral.expires,
        "source": source.url,
    }
    if isinstance(entry, Platform):
        row["steps_in_app"] = [
            {"what": path.what, "steps": [wording.menu_step(step, language) for step in path.steps]} for path in referral.in_app
        ]
    return row


def plan_json(plan: Plan, language: Language) -> bytes:
    """The plan as the JSON of DESIGN section 5: the same bytes at every edge."""
    s = plan.situation
    document = {
        "situation": {
            "region": s.region,
            "child_region": s.child_region,
            "platform": s.platform,
            "concern": s.concern,
            "role": s.role,
            "danger": s.danger,
            "tried_platform": s.tried_platform,
        },
        "language": language.code,
        "advice": [{"kind": a.kind, "text": wording.advice_text(a, language), "source": a.source} for a in plan.advice],
        "steps": [
            {
                "purpose": step.purpose,
                "title": language.gettext(wording.step_title(step, plan)),
                "lines": [
                    {"kind": a.kind, "text": language.gettext(a.text), "source": a.source, "dated": a.dated} for a in step.lines
                ],
                "referrals": [_referral_json(referral, language) for referral in step.referrals],
            }
            for step in plan.steps
        ],
        "directory": {"version": plan.version, "date": plan.date},
    }
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
            for channel, text in wording.channel_texts(referral, language):
                yield f"     {text}" + (f": {channel.url}" if channel.url else "")
            for path in referral.in_app:
                yield f"     {wording.in_app_title(path, language)}: " + " ".join(
                    wording.menu_step(m, language) for m in path.steps
                )
            if referral.in_app:
                yield f"     {_(wording.OTHER_THINGS)}"
            if now and (note := wording.open_text(entry, now, language)):
                yield f"     {note}"
            if referral.withheld or referral.stale:
                yield f"     {_(wording.WITHHELD if referral.withheld else wording.OUTDATED)}"
            yield f"     {wording.checked(entry, language)}"
    yield ""
    yield _(wording.NO_PICTURES)


def brief(plan: Plan, directory: Directory, language: Language) -> str:
    """The plan in under BRIEF characters, to pass on: the first of each step with how to reach it, and what not to do."""
    _ = language.gettext
    rows = [(0, " · ".join(wording.summary(plan, directory, language)))]  # the lower the number, the later it is left out
    rank = {"dont": 3, "do": 4, "keep": 5, "know": 6}
    rows += [
        (rank[kind], f"{_(title)}: {_(line.text)}")
        for kind, title in wording.ADVICE.items()
        for line in [a for a in plan.advice if a.kind == kind and not a.fear][:2]
    ]
    for step in plan.steps:
        important = 1 if step.purpose in {Purpose.DANGER, Purpose.REPORT} else 2
        rows.append((important, f"\n{_(wording.step_title(step, plan))}"))
        if not step.referrals:
            rows.append((important, _(wording.DANGER_UNKNOWN)))
        for place, referral in enumerate(step.referrals[:2]):
            name = (
                wording.platform_name(referral.entry, language) if isinstance(referral.entry, Platform) else referral.entry.name
            )
            ways = [channel.url or text for channel, text in wording.channel_texts(referral, language)]
            rows.append((important if not place else 7, f"- {name}: {'; '.join(ways[:3])}" if ways else f"- {name}"))
    rows.append((1, "\n" + _(wording.NO_PICTURES)))
    while len("\n".join(text for _rank, text in rows)) >= BRIEF:
        worst = max(range(len(rows)), key=lambda i: (rows[i][0], i))
        del rows[worst]
    return "\n".join(text for _rank, text in rows)
