"""What of an entry may be shown on a day, by the age of its evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple
from urllib.parse import urlsplit

from hotline_router.directory import Directory
from hotline_router.model import FRESH_MONTHS, SHOWN_MONTHS, Channel, InApp, Kind, Platform, Service
from hotline_router.times import months_between, old_on


class Shown(NamedTuple):
    """What of an entry may be shown on a day: fresh channels and menus, or only its root address (withheld)."""

    channels: tuple[Channel, ...]
    in_app: tuple[InApp, ...]
    stale: bool
    withheld: bool
    expires: date | None


def shown_on(
    entry: Service | Platform, directory: Directory, today: date, *, complaint: bool = False, abroad: bool = False
) -> Shown | None:
    """What of an entry may be shown on a day; None when nothing may.

    complaint: the ways to ask a platform to look again. abroad: without the numbers that are dialled inside the region only.
    """
    memo = directory.memo(today)
    key = (entry.id, complaint, abroad)
    if key not in memo:
        memo[key] = _shown(entry, directory.age_from[entry.id], today, complaint=complaint, abroad=abroad)
    found: Shown | None = memo[key]
    return found


def _shown(
    entry: Service | Platform, ages: Mapping[Channel | InApp, date], today: date, *, complaint: bool, abroad: bool
) -> Shown | None:
    lasting = isinstance(entry, Service) and entry.kind is Kind.EMERGENCY  # emergency numbers do not expire
    channels = entry.channels
    in_app = entry.in_app if isinstance(entry, Platform) else ()
    if isinstance(entry, Platform):
        wanted = {"complaint"} if complaint else {"report", "information"}
        found = tuple(c for c in channels if c.purpose in wanted)
        if found and complaint:  # the menus lead to a first report
            in_app = ()
        channels = found or channels
    elif abroad and not (lasting and "001" in entry.regions):
        channels = tuple(c for c in channels if not c.local_only)
    if not channels and not in_app:
        return None
    items: tuple[Channel | InApp, ...] = (*channels, *in_app)
    months = {item: 0 if lasting else months_between(ages[item], today) for item in items}
    fresh = [item for item, age in months.items() if age < SHOWN_MONTHS]
    # A page to read about it is not a way to reach it: when no way is fresh enough, the entry is withheld.
    if not (_ways(fresh) or (fresh and not _ways(months))):
        root = _root(entry)
        return Shown(root, (), True, True, None) if root else None
    kept = [item for item in months if item in fresh or _is_root(item)]
    stale = min(months[item] for item in fresh) >= FRESH_MONTHS
    expires = min((old_on(ages[item]) for item in fresh if not _is_root(item)), default=None) if not lasting else None
    return Shown(tuple(c for c in channels if c in kept), tuple(m for m in in_app if m in kept), stale, False, expires)


def _root(entry: Service | Platform) -> tuple[Channel, ...]:
    web = next((c.url for c in entry.channels if c.url), None)
    # A domain where there is only mail may have no site, or be that of somebody else.
    mail = {c.host for c in entry.channels if c.address}
    host = urlsplit(web).netloc if web else next((host for host in entry.hosts if host not in mail), None)
    return (Channel(type="web", url=f"https://{host}/", purpose="information"),) if host else ()


def _is_root(item: Channel | InApp) -> bool:
    return isinstance(item, Channel) and item.url is not None and urlsplit(item.url).path in {"", "/"}


def _ways(items: Iterable[Channel | InApp]) -> bool:
    return any(isinstance(item, InApp) or item.purpose != "information" for item in items)
