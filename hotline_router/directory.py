"""data/**/*.toml → one immutable Directory; refuses to load anything broken."""

from __future__ import annotations

import glob
import hashlib
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import rtoml

from hotline_router import places
from hotline_router.model import (
    Channel,
    Concern,
    ConcernText,
    Entry,
    Exemption,
    InApp,
    Kind,
    PageText,
    Platform,
    Problem,
    Purpose,
    Record,
    Service,
    StepLine,
    StepText,
)

DATA = Path(__file__).parent / "data"
GOOD = {"official", "government", "directory"}  # kinds of source that the one report of a plan needs
ID = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")
CONTACT = {"web": "url", "chat": "url", "phone": "number", "text": "number", "email": "address"}
NOTHING: dict[str, Any] = {
    "languages": None,
    "operator": None,
    "home": None,
    "dsa": None,
    "hours": None,
    "image_age": None,
    "crisis": False,
}

GROUPS: dict[str, type[Record]] = {
    "services": Service,
    "platforms": Platform,
    "concerns": ConcernText,
    "steps": StepText,
    "pages": PageText,
}

E = TypeVar("E", bound=Entry)


class BrokenDirectory(ValueError):
    """The data cannot be used; .problems lists everything that is wrong."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(f"{p.path}: {p.message} ({p.remedy})" for p in problems))
        self.problems = problems


class Check(NamedTuple):
    """One rule about one entry: a name, and a function that yields what is wrong and what to do about it."""

    name: str
    run: Callable[[Any], Iterator[tuple[str, str]]]


class Served(NamedTuple):
    """A service as a region sees it. reach: 0 named for the region, 1 for a part of it, 2 for the EU, 3 for the world."""

    reach: int
    service: Service


class Directory:
    """All entries, read once and never changed.

    services, platforms, concerns, steps, pages: by id, as written in the files. version: 'sha256:…' of the bytes read.
    date: the newest day on which evidence was read. age_from: by id, the date from which each channel and menu counts.
    shown_services, shown_platforms: the published ones without what no evidence supports.
    proved: ids of services that may be the one report: emergency numbers, and what a good source names as a way to report.
    """

    def __init__(
        self,
        services: dict[str, Service],
        platforms: dict[str, Platform],
        concerns: dict[Concern, ConcernText],
        steps: dict[str, StepText],
        pages: dict[str, PageText],
        exemptions: tuple[Exemption, ...],
        version: str,
    ) -> None:
        self.services = services
        self.platforms = platforms
        self.concerns = concerns
        self.steps = steps
        self.pages = dict(sorted(pages.items(), key=lambda pair: pair[1].order))
        self.exemptions = exemptions
        self.version = version
        entries: list[Entry] = [*services.values(), *platforms.values()]
        self.date = max((e.read for entry in entries for e in entry.evidence), default=date(1970, 1, 1))
        self.age_from = {entry.id: _ages(entry) for entry in entries if entry.status == "published"}
        self.proved = frozenset(s.id for s in services.values() if _proved(s))
        self.shown_services = {s.id: shown(s) for s in services.values() if s.status == "published"}
        self.shown_platforms = {p.id: shown(p) for p in platforms.values() if p.status == "published"}
        self._memo: tuple[date, dict[Any, Any]] = (self.date, {})
        self._world: list[Served] = []
        self._serving: dict[str, list[Served]] = {code: [] for code in places.regions()}
        for service in self.shown_services.values():
            if not service.channels:
                continue
            if "001" in service.regions:
                self._world.append(Served(3, service))
            for region, reach in _reach(service).items():
                self._serving[region].append(Served(reach, service))

        self._lines: dict[str | None, list[tuple[Purpose, StepLine]]] = {code: [] for code in (None, *places.regions())}
        for text in steps.values():
            where: set[str | None] = set().union(*map(places.members, text.regions))
            for place in where | ({None} if "001" in text.regions else set()):
                self._lines[place] += [(text.purpose, line) for line in text.lines]

    def memo(self, today: date) -> dict[Any, Any]:
        """Room for what depends on the data and the day alone; emptied when the day changes."""
        if self._memo[0] != today:
            self._memo = (today, {})
        return self._memo[1]

    def lines(self, region: str | None) -> list[tuple[Purpose, StepLine]]:
        """The lines of the steps for a region, in the order of the files; without one, those that hold everywhere.

        Raises KeyError for an unknown region.
        """
        return self._lines[region]

    def serving(self, region: str | None) -> list[Served]:
        """What may be shown to a person in a region; without one, what serves the whole world.

        Raises KeyError for an unknown region.
        """
        return self._world if region is None else self._serving[region]


def _reach(service: Service) -> dict[str, int]:
    best: dict[str, int] = {}
    for code in service.regions:
        reach = {"EU": 2, "001": 3}.get(code, 1 if "-" in code else 0)
        for region in places.members(code):
            best[region] = min(best.get(region, 9), reach)
    return best


def fields(entry: Entry) -> Iterator[str]:
    """Paths of the fields that a person may be shown and that therefore need evidence."""
    yield "name"
    for field in ("operator", "languages", "networks", "hours", "image_age", "crisis", "first_for", "home", "dsa"):
        if getattr(entry, field, None):
            yield field
    for field in entry.conditions.__struct_fields__:
        if getattr(entry.conditions, field) is not None:
            yield f"conditions.{field}"
    yield from (f"channels.{i}" for i in range(len(entry.channels)))
    yield from (f"in_app.{i}" for i in range(len(getattr(entry, "in_app", ()))))


def _ages(entry: Entry) -> dict[Channel | InApp, date]:
    # A fresh page about the service says nothing about a number that only an old page names.
    ages: dict[Channel | InApp, date] = {}
    for group, items in (("channels", entry.channels), ("in_app", getattr(entry, "in_app", ()))):
        for i, item in enumerate(items):
            if found := entry.supporting(f"{group}.{i}"):
                ages[item] = max(e.age_from for e in found)
    return ages


def _proved(service: Service) -> bool:
    ways = (e for i in service.reports_at for e in service.supporting(f"channels.{i}"))
    return service.kind is Kind.EMERGENCY or any(e.kind in GOOD for e in ways)


def unsupported(entry: Entry) -> list[str]:
    """Shown fields that no evidence supports."""
    return [f for f in fields(entry) if not entry.supporting(f)]


def shown(entry: E) -> E:
    """The entry without what no evidence supports (a field without supporting evidence is not shown)."""
    bare = set(unsupported(entry)) - {"name"}
    if not bare:
        return entry
    changes = {f: NOTHING.get(f, ()) for f in bare if "." not in f}
    for field in ("channels", "in_app"):
        if items := getattr(entry, field, ()):
            changes[field] = tuple(item for i, item in enumerate(items) if f"{field}.{i}" not in bare)
    unknown = {f.split(".")[1]: None for f in bare if f.startswith("conditions.")}
    return msgspec.structs.replace(entry, conditions=msgspec.structs.replace(entry.conditions, **unknown), **changes)


# --- checks without which nothing is loaded --------------------------------------------------------------------------


def _id_pattern(entry: Entry) -> Iterator[tuple[str, str]]:
    if not ID.match(entry.id):
        yield f"the file name '{entry.id}' is not an id", "use small letters, digits and single hyphens"


def _region_known(entry: Entry) -> Iterator[tuple[str, str]]:
    yield from _unknown_regions(entry.regions if isinstance(entry, Service) else filter(None, [getattr(entry, "home", None)]))


def _unknown_regions(codes: Iterable[str]) -> Iterator[tuple[str, str]]:
    for code in codes:
        try:
            places.members(code)
        except KeyError:
            yield f"unknown region '{code}'", "use an ISO 3166-1 or -2 code, XK, EU or 001 (the world)"


def within(host: str, domain: str) -> bool:
    """Whether a host is a domain or lies inside it."""
    return f".{host}".endswith(f".{domain}")


def _host_declared(entry: Entry) -> Iterator[tuple[str, str]]:
    for channel in entry.channels:
        host = channel.host
        if host and not any(within(host, own) for own in entry.hosts):
            yield (
                f"host '{host}' is not declared",
                "add the organisation's registrable domain to hosts, or mend the link",
            )


def _channel_shape(entry: Entry) -> Iterator[tuple[str, str]]:
    for i, channel in enumerate(entry.channels):
        wanted = CONTACT.get(channel.type)
        given = {f for f in ("url", "number", "address") if getattr(channel, f) is not None}
        if given != ({wanted} if wanted else set()):
            yield (
                f"channels.{i} of type {channel.type} has {sorted(given) or 'nothing'}",
                f"give it {wanted} and nothing else",
            )


@cache
def _zone_known(zone: str) -> bool:
    try:  # asking for one by name costs a tenth of listing all of them
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return zone[0].isupper()  # 'posix/…', 'right/…' and 'localtime' are names of files, not of zones


def _hours_whole(entry: Entry) -> Iterator[tuple[str, str]]:
    hours = getattr(entry, "hours", None)
    if hours is None:
        return
    if hours.always == bool(hours.weekly):
        yield "hours need either always = true or weekly ranges", "leave hours out when they are unknown"
    if hours.weekly and not (hours.zone and _zone_known(hours.zone)):
        yield f"unknown time zone '{hours.zone}'", "use an IANA zone such as Europe/Berlin"


GUARDS = (
    Check("id-pattern", _id_pattern),
    Check("region-known", _region_known),
    Check("host-declared", _host_declared),
    Check("channel-shape", _channel_shape),
    Check("hours-whole", _hours_whole),
)

READING = ("toml", "field", "replaced")  # what reading a file itself can find
REMEDY = {
    "toml": "mend the TOML; a key may stand only once, text stands in quotes, dates as 2026-11-22",
    "field": "CONTRIBUTING.md lists the fields and what each may hold",
}


def _toml(text: str) -> dict[str, Any]:
    try:
        return rtoml.loads(text)
    except rtoml.TomlParsingError:
        return tomllib.loads(text)  # slower; its errors say what is wrong in an editor's words, with line and column


def read(root: Path = DATA) -> tuple[Directory, list[Problem]]:
    """All that could be read, and every problem found on the way; never raises for bad data."""
    problems: list[Problem] = []
    digest = hashlib.sha256()
    found: dict[str, dict[str, Any]] = {group: {} for group in GROUPS}
    where: dict[str, str] = {}
    exemptions: tuple[Exemption, ...] = ()
    for rel in sorted(glob.glob("**/*.toml", root_dir=root, recursive=True)):
        with open(f"{root}/{rel}", "rb") as file:
            data = file.read()
        digest.update(rel.encode() + b"\0" + data + b"\0")
        group, entry_id = rel.split("/")[0], rel.rsplit("/", 1)[-1].removesuffix(".toml")
        try:
            raw = _toml(data.decode())
            if rel == "exceptions.toml":
                exemptions = tuple(msgspec.convert(row, Exemption) for row in raw.get("exception", ()))
                continue
            if group not in GROUPS:
                raise ValueError(f"a file outside {', '.join(GROUPS)}")
            entry = msgspec.convert({**raw, "id": entry_id}, GROUPS[group])
        except tomllib.TOMLDecodeError as error:
            problems.append(Problem(rel, "toml", str(error), REMEDY["toml"]))
            continue
        except ValueError as error:  # msgspec's own errors are of this kind, and so are bytes that are not UTF-8
            problems.append(Problem(rel, "field", str(error), REMEDY["field"]))
            continue
        guards = GUARDS if isinstance(entry, Entry) else ()
        faults = [Problem(rel, check.name, *fault) for check in guards for fault in check.run(entry)]
        if isinstance(entry, Entry) and where.setdefault(entry_id, rel) != rel:
            faults.append(Problem(rel, "id-pattern", f"the id stands also in {where[entry_id]}", "rename one"))
        if isinstance(entry, ConcernText) and entry_id not in set(Concern):
            faults.append(Problem(rel, "field", f"unknown concern '{entry_id}'", f"one of {', '.join(Concern)}"))
        if isinstance(entry, StepText):
            faults += [Problem(rel, "region-known", *fault) for fault in _unknown_regions(entry.regions)]
        problems += faults
        if not faults:
            found[group][entry_id] = entry
    entries = found["services"] | found["platforms"]
    for entry in entries.values():
        if entry.replaced_by and entry.replaced_by not in entries:
            fault = f"replaced_by '{entry.replaced_by}' does not exist", "name an entry that does"
            problems.append(Problem(where[entry.id], "replaced", *fault))
    order = {concern: i for i, concern in enumerate(Concern)}
    concerns = {Concern(k): v for k, v in sorted(found["concerns"].items(), key=lambda kv: order[Concern(kv[0])])}
    version = f"sha256:{digest.hexdigest()}"
    groups = found["services"], found["platforms"], concerns, found["steps"], found["pages"]
    return Directory(*groups, exemptions, version), problems


def load_directory(root: Path = DATA) -> Directory:
    """The directory, ready to plan with.

    Raises BrokenDirectory, which lists every problem, when any file is broken.
    """
    directory, problems = read(root)
    if problems:
        raise BrokenDirectory(problems)
    return directory
