"""The directory as HSDS 3.1, the Human Services Data Specification of Open Referral: tables of rows, and JSON nested from them.

docs/hsds-profile.md says what is mapped to what, and what the attributes mean. The words are English, as the terms are.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from msgspec import structs

from hotline_router import freshness, places, planning, times, wording
from hotline_router.directory import Directory
from hotline_router.i18n import language
from hotline_router.model import FRESH_MONTHS, SHOWN_MONTHS, Channel, Concern, Hours, Kind, Platform, Service, Weekly

VERSION = "3.1"
NAMESPACE = UUID("01a891f6-c822-4e6c-84f7-224423b35e7a")  # never changes: all ids are made from it
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
EN = language("en")
Row = dict[str, Any]


class Table(NamedTuple):
    """One object of HSDS: its file in the package, the fields that every row has, and those that may be absent."""

    path: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()


TABLES = {
    "organization": Table("organizations.csv", ("id", "name", "description")),
    "service": Table(
        "services.csv",
        ("id", "organization_id", "name", "status"),
        ("alternate_name", "description", "url", "email", "application_process", "assured_date", "last_modified"),
    ),
    "url": Table("url.csv", ("id", "url"), ("label", "service_id")),
    "phone": Table("phones.csv", ("id", "number"), ("service_id", "type", "description")),
    "schedule": Table(
        "schedules.csv",
        ("id",),
        ("service_id", "valid_to", "timezone", "freq", "byday", "description", "opens_at", "closes_at"),
    ),
    "language": Table("languages.csv", ("id",), ("service_id", "name", "code", "note")),
    "service_area": Table("service_areas.csv", ("id",), ("service_id", "name", "extent", "extent_type")),
    "required_document": Table("required_documents.csv", ("id",), ("service_id", "document")),
    "attribute": Table("attributes.csv", ("id", "link_id", "taxonomy_term_id", "link_entity"), ("link_type", "value")),
    "taxonomy": Table("taxonomies.csv", ("id", "name", "description")),
    "taxonomy_term": Table("taxonomy_terms.csv", ("id", "name", "description"), ("code", "language", "taxonomy_id")),
}
TYPES = {
    "assured_date": {"type": "date"},
    "valid_to": {"type": "date"},
    "last_modified": {"type": "datetime"},
    "timezone": {"type": "number"},
    "opens_at": {"type": "time"},
    "closes_at": {"type": "time"},
    "url": {"type": "string", "format": "uri"},
    "email": {"type": "string", "format": "email"},
}
# Where the rows of a table stand inside the JSON of a service.
PARTS = {
    "additional_urls": "url",
    "phones": "phone",
    "schedules": "schedule",
    "service_areas": "service_area",
    "languages": "language",
    "required_documents": "required_document",
}
TAXONOMIES = {
    "kind": "What the service is.",
    "concern": "What it takes. With the link type 'first-for': law or the hotlines send people here first for it.",
    "role": "Whom it serves. No such attribute: anyone.",
    "image-age": "For tools that take pictures down: the age of the person in the picture.",
    "crisis": "Whether it answers people who think of suicide or cannot go on.",
    "anonymous": "Whether one can stay anonymous. No such attribute: we could not find out.",
    "needs": "What a person must have or give. No such attribute: we could not find out.",
    "receives": "What it takes from a person. No such attribute: we could not find out.",
    "platform-first": "Whether the platform must be told first. No such attribute: we could not find out.",
    "replies": "Whether it answers. No such attribute: we could not find out.",
    "told": "Who else is told. No such attribute: we could not find out.",
    "network": "Networks that it belongs to.",
    "number-scope": "Where a number can be dialled, when not from everywhere.",
    "zone": "The time zone of a schedule, which knows about changes of clocks.",
    "how": "How its main source was read.",
    "record": "Where its facts come from, and what it is called elsewhere in hotline_router.",
    "freshness": "Whether its evidence has grown old. No such attribute: it has not.",
}
YES_NO = {
    "anonymous": {True: "A person can stay anonymous.", False: "A person cannot stay anonymous."},
    "platform-first": {True: "The platform must be told first.", False: "The platform need not be told first."},
    "replies": {True: "It answers.", False: "It does not answer."},
}


def _id(table: str, *key: str) -> str:
    return str(uuid5(NAMESPACE, "/".join((table, *key))))


def _places(codes: Iterable[str]) -> str:
    names = sorted(places.region_name(code, "en") for code in codes)
    return ", ".join(names) if len(names) <= 10 else f"{len(names)} places"


class Feed:
    """The directory as it may be shown on a day. tables: the rows of each table by their id, without empty fields."""

    def __init__(self, directory: Directory, today: date) -> None:
        self.today = today
        self.tables: dict[str, dict[str, Row]] = {name: {} for name in TABLES}
        self.terms_of: dict[str, set[str]] = defaultdict(set)  # by service id, the ids of all terms on it and its parts
        self._terms: dict[str, str] = {}  # ids by code
        self._titles = {concern: text.title for concern, text in directory.concerns.items()}
        published: list[Service | Platform] = [*directory.shown_services.values()]
        published += [p for p in directory.shown_platforms.values() if p.category != "generic"]
        entries = [
            (entry, found)
            for entry in sorted(published, key=lambda e: e.id)
            if (found := freshness.shown_on(entry, directory, today)) is not None
        ]
        runs = _operators([entry for entry, _ in entries])
        for (key, name), own in sorted(runs.items()):
            self._add("organization", key, name=name, description=_described(own))
        operator = {entry.id: _id("organization", key) for (key, _), own in runs.items() for entry in own}
        for entry, found in entries:
            self._service(entry, found, operator[entry.id], directory)
        for name in ("taxonomy", "taxonomy_term"):
            rows = sorted(self.tables[name].values(), key=lambda row: str(row.get("code") or row["name"]))
            self.tables[name] = {row["id"]: row for row in rows}
        self._parts: dict[tuple[str, str], list[Row]] = defaultdict(list)  # by table and id of what they belong to
        for name in (*PARTS.values(), "attribute"):
            for row in self.tables[name].values():
                self._parts[name, row.get("service_id") or row["link_id"]].append(row)
        for row in self.tables["service"].values():
            self._parts["service", row["organization_id"]].append(row)

    def _add(self, table: str, *key: str, **fields: Any) -> str:
        found = _id(table, *key)
        self.tables[table][found] = {"id": found} | {name: v for name, v in fields.items() if v not in {None, ""}}
        return found

    def _tag(
        self,
        service: str,
        taxonomy: str,
        code: str,
        says: str,
        value: str | None = None,
        *,
        on: tuple[str, str] | None = None,
        kind: str | None = None,
    ) -> None:
        # on: the table and id of a part of the service; kind: the link type, when it is not the taxonomy's name
        entity, link = on or ("service", service)
        full = f"{taxonomy}:{code}"  # a code stands once in a package, and 'missing' is both a kind and a concern
        term = self._terms.get(full)
        if term is None:
            group = self._add("taxonomy", taxonomy, name=taxonomy, description=TAXONOMIES[taxonomy])
            term = self._add("taxonomy_term", full, code=full, name=code, description=says, language="en", taxonomy_id=group)
            self._terms[full] = term
        self.terms_of[service].add(term)
        row = {"link_id": link, "taxonomy_term_id": term, "link_type": kind or taxonomy, "link_entity": entity, "value": value}
        self._add("attribute", link, kind or taxonomy, full, value or "", **row)

    def _service(self, entry: Service | Platform, found: freshness.Shown, operator: str, directory: Directory) -> None:
        urls = sorted((c for c in found.channels if c.url), key=lambda c: (c.purpose != "report", c.type != "web"))
        emails = sorted((c for c in found.channels if c.address), key=lambda c: c.purpose != "report")
        regions = entry.regions if isinstance(entry, Service) else ()
        kind = EN.gettext(wording.kind_text(entry))
        serves = f"{kind[0].upper()}{kind[1:]}; serves {_places(regions)}."
        service = self._add(
            "service",
            entry.id,
            organization_id=operator,
            name=entry.name,
            alternate_name=getattr(entry, "name_en", None),
            description=serves if regions else "Reports to the platform itself.",
            url=urls[0].url if urls else None,
            email=emails[0].address if emails else None,
            status="active",
            application_process=_process(entry, found),
            assured_date=entry.source.read.isoformat(),
            last_modified=f"{self._changed(entry, directory)}T00:00:00.000Z",
        )
        for channel in urls[1:]:
            label = "chat" if channel.type == "chat" else channel.purpose
            self._add("url", entry.id, label, channel.url or "", label=label, url=channel.url, service_id=service)
        for channel in found.channels:
            if channel.number:
                self._phone(entry, service, channel, regions)
        for code in regions:
            name = places.region_name(code, "en")
            self._add("service_area", entry.id, code, service_id=service, name=name, extent=code, extent_type="text")
        for tag in entry.languages or ():
            code, _, more = tag.partition("-")
            name, note = places.language_name(tag, "en"), f"BCP 47: {tag}" if more else None
            self._add("language", entry.id, tag, service_id=service, name=name, code=code, note=note)
        if "id" in (entry.conditions.needs or ()):
            self._add("required_document", entry.id, "id", service_id=service, document=wording.NEEDS["id"])
        if isinstance(entry, Service):
            for week in _weeks(entry.hours):
                self._schedule(entry, service, week, found.expires)
        self._attributes(entry, service, found)

    def _phone(self, entry: Service | Platform, service: str, channel: Channel, regions: tuple[str, ...]) -> None:
        more = wording.channel_text(channel, wording.kind_of(entry), EN) if channel.keyword or channel.reaches else None
        if channel.purpose == "information":
            more = "For information, not for reports."
        kind = "text" if channel.type == "text" else "voice"
        key = entry.id, kind, channel.number or "", channel.keyword or "", channel.reaches or ""
        phone = self._add("phone", *key, service_id=service, number=channel.number, type=kind, description=more)
        for code in regions if channel.local_only else ():
            says = "The number is dialled as written, inside this region only."
            self._tag(service, "number-scope", "inside", says, code, on=("phone", phone))

    def _schedule(self, entry: Service, service: str, week: Weekly, expires: date | None) -> None:
        hours = entry.hours or Hours()
        zone = None if hours.always else hours.zone
        offset, until, _ = clock(zone, self.today) if zone else (timedelta(), None, None)
        ends = [day for day in (until, expires) if day]
        days = ",".join(day.upper() for day in week.days)
        schedule = self._add(
            "schedule",
            entry.id,
            days,
            week.opens,
            week.closes,
            service_id=service,
            valid_to=(min(ends) - timedelta(days=1)).isoformat() if ends else None,
            timezone=offset / timedelta(hours=1),
            freq="WEEKLY",
            byday=days,
            description=wording.hours_text(hours if hours.always else structs.replace(hours, weekly=(week,)), EN),
            opens_at=_time(week.opens, offset),
            closes_at=_time(week.closes, offset),
        )
        if zone:
            self._tag(service, "zone", "iana", "Name in the IANA database.", zone, on=("schedule", schedule))

    def _attributes(self, entry: Service | Platform, service: str, found: freshness.Shown) -> None:
        def tag(taxonomy: str, code: str, says: str, value: str | None = None, kind: str | None = None) -> None:
            self._tag(service, taxonomy, code, EN.gettext(says), value, kind=kind)

        tag("kind", wording.kind_of(entry), wording.kind_text(entry))
        if isinstance(entry, Service):
            for concern in Concern:
                if planning.takes(entry, concern):
                    tag("concern", concern, self._titles.get(concern, concern))
            for concern in entry.first_for:
                tag("concern", concern, self._titles.get(concern, concern), kind="first-for")
            for role in entry.roles:
                tag("role", role, wording.ROLES[role])
            if entry.image_age:
                tag("image-age", entry.image_age, "The person was of this age in the picture.")
            if entry.crisis:
                tag("crisis", "yes", "It answers people who think of suicide or cannot go on.")
        c = entry.conditions
        for taxonomy, answer in {"anonymous": c.anonymous, "platform-first": c.platform_first, "replies": c.replies}.items():
            if answer is not None:
                tag(taxonomy, "yes" if answer else "no", YES_NO[taxonomy][answer])
        lists: dict[str, tuple[tuple[str, ...] | None, dict[str, str]]] = {
            "needs": (c.needs, wording.NEEDS),
            "receives": (c.receives, wording.RECEIVES),
            "told": (c.told, wording.TOLD),
        }
        for taxonomy, (codes, words) in lists.items():
            for code in () if codes is None else codes or ("nothing",):
                tag(taxonomy, code, words.get(code, code))
        for network in entry.networks:
            tag("network", network, "A network or a standing of this name.")
        source = entry.source
        tag("how", source.how, wording.HOW[source.how])
        tag("record", "id", "Its id in the other data of hotline_router.", entry.id)
        tag("record", "source", "The address where its main facts were read.", source.url)
        tag("record", "source-kind", "What kind of source that is.", source.kind)
        if source.dated:
            tag("record", "source-dated", "The date that the source itself bears.", source.dated.isoformat())
        if found.expires:
            says = "The first day on which something of it may not be shown any more, unless it is checked again."
            tag("record", "expires", says, found.expires.isoformat())
        if found.withheld:
            tag("freshness", "withheld", wording.WITHHELD)
        elif found.stale:
            tag("freshness", "may-be-out-of-date", wording.OUTDATED)

    def _changed(self, entry: Service | Platform, directory: Directory) -> date:
        # Who asks only for what has changed must learn that a number is withheld, and that the clocks have changed.
        days = [e.read for e in entry.evidence]
        if not (isinstance(entry, Service) and entry.kind is Kind.EMERGENCY):
            ages = directory.age_from[entry.id].values()
            days += [times.old_on(age, months) for age in ages for months in (FRESH_MONTHS, SHOWN_MONTHS)]
        hours = wording.hours_of(entry)
        if hours and hours.zone and (turned := clock(hours.zone, self.today)[2]):
            days.append(turned)
        return max((day for day in days if day <= self.today), default=self.today)

    # --- JSON --------------------------------------------------------------------------------------------------------

    def term(self, row: Row) -> Row:
        """A term with the taxonomy that it belongs to."""
        return row | {"taxonomy_detail": self.tables["taxonomy"][row["taxonomy_id"]]}

    def _part(self, row: Row) -> Row:
        found = {name: value for name, value in row.items() if name not in {"service_id", "organization_id"}}
        if attributes := self._parts.get(("attribute", row["id"])):
            found["attributes"] = [
                {name: a[name] for name in ("id", "link_type", "value") if name in a}
                | {"taxonomy_term": self.tables["taxonomy_term"][a["taxonomy_term_id"]]}
                for a in attributes
            ]
        return found

    def service(self, row: Row, *, full: bool) -> Row:
        """A service with its organization; full: with all that belongs to it."""
        found = self._part(row) if full else {name: value for name, value in row.items() if name != "organization_id"}
        if full:
            for name, table in PARTS.items():
                if parts := self._parts.get((table, row["id"])):
                    found[name] = [self._part(part) for part in parts]
        return found | {"organization": self.tables["organization"][row["organization_id"]]}

    def organization(self, row: Row, *, full: bool) -> Row:
        """An organization; full: with the ids and names of its services, which HSDS allows and does not describe."""
        if not full:
            return row
        return row | {"services": [{"id": s["id"], "name": s["name"]} for s in self._parts["service", row["id"]]]}


def feed(directory: Directory, *, today: date) -> Feed:
    """The feed of a day, made once."""
    memo = directory.memo(today)
    if "hsds" not in memo:
        memo["hsds"] = Feed(directory, today)
    found: Feed = memo["hsds"]
    return found


def _operators(entries: list[Service | Platform]) -> dict[tuple[str, str], list[Service | Platform]]:
    """Entries by the key and the name of who runs them; without an operator, an entry stands alone under its own name."""
    found: dict[tuple[str, str], list[Service | Platform]] = {}
    named: dict[str, list[Service | Platform]] = defaultdict(list)
    for entry in entries:
        if entry.operator:
            named[entry.operator].append(entry)
        else:
            found["entry/" + entry.id, entry.name] = [entry]
    for name, own in named.items():
        bodies = _bodies(own)
        for marks, some in bodies:
            key = name if len(bodies) == 1 else f"{name}/{min(marks)}"
            found[key, name] = some
    return found


def _bodies(own: list[Service | Platform]) -> list[tuple[set[str], list[Service | Platform]]]:
    # Several states have a 'Ministry of Interior': one body shares a region or a host, or works everywhere.
    if any(isinstance(e, Platform) or {"EU", "001"} & set(e.regions) for e in own):
        return [(set(), own)]
    bodies: list[tuple[set[str], list[Service | Platform]]] = []
    for entry in own:
        marks, some = {code[:2] for code in getattr(entry, "regions", ())} | set(entry.hosts), [entry]
        for body in [b for b in bodies if b[0] & marks]:
            bodies.remove(body)
            marks, some = marks | body[0], body[1] + some
        bodies.append((marks, some))
    return bodies


def _described(own: list[Service | Platform]) -> str:
    regions: dict[str, set[str]] = defaultdict(set)
    for entry in own:
        if isinstance(entry, Service):
            regions[EN.gettext(wording.kind_text(entry))].update(entry.regions)
    parts = [f"{kind} ({_places(codes)})" for kind, codes in regions.items()]
    if platforms := [entry.name for entry in own if isinstance(entry, Platform)]:
        parts.append(f"the platforms {', '.join(platforms)}" if len(platforms) > 1 else f"the platform {platforms[0]}")
    if own[0].operator:
        return f"It runs: {'; '.join(parts)}."
    return f"Whoever runs this service, named after it, as we do not know their name: {'; '.join(parts)}."


def _process(entry: Service | Platform, found: freshness.Shown) -> str:
    """What a person needs, gives and does, in sentences; empty when nothing is known."""
    c, lines = entry.conditions, []
    if c.platform_first:
        lines.append("Tell the platform first.")
    if c.needs is not None:
        lines.append(f"You need: {', '.join(wording.NEEDS[code] for code in c.needs) or 'nothing'}.")
    if c.receives:
        lines.append(f"You give: {', '.join(wording.RECEIVES[code] for code in c.receives)}.")
    for path in found.in_app:
        steps = " ".join(wording.menu_step(step, EN) for step in path.steps)
        lines.append(f"{wording.in_app_title(path, EN)}: {steps}")
    return " ".join(lines)


def _weeks(hours: Hours | None) -> tuple[Weekly, ...]:
    if hours is None:
        return ()
    # HSDS has no flag for 'round the clock'; these times stand for it.
    return (Weekly(days=times.DAYS, opens="00:00", closes="24:00"),) if hours.always else hours.weekly  # type: ignore[arg-type]


def _time(clock: str, offset: timedelta) -> str:
    """A time with its offset. With seconds: HSDS speaks of HH:MM, but its examples and the type in its package have them."""
    if clock == "24:00":
        clock = "23:59"  # 24:00 is no time of the package's type
    if not offset:
        return f"{clock}:00Z"
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    return f"{clock}:00{'+' if offset > timedelta() else '-'}{hours:02}:{minutes:02}"


@lru_cache(maxsize=256)
def clock(zone: str, today: date) -> tuple[timedelta, date | None, date | None]:
    """The offset from UTC at noon of a day, the first day after it with another one, and the first day with this one.

    None where the clocks do not change within 400 days. Raises ZoneInfoNotFoundError for an unknown zone.
    """

    def offset(day: date) -> timedelta:
        return datetime.combine(day, time(12), ZoneInfo(zone)).utcoffset() or timedelta()

    now = offset(today)
    after = next((day for i in range(1, 400) if offset(day := today + timedelta(days=i)) != now), None)
    before = next((day for i in range(1, 400) if offset(day := today - timedelta(days=i)) != now), None)
    return now, after, before + timedelta(days=1) if before else None


# --- the data package ------------------------------------------------------------------------------------------------


def _resource(name: str, table: Table) -> Row:
    fields = [*table.required, *table.optional]
    links = [field for field in fields if field.removesuffix("_id") in TABLES and field.endswith("_id")]
    row: Row = {
        "name": name,
        "path": table.path,
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {"primaryKey": "id", "fields": [_field(name, field, field in table.required) for field in fields]},
    }
    if links:
        row["schema"]["foreignKeys"] = [
            {"fields": field, "reference": {"resource": field.removesuffix("_id"), "fields": "id"}} for field in links
        ]
    return row


def _field(table: str, name: str, required: bool) -> Row:
    uuid = {"type": "string", "format": "uuid"} if name == "id" or name.endswith("_id") else {"type": "string"}
    unique = name == "id" or (table, name) == ("taxonomy_term", "code")
    rules = {rule: True for rule, holds in {"required": required, "unique": unique}.items() if holds}
    return {"name": name, **TYPES.get(name, uuid), **({"constraints": rules} if rules else {})}


def write_package(directory: Directory, folder: Path, *, today: date) -> list[Path]:
    """Writes the feed of a day as a tabular data package: datapackage.json and one CSV file for each table.

    The same directory and day give the same bytes. Returns the files. Raises OSError when the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = feed(directory, today=today).tables
    package = {
        "name": "hotline-router-hsds",
        "title": "hotline_router: official channels for reporting child sexual abuse material and grooming",
        "profile": "tabular-data-package",
        "hsds_version": VERSION,
        "version": directory.version,
        "created": f"{today}T00:00:00Z",
        "licenses": [{"name": "CC-BY-4.0", "path": LICENCE, "title": "Creative Commons Attribution 4.0"}],
        "resources": [_resource(name, table) for name, table in TABLES.items()],
    }
    described = folder / "datapackage.json"
    described.write_bytes(json.dumps(package, indent=2, ensure_ascii=False).encode() + b"\n")
    written = [described]
    for name, table in TABLES.items():
        path = folder / table.path
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [*table.required, *table.optional], restval="")
            writer.writeheader()
            writer.writerows(rows[name].values())
        written.append(path)
    return written
