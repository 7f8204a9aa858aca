"""The entries as documents for programs: the API, the open data and assistants give the same."""

from __future__ import annotations

from datetime import date
from typing import Literal

from msgspec import Struct

from hotline_router import freshness, places, planning, wording
from hotline_router.directory import Directory
from hotline_router.i18n import Language
from hotline_router.model import Channel, Concern, Kind, Platform, Role, Service
from hotline_router.output import ChannelJson, ConditionsJson, InAppJson, channels_json, conditions_json, menus_json


class EntryChannelJson(ChannelJson, frozen=True, kw_only=True):
    """One way to reach it, with what it is for. local: the number works inside the regions of the service only."""

    purpose: Literal["report", "information", "complaint"]
    local: bool


class EvidenceJson(Struct, frozen=True):
    """Where a fact was read, when, how, and which fields it supports; dated is the page's own date."""

    url: str
    kind: str
    read: date
    dated: date | None
    how: str
    supports: tuple[str, ...]


class ServiceJson(Struct, frozen=True, kw_only=True):
    """A service as it may be shown on a day.

    concerns: all that it takes. roles: whom it serves; empty is anyone. first_for: concerns for which people are sent here
    first. withheld: its evidence is too old, so only the organisation's root address is left. expires: from that day something
    of it may not be shown any more.
    """

    id: str
    name: str
    name_en: str | None
    operator: str | None
    kind: Kind
    regions: tuple[str, ...]
    concerns: list[Concern]
    roles: tuple[Role, ...]
    first_for: tuple[Concern, ...]
    crisis: bool
    image_age: str | None
    networks: tuple[str, ...]
    channels: list[EntryChannelJson]
    conditions: ConditionsJson
    checked: date
    how: str
    stale: bool
    withheld: bool
    expires: date | None
    source: str
    evidence: list[EvidenceJson]


class PlatformJson(Struct, frozen=True, kw_only=True):
    """A platform as it may be shown on a day. home: region of its company. dsa: its standing under the Digital Services Act."""

    id: str
    name: str
    operator: str | None
    category: str
    home: str | None
    dsa: str | None
    networks: tuple[str, ...]
    channels: list[EntryChannelJson]
    conditions: ConditionsJson
    steps_in_app: list[InAppJson]
    checked: date
    how: str
    stale: bool
    withheld: bool
    expires: date | None
    source: str
    evidence: list[EvidenceJson]


class RegionRow(Struct, frozen=True):
    """A region and its name."""

    code: str
    name: str


class RegionJson(RegionRow, frozen=True):
    """A region: its emergency numbers, and the ids of the services named for it or for a part of it."""

    emergency: list[ChannelJson]
    services: list[str]


class PlatformRow(Struct, frozen=True):
    """A platform and its name."""

    id: str
    name: str
    category: str


class ServiceRow(Struct, frozen=True):
    """A service in a list; its own address gives the rest."""

    id: str
    name: str
    kind: Kind
    regions: tuple[str, ...]


class ConcernJson(Struct, frozen=True):
    """What a person can ask about, in words."""

    code: Concern
    title: str


class LanguageJson(Struct, frozen=True):
    """A language of the answers. direction: ltr or rtl."""

    code: str
    name: str
    direction: str


def _channels(channels: tuple[Channel, ...]) -> list[EntryChannelJson]:
    return [
        EntryChannelJson(
            c.type, c.url, c.host, c.number, c.keyword, c.reaches, purpose=channel.purpose, local=channel.local_only
        )
        for channel, c in zip(channels, channels_json(channels), strict=True)
    ]


def _evidence(entry: Service | Platform) -> list[EvidenceJson]:
    return [EvidenceJson(e.url, e.kind, e.read, e.dated, e.how, e.supports) for e in entry.evidence]


def service_json(service: Service, directory: Directory, today: date) -> ServiceJson | None:
    """One of the directory's shown services as it may be shown on a day; None when nothing of it may."""
    found = freshness.shown_on(service, directory, today)
    if found is None:
        return None
    source = service.source
    return ServiceJson(
        id=service.id,
        name=service.name,
        name_en=service.name_en,
        operator=service.operator,
        kind=service.kind,
        regions=service.regions,
        concerns=[concern for concern in Concern if planning.takes(service, concern)],
        roles=service.roles,
        first_for=service.first_for,
        crisis=service.crisis,
        image_age=service.image_age,
        networks=service.networks,
        channels=_channels(found.channels),
        conditions=conditions_json(service),
        checked=source.read,
        how=source.how,
        stale=found.stale,
        withheld=found.withheld,
        expires=found.expires,
        source=source.url,
        evidence=_evidence(service),
    )


def platform_json(platform: Platform, directory: Directory, today: date, language: Language) -> PlatformJson:
    """One of the directory's shown platforms as it may be shown on a day, with its menus in a language."""
    found = freshness.shown_on(platform, directory, today)
    again = freshness.shown_on(platform, directory, today, complaint=True)
    ways = found.channels if found else ()
    more = tuple(c for c in again.channels if c not in ways) if again else ()
    source = platform.source
    return PlatformJson(
        id=platform.id,
        name=wording.platform_name(platform, language),
        operator=platform.operator,
        category=platform.category,
        home=platform.home,
        dsa=platform.dsa,
        networks=platform.networks,
        channels=_channels(ways + more),
        conditions=conditions_json(platform),
        steps_in_app=menus_json(found.in_app, language) if found else [],
        checked=source.read,
        how=source.how,
        stale=bool(found and found.stale),
        withheld=bool(found and found.withheld),
        expires=found.expires if found else None,
        source=source.url,
        evidence=_evidence(platform),
    )


def services(directory: Directory, today: date) -> list[ServiceJson]:
    """All services that may be shown on a day, by id."""
    shown = (service for _, service in sorted(directory.shown_services.items()))
    return [found for service in shown if (found := service_json(service, directory, today))]


def regions(language: Language) -> list[RegionRow]:
    """All regions by name."""
    return [RegionRow(code, name) for code, name in places.sorted_regions(language.code)]


def region_json(code: str, directory: Directory, language: Language) -> RegionJson:
    """One region. Raises KeyError for an unknown one."""
    near = [served.service for served in directory.serving(code) if served.reach < 2]
    numbers = (c for s in near if s.kind is Kind.EMERGENCY for c in s.channels)
    return RegionJson(code, places.region_name(code, language.code), channels_json(numbers), sorted(s.id for s in near))


def platforms(directory: Directory, language: Language) -> list[PlatformRow]:
    """All platforms, by id."""
    shown = sorted(directory.shown_platforms.items())
    return [PlatformRow(id, wording.platform_name(p, language), p.category) for id, p in shown]
