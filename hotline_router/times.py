"""Opening times at a moment, and the age of a fact in months."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from hotline_router.model import SHOWN_MONTHS, Hours

DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")  # as date.weekday() counts


def opening(hours: Hours, now: datetime) -> tuple[bool, datetime | None]:
    """Whether somebody answers at a moment (with a zone), and if not, when next, in the service's own zone.

    Ranges that end before they begin end on the next day. Public holidays are not known. Raises ValueError without a zone.
    """
    if now.tzinfo is None:
        raise ValueError("the moment needs a zone")
    return _opening(hours, now.replace(second=0, microsecond=0))  # hours are told in minutes


@lru_cache(4096)
def _opening(hours: Hours, now: datetime) -> tuple[bool, datetime | None]:
    if hours.always:
        return True, None
    local = now.astimezone(ZoneInfo(hours.zone or "UTC"))
    starts = []
    for ahead in range(-1, 8):
        day = local.date() + timedelta(days=ahead)
        for week in hours.weekly:
            if DAYS[day.weekday()] not in week.days:
                continue
            begins = datetime.combine(day, time.fromisoformat(week.opens), local.tzinfo)
            till = time() if week.closes == "24:00" else time.fromisoformat(week.closes)
            ends = datetime.combine(day + timedelta(days=till <= begins.time()), till, local.tzinfo)
            # Moments are compared as moments: two times of one zone would be compared as clocks, over a change of clocks too.
            if begins.astimezone(UTC) <= now < ends.astimezone(UTC):
                return True, None
            if begins.astimezone(UTC) > now:
                starts.append(begins)
    return False, min(starts, default=None)


def months_between(older: date, newer: date) -> int:
    """Whole months from one day to another."""
    return (newer.year - older.year) * 12 + newer.month - older.month - (newer.day < older.day)


def old_on(day: date, months: int = SHOWN_MONTHS) -> date:
    """The first day that lies so many months, whole years of them, after another."""
    year = day.year + months // 12
    return date(year, 3, 1) if (day.month, day.day) == (2, 29) else day.replace(year=year)
