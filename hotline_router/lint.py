"""Editorial rules: a table of small checks that yield Problems, and one runner. Offline and deterministic."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from hotline_router import directory as d
from hotline_router import places
from hotline_router.directory import Check, Directory
from hotline_router.model import SHOWN_MONTHS, Concern, Entry, Kind, Problem, Role, Service
from hotline_router.times import months_between

Faults = Iterator[tuple[str, str]]
REPORTING = {Kind.HOTLINE, Kind.POLICE}
# Words that the field avoids (Terminology Guidelines of the interagency group, second edition 2025).
AVOIDED = re.compile(r"child(ren)?('s)?[ -]porn|kiddie|child prostitut|child sex tour|revenge porn|\bpa?edophile", re.I)


class DirectoryCheck(NamedTuple):
    """One rule about all entries together; yields the entry's id, what is wrong and what to do."""

    name: str
    run: Callable[[Directory, Path, date], Iterator[tuple[str, str, str]]]


def _evidence_missing(entry: Entry) -> Faults:
    if entry.status != "published":
        return
    # They decide where people are sent.
    unseen = [f for f in ("concerns", "roles") if getattr(entry, f, ()) and not entry.supporting(f)]
    for field in d.unsupported(entry) + unseen:
        yield f"no evidence supports '{field}'", "add it to supports where a source says so, or take the field out"


def _evidence_path(entry: Entry) -> Faults:
    known = set(d.fields(entry)) | {
        "name",
        "name_en",
        "concerns",
        "roles",
        "regions",
        "channels",
        "conditions",
        "in_app",
    }
    for i, evidence in enumerate(entry.evidence):
        for path in evidence.supports:
            if path not in known:
                yield f"evidence {i} supports '{path}', which the entry does not have", "mend the path or take it out"


def _evidence_dates(entry: Entry) -> Faults:
    for i, evidence in enumerate(entry.evidence):
        if evidence.dated and evidence.dated > evidence.read:
            yield f"evidence {i} is dated after it was read", "dated is the page's own date, read is the day of reading"


def _evidence_own(entry: Entry) -> Faults:
    for i, evidence in enumerate(entry.evidence if entry.status == "published" else ()):
        host = urlsplit(evidence.url).hostname or ""
        if evidence.kind in {"repository", "library"} and any(d.within(host, own) for own in entry.hosts):
            yield (
                f"evidence {i} cites the organisation's own site as a {evidence.kind}",
                "cite the file that was read; where it is the page itself, say 'official'",
            )


def _report_evidence(entry: Entry) -> Faults:
    if not isinstance(entry, Service) or entry.kind not in REPORTING or entry.status != "published":
        return
    for i, channel in enumerate(entry.channels):
        if channel.purpose != "report":
            continue
        if not any(e.kind in d.GOOD for e in entry.supporting(f"channels.{i}")):
            yield (
                f"channels.{i} is a report channel without official, government or directory evidence",
                "find such a page, make its purpose information, or set status = 'unconfirmed'",
            )


def _language_known(entry: Entry) -> Faults:
    for tag in entry.languages or ():
        if not places.language_known(tag):
            yield f"unknown language '{tag}'", "use BCP 47, such as de, zh-Hant or pt-BR"


def _subdivision_known(entry: Entry) -> Faults:
    for code in entry.regions if isinstance(entry, Service) else ():
        if "-" in code and not places.subdivision_known(code):
            yield f"unknown part of a region '{code}'", "use a code of ISO 3166-2"


def _own_regions(service: Service) -> list[str]:
    return [code for code in service.regions if code not in {"EU", "001"}]


def _phone_valid(entry: Entry) -> Faults:
    if not isinstance(entry, Service) or entry.kind is Kind.EMERGENCY:
        return
    for i, channel in enumerate(entry.channels):
        number = channel.number
        if number is None:
            continue
        codes = [code[:2] for code in _own_regions(entry)]
        if not number.startswith("+") and not codes:
            yield (
                f"channels.{i}: '{number}' serves many regions but is not international",
                "write it with + and the code",
            )
        elif not places.number_valid(number, codes[0] if codes else "ZZ"):
            yield (
                f"channels.{i}: '{number}' is not valid in {codes[:1]}",
                "mend it, or except it with the source's reason",
            )


