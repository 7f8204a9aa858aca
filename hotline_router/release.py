"""Open data as files: JSON, CSV and the table of plans, what changed since a release, checksums and a signature."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from hotline_router import __version__, opendata, output, places, planning
from hotline_router.directory import Directory
from hotline_router.i18n import SOURCE, language
from hotline_router.model import Concern, Purpose, Role, Situation
from hotline_router.opendata import PlatformJson, ServiceJson

LICENCE = "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/"
SUMS, SIGNATURE = "SHA256SUMS", "SHA256SUMS.minisig"
README = """\
hotline_router: official channels for reporting child sexual abuse material, grooming, sextortion and the like

directory.json   every service and platform with its channels, conditions and evidence, as may be shown on the day below
services.csv, platforms.csv, channels.csv, evidence.csv   the same as tables; 'entry' is the id of a service or platform
plans.csv        for each region, concern and role: the ids of each step in their order, the one report first
plans/           for each region the plan without an answer, in English, as the API gives it
changes.json     what changed since the release before, when one was named
SHA256SUMS       checksums of all files; SHA256SUMS.minisig is their signature, when the publisher made one

Directory: {version}
Facts read until: {date}
As may be shown on: {today}
Licence: {licence}

Numbers with local = true work inside their regions only. Show nothing after its 'expires' day, and quote strings as they stand.
Check with: hotline-router verify-data FOLDER --key PUBLIC_KEY
"""


class Release(Struct, frozen=True):
    """All entries as may be shown on a day. format: version of the program that wrote it."""

    format: str
    licence: str
    version: str
    today: date
    date: date
    services: list[ServiceJson]
    platforms: list[PlatformJson]


class Changes(Struct, frozen=True):
    """What differs between two releases: ids, and for changed entries the names of the fields."""

    since: str
    version: str
    added: list[str]
    removed: list[str]
    changed: dict[str, list[str]]


def release(directory: Directory, today: date) -> Release:
    """The directory as it may be shown on a day."""
    spoken = language(SOURCE)
    platforms = [opendata.platform_json(p, directory, today, spoken) for _, p in sorted(directory.shown_platforms.items())]
    services = opendata.services(directory, today)
    return Release(__version__, LICENCE, directory.version, today, directory.date, services, platforms)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "; ".join(map(str, value))
    return str(value)


def _table(rows: Iterable[dict[str, Any]]) -> bytes:
    found = list(rows)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(found[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in found)
    return out.getvalue().encode()


def _flat(entry: ServiceJson | PlatformJson) -> dict[str, Any]:
    row = {name: getattr(entry, name) for name in entry.__struct_fields__}
    for name in ("channels", "evidence", "steps_in_app"):
        row.pop(name, None)
    conditions = row.pop("conditions")
    given = {name: getattr(conditions, name) for name in conditions.__struct_fields__}
    hours = given.pop("hours")
    given["hours"] = (
        ""
        if hours is None
        else "always"
        if hours.always
        else f"{hours.zone}: " + ", ".join(f"{'/'.join(week.days)} {week.opens}-{week.closes}" for week in hours.weekly)
    )
    return row | given


def _parts(entries: Iterable[ServiceJson | PlatformJson], part: str) -> Iterator[dict[str, Any]]:
    for entry in entries:
        for item in getattr(entry, part):
            yield {"entry": entry.id} | {name: getattr(item, name) for name in item.__struct_fields__}


def _plans(directory: Directory, today: date) -> Iterator[dict[str, Any]]:
    for region, concern, role in itertools.product((None, *sorted(places.regions())), Concern, (None, *Role)):
        plan = planning.plan(Situation(region=region, concern=concern, role=role), directory, today=today)
        ids = {step.purpose: [referral.entry.id for referral in step.referrals] for step in plan.steps}
        yield {"region": region, "concern": concern, "role": role} | {p.value: ids.get(p, []) for p in Purpose}


def _plan(region: str, directory: Directory, today: date) -> bytes:
    return output.plan_json(planning.plan(Situation(region=region), directory, today=today), language(SOURCE))


def _by_id(one: Release) -> dict[str, ServiceJson | PlatformJson]:
    return {service.id: service for service in one.services} | {platform.id: platform for platform in one.platforms}


def changes(old: Release, new: Release) -> Changes:
    """What differs between two releases."""
    before, after = _by_id(old), _by_id(new)
    changed = {}
    for id in sorted(before.keys() & after.keys()):
        fields = [f for f in after[id].__struct_fields__ if getattr(before[id], f, None) != getattr(after[id], f)]
        if fields:
            changed[id] = fields
    added, removed = sorted(after.keys() - before.keys()), sorted(before.keys() - after.keys())
    return Changes(old.version, new.version, added, removed, changed)


def read(folder: Path) -> Release:
    """A release from its folder. Raises ValueError when there is none that can be read."""
    try:
        return msgspec.json.decode((folder / "directory.json").read_bytes(), type=Release)
    except (OSError, msgspec.DecodeError) as error:
        raise ValueError(f"{folder} holds no release that can be read: {error}") from error


def write(directory: Directory, folder: Path, *, today: date, since: Path | None = None) -> list[Path]:
    """Writes the files of a release, the same bytes for the same data and day; gives their paths.

    since: the folder of an earlier release. Raises OSError, and ValueError when that release cannot be read.
    """
    found = release(directory, today)
    entries: list[ServiceJson | PlatformJson] = [*found.services, *found.platforms]
    files = {
        "README.txt": README.format(version=found.version, date=found.date, today=today, licence=LICENCE).encode(),
        "channels.csv": _table(_parts(entries, "channels")),
        "directory.json": msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n",
        "evidence.csv": _table(_parts(entries, "evidence")),
        "plans.csv": _table(_plans(directory, today)),
        "platforms.csv": _table(map(_flat, found.platforms)),
        "services.csv": _table(map(_flat, found.services)),
    }
    files |= {f"plans/{code}.json": _plan(code, directory, today) for code in sorted(places.regions())}
    if since:
        files["changes.json"] = msgspec.json.format(msgspec.json.encode(changes(read(since), found)), indent=1) + b"\n"
    files[SUMS] = sums(files)
    (folder / "plans").mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    (folder / SIGNATURE).unlink(missing_ok=True)  # one of other files says nothing
    return [folder / name for name in files]


def sums(files: dict[str, bytes]) -> bytes:
    """The checksums of files by name, as sha256sum writes them."""
    return "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items())).encode()


def sign(folder: Path, key: Path, password: str | None) -> Path:
    """Signs the checksums with a minisign key; gives the path of the signature.

    Raises ValueError when the key or its password cannot be used, OSError when a file cannot be read.
    """
    from minisign import SecretKey

    secret = SecretKey.from_file(key)
    if secret.is_encrypted():
        secret.decrypt(password or "")
    path = folder / SIGNATURE
    path.write_bytes(bytes(secret.sign((folder / SUMS).read_bytes(), trusted_comment="hotline_router open data")))
    return path


def verify(folder: Path, key: Path | None = None) -> list[str]:
    """What is wrong with a release, one line each; nothing when all is as it was published.

    key: the publisher's minisign public key; without it the signature is not looked at.
    """
    try:
        said = (folder / SUMS).read_text("utf-8")
        listed = {name: digest for digest, name in (line.split("  ", 1) for line in said.splitlines())}
    except (OSError, ValueError):
        return [f"{SUMS}: there is none that can be read"]
    wrong = []
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {SUMS, SIGNATURE}
    wrong += [f"{name}: is missing" for name in sorted(listed.keys() - present)]
    wrong += [f"{name}: is not of this release" for name in sorted(present - listed.keys())]
    for name in sorted(present & listed.keys()):
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != listed[name]:
            wrong.append(f"{name}: was changed")
    if key:
        wrong += _unsigned(folder, key)
    return wrong


def _unsigned(folder: Path, key: Path) -> Iterator[str]:
    from minisign import Error, PublicKey, Signature

    try:
        PublicKey.from_file(key).verify((folder / SUMS).read_bytes(), Signature.from_file(folder / SIGNATURE))
    except FileNotFoundError as error:
        yield f"{Path(str(error.filename)).name}: there is none"
    except (Error, ValueError):
        yield f"{SIGNATURE}: was not made with this key"