def _emergency_agrees(entry: Entry) -> Faults:
    if isinstance(entry, Service) and entry.kind is Kind.EMERGENCY:
        for code in _own_regions(entry):
            for channel in entry.channels:
                if channel.type == "phone" and not places.is_emergency_number(channel.number or "", code[:2]):
                    yield (
                        f"'{channel.number}' is not an emergency number of {code} in libphonenumber",
                        "mend it, or except it with the source's reason",
                    )


def _not_emergency_line(entry: Entry) -> Faults:
    if isinstance(entry, Service) and entry.kind not in {Kind.EMERGENCY, Kind.POLICE}:
        for code in _own_regions(entry):
            for channel in entry.channels:
                if channel.number and places.is_emergency_number(channel.number, code[:2]):
                    yield (
                        f"'{channel.number}' is an emergency line in {code}, not a line of this kind",
                        "take it out, or except it with the source's reason",
                    )


def _names(entry: Entry) -> Faults:
    for name in (entry.name, getattr(entry, "name_en", None), entry.operator):
        if name is None:
            continue
        letters = [c for c in name if c.isalpha()]
        if len(letters) > 12 and all(c.isupper() for c in letters):
            yield f"'{name}' is in capitals", "write it as a sentence would"
        if name != name.strip() or "  " in name:
            yield f"'{name}' has stray spaces", "take them out"
        if AVOIDED.search(name) and name != entry.name:
            yield f"'{name}' uses a word that the field avoids", "see the terminology list in CONTRIBUTING.md"


def _redundant(entry: Entry) -> Faults:
    if isinstance(entry, Service):
        if entry.name_en == entry.name:
            yield "name_en repeats name", "take name_en out"
        if set(entry.roles) == set(Role) or set(entry.concerns) == set(Concern):
            yield "all concerns or all roles are listed", "leave the field out: empty means all"
    for field in ("channels", "regions", "concerns", "roles", "languages", "networks", "hosts"):
        values = getattr(entry, field, None) or ()
        if len(set(values)) != len(values):
            yield f"{field} says the same twice", "say it once"
    if len({evidence.url for evidence in entry.evidence}) != len(entry.evidence):
        yield "two evidence blocks cite the same page", "make one of them"
    for host in entry.hosts:
        if any(host != other and d.within(host, other) for other in entry.hosts):
            yield f"host '{host}' is covered by another one", "declare the registrable domain only"


def _host_unused(entry: Entry) -> Faults:
    if isinstance(entry, Service):
        landed = [channel.host for channel in entry.channels if channel.host]
        for own in entry.hosts:
            if not any(d.within(host, own) for host in landed):
                yield f"host '{own}' is declared but no channel uses it", "take it out"


def _channels_some(entry: Entry) -> Faults:
    # A platform without a known report page is shown, and the plan says so.
    if isinstance(entry, Service) and entry.status == "published" and not entry.channels:
        yield "a published entry without a channel helps nobody", "add one with evidence, or set status = 'unconfirmed'"


def _retired(entry: Entry) -> Faults:
    if entry.replaced_by and entry.status != "retired":
        yield "replaced_by stands in an entry that is not retired", "set status = 'retired' or take it out"


def _kind_fields(entry: Entry) -> Faults:
    if isinstance(entry, Service) and (entry.kind is Kind.REMOVAL) != (entry.image_age is not None):
        yield (
            "image_age belongs to removal tools, and each needs it",
            "say 'under-18' or '18-plus' by what the tool states",
        )
    if getattr(entry, "kind", None) is not Kind.EMERGENCY and any(channel.reaches for channel in entry.channels):
        yield "reaches belongs to emergency numbers", "take it out"


def _claim_old(entry: Entry) -> Faults:
    # Numbers and links are withheld by age; hours and conditions stand beside them and are judged whenever the entry is read.
    read = max((e.read for e in entry.evidence), default=None)
    if entry.status != "published" or read is None:
        return
    for field in d.fields(entry):
        if field.startswith(("hours", "conditions.")) and (found := entry.supporting(field)):
            newest = max(e.age_from for e in found)
            if months_between(newest, read) >= SHOWN_MONTHS:
                yield f"'{field}' rests on sources of {newest} and before", "support it by a newer page, or take it out"


def _duplicate(directory: Directory, _folder: Path, _today: date) -> Iterator[tuple[str, str, str]]:
    seen: dict[tuple[Any, ...], str] = {}
    for service in directory.services.values():
        if service.status == "retired":
            continue
        words = re.sub(r"\W+", " ", unicodedata.normalize("NFKC", service.name).casefold()).strip()
        keys: set[tuple[Any, ...]] = {(words, service.kind, code) for code in service.regions}
        urls = (c.url for c in service.channels if c.url and c.purpose == "report")
        keys |= {(url.rstrip("/"), service.kind, code) for url in urls for code in service.regions}
        for key in keys:
            if seen.setdefault(key, service.id) != service.id:
                yield service.id, f"says the same as '{seen[key]}' ({key[0]})", "keep one entry for one service"
                break


def _region_emergency(directory: Directory, _folder: Path, _today: date) -> Iterator[tuple[str, str, str]]:
    numbers: dict[str, list[str]] = defaultdict(list)
    for service in directory.services.values():
        if service.kind is Kind.EMERGENCY and service.status == "published":
            for code in _own_regions(service):
                numbers[code].append(service.id)
    for code, ids in numbers.items():
        for other in ids[1:]:
            yield other, f"a second emergency entry for {code} beside '{ids[0]}'", "put all emergency numbers into one"


def _entries(directory: Directory) -> list[Entry]:
    return [*directory.services.values(), *directory.platforms.values()]


def _folder(directory: Directory, folder: Path, _today: date) -> Iterator[tuple[str, str, str]]:
    for entry in _entries(directory):
        if not (folder / path_of(entry)).exists():
            yield entry.id, "the file does not lie where its first region says", f"move it to {path_of(entry)}"


def _future(directory: Directory, _folder: Path, today: date) -> Iterator[tuple[str, str, str]]:
    for entry in _entries(directory):
        if any(evidence.read > today for evidence in entry.evidence):
            yield entry.id, "evidence was read in the future", "mend the date"


CHECKS: tuple[Check, ...] = (
    *d.GUARDS,
    Check("evidence-missing", _evidence_missing),
    Check("evidence-path", _evidence_path),
    Check("evidence-dates", _evidence_dates),
    Check("evidence-own", _evidence_own),
    Check("report-evidence", _report_evidence),
    Check("language-known", _language_known),
    Check("subdivision-known", _subdivision_known),
    Check("phone-valid", _phone_valid),
    Check("emergency-agrees", _emergency_agrees),
    Check("not-emergency-line", _not_emergency_line),
    Check("names", _names),
    Check("redundant", _redundant),
    Check("host-unused", _host_unused),
    Check("channels-some", _channels_some),
    Check("retired", _retired),
    Check("kind-fields", _kind_fields),
    Check("claim-old", _claim_old),
)
DIRECTORY_CHECKS = (
    DirectoryCheck("duplicate", _duplicate),
    DirectoryCheck("region-emergency", _region_emergency),
    DirectoryCheck("folder", _folder),
    DirectoryCheck("future", _future),
)
NAMES = (*d.READING, *(c.name for c in CHECKS), *(c.name for c in DIRECTORY_CHECKS), "exception-needed")


def path_of(entry: Entry) -> str:
    """Where an entry's file belongs below data/: a platform's in platforms/, a service's in its first region's folder."""
    if not isinstance(entry, Service):
        return f"platforms/{entry.id}.toml"
    first = entry.regions[0]
    folder = {"001": "global", "EU": "eu"}.get(first, first[:2].lower())
    return f"services/{folder}/{entry.id}.toml"


def lint(folder: Path = d.DATA, *, today: date) -> list[Problem]:
    """Every problem of the data below a folder, exemptions applied; [] when all is well."""
    directory, problems = d.read(folder)
    entries = {entry.id: entry for entry in _entries(directory)}
    found: list[tuple[str, str, str, str]] = []
    for check in CHECKS[len(d.GUARDS) :]:  # the guards have run while reading
        found += [(entry.id, check.name, *fault) for entry in entries.values() for fault in check.run(entry)]
    for whole in DIRECTORY_CHECKS:
        found += [(entry_id, whole.name, *fault) for entry_id, *fault in whole.run(directory, folder, today)]  # type: ignore[misc]
    excepted = {(e.check, e.entry) for e in directory.exemptions}
    for entry_id, name, message, remedy in found:
        if (name, entry_id) not in excepted:
            problems.append(Problem(path_of(entries[entry_id]), name, message, remedy))
    for name, entry_id in sorted(excepted - {(name, entry_id) for entry_id, name, _, _ in found}):
        fault = f"the exception of '{entry_id}' from '{name}' is no longer needed"
        problems.append(Problem("exceptions.toml", "exception-needed", fault, "take it out"))
    return problems
