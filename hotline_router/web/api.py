"""/api/v1/: the plan and the directory for programs. Its routes and its OpenAPI description are one table."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from datetime import date
from typing import Any, NamedTuple

import msgspec
from flask import Blueprint, Response, abort, current_app, g, render_template, request
from msgspec import Struct

from hotline_router import __version__, opendata, output, places, planning, wording
from hotline_router.directory import Directory
from hotline_router.i18n import LANGUAGES, Language, language
from hotline_router.model import Concern, Kind, Role, Situation
from hotline_router.opendata import PlatformJson, ServiceJson
from hotline_router.output import ChannelJson, DirectoryJson, PlanJson
from hotline_router.web import machine
from hotline_router.web.headers import GUIDE
from hotline_router.web.machine import Problem, Refused

PREFIX = "/api/v1"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"


class Question(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole situation. Everything may be left out; option codes only, never what was seen."""

    region: str | None = None
    child_region: str | None = None
    platform: str | None = None
    concern: Concern = Concern.UNSURE
    role: Role | None = None
    danger: bool = False
    tried_platform: bool = False
    language: str = "en"


class Index(Struct, frozen=True):
    """What this is and which data it serves."""

    name: str
    version: str
    licence: str
    directory: DirectoryJson
    languages: tuple[str, ...]
    documentation: str
    openapi: str


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


class Asked(NamedTuple):
    """What every view of the API gets."""

    directory: Directory
    today: date
    language: Language


def _index(asked: Asked) -> Index:
    d = asked.directory
    about = DirectoryJson(d.version, d.date)
    return Index("hotline_router", __version__, LICENCE, about, LANGUAGES, f"{PREFIX}/docs", f"{PREFIX}/openapi.json")


def _answer(asked: Asked, situation: Situation) -> bytes:
    return output.plan_json(planning.plan(situation, asked.directory, today=asked.today), asked.language)


def _plan(asked: Asked, region: str | None = None, platform: str | None = None) -> bytes:
    return _answer(asked, Situation(region=region, platform=platform))


def _plan_for(asked: Asked, question: Question) -> bytes:
    given = {name: getattr(question, name) for name in Situation.__struct_fields__}
    return _answer(asked._replace(language=language(question.language)), Situation(**given))


def _regions(asked: Asked) -> list[RegionRow]:
    return [RegionRow(code, name) for code, name in places.sorted_regions(asked.language.code)]


def _region(asked: Asked, code: str) -> RegionJson:
    near = [served.service for served in asked.directory.serving(code) if served.reach < 2]
    numbers = (c for s in near if s.kind is Kind.EMERGENCY for c in s.channels)
    ids = sorted(service.id for service in near)
    return RegionJson(code, places.region_name(code, asked.language.code), output.channels_json(numbers), ids)


def _platforms(asked: Asked) -> list[PlatformRow]:
    return [
        PlatformRow(p.id, wording.platform_name(p, asked.language), p.category)
        for p in asked.directory.shown_platforms.values()
    ]


def _platform(asked: Asked, id: str) -> PlatformJson:
    return opendata.platform_json(asked.directory.shown_platforms[id], asked.directory, asked.today, asked.language)


def _services(asked: Asked, region: str | None = None, kind: str | None = None) -> list[ServiceRow]:
    here = None if region is None else {s.service.id for s in asked.directory.serving(region)}
    return [
        ServiceRow(s.id, s.name, s.kind, s.regions)
        for s in opendata.services(asked.directory, asked.today)
        if (here is None or s.id in here) and (kind is None or s.kind == kind)
    ]


def _service(asked: Asked, id: str) -> ServiceJson:
    return opendata.service_json(asked.directory.services[id], asked.directory, asked.today) or abort(404)


def _concerns(asked: Asked) -> list[ConcernJson]:
    return [ConcernJson(code, asked.language.gettext(text.title)) for code, text in asked.directory.concerns.items()]


def _languages(_: Asked) -> list[LanguageJson]:
    return [LanguageJson(one.code, one.name, one.direction) for one in map(language, LANGUAGES)]


# What each parameter may be. A platform or service that is not shown is as unknown as one that does not exist.
CODES: dict[str, Callable[[Directory], Collection[str]]] = {
    "region": lambda _: places.regions(),
    "child_region": lambda _: places.regions(),
    "code": lambda _: places.regions(),
    "platform": lambda d: d.shown_platforms,
    "concern": lambda _: [*Concern],
    "role": lambda _: [*Role],
    "kind": lambda _: [*Kind],
    "lang": lambda _: LANGUAGES,
    "language": lambda _: LANGUAGES,
    "platform_id": lambda d: d.shown_platforms,
    "service_id": lambda d: {s.id for s in d.services.values() if s.status == "published"},
}


class Route(NamedTuple):
    """One route: its path, what it says of itself, what it gives, the parameters of its query, and its body if it takes one."""

    path: str
    view: Callable[..., Any]
    says: str
    gives: Any
    query: tuple[str, ...] = ("lang",)
    takes: type[Struct] | None = None


LOGGED = "A log on the way, such as a proxy's, shows the address: "
ROUTES = (
    Route("/", _index, "What this is, which data it serves, and where it is described.", Index, ()),
    Route(
        "/plan",
        _plan,
        f"The plan for a region and a platform, without a sensitive answer. {LOGGED}the region and the platform.",
        PlanJson,
        ("region", "platform", "lang"),
    ),
    Route(
        "/plan",
        _plan_for,
        f"The plan for the whole situation. {LOGGED}only that a plan was asked for. The body is not kept.",
        PlanJson,
        (),
        Question,
    ),
    Route("/regions", _regions, "All regions (ISO 3166-1 and XK) by name.", list[RegionRow]),
    Route("/regions/{code}", _region, f"One region. {LOGGED}which one.", RegionJson),
    Route("/platforms", _platforms, "All platforms.", list[PlatformRow]),
    Route("/platforms/{platform_id}", _platform, f"How to report on one platform. {LOGGED}which one.", PlatformJson),
    Route(
        "/services",
        _services,
        f"The services of the directory, or of one region or kind. {LOGGED}the region and the kind.",
        list[ServiceRow],
        ("region", "kind"),
    ),
    Route("/services/{service_id}", _service, f"One service with its evidence. {LOGGED}which one.", ServiceJson, ()),
    Route("/concerns", _concerns, "What a person can ask about.", list[ConcernJson]),
    Route("/languages", _languages, "The languages of the answers.", list[LanguageJson], ()),
)


def _allowed(name: str) -> Collection[str]:
    return CODES[name](current_app.extensions["directory"])


def _question() -> Question:
    """The body. Raises Refused, which names what is allowed and never what was sent."""
    if request.mimetype != "application/json":
        abort(415)
    fields = Question.__struct_fields__
    try:
        question = msgspec.json.decode(request.get_data(), type=Question)
    except msgspec.ValidationError as error:
        where = re.search(r"`\$\.(\w+)`", str(error))
        name = where[1] if where and where[1] in fields else None
        if name is None:
            raise Refused(Problem("Unknown field", 400, "Send an object with only these fields.", allowed=fields)) from None
        choices = tuple(sorted(CODES[name](current_app.extensions["directory"]))) if name in CODES else ("true", "false")
        raise Refused(
            Problem("Unknown code", 400, "The value is none of those allowed.", parameter=name, allowed=choices)
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Refused(Problem("Not JSON", 400, "Send a JSON object.", allowed=fields)) from None
    for name in ("region", "child_region", "platform", "language"):
        value = getattr(question, name)
        if value is not None:
            machine.checked(name, value, _allowed(name))
    return question


def _respond(route: Route) -> Callable[..., Response]:
    def respond(**path: str) -> Response:
        for name, value in path.items():
            if value not in _allowed(name):
                abort(404)
        values: dict[str, Any] = dict(machine.parameters({name: _allowed(name) for name in route.query}))
        spoken = language(values.pop("lang", "en"))
        if route.takes:
            values["question"] = _question()
        asked = Asked(current_app.extensions["directory"], current_app.extensions["now"]().date(), spoken)
        found = route.view(asked, *path.values(), **values)
        body = found if isinstance(found, bytes) else msgspec.json.encode(found)
        return machine.answer(body, private=bool(route.takes))

    return respond


def _parameter(name: str, where: str, directory: Directory) -> dict[str, Any]:
    schema = {"type": "string", "enum": sorted(CODES[name](directory))}
    return {"name": name, "in": where, "required": where == "path", "schema": schema}


def description(directory: Directory) -> dict[str, Any]:
    """The OpenAPI 3.1 description, made from the routes and from the types that they give and take."""
    types = [route.gives for route in ROUTES] + [Question, Problem]
    schemas, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    of = dict(zip(map(repr, types), schemas, strict=True))
    fields = components["Question"]["properties"]
    for name in ("region", "child_region", "platform"):
        fields[name] = {"enum": [None, *sorted(CODES[name](directory))], "default": None}
    fields["language"] = {"enum": [*LANGUAGES], "default": "en"}
    problem = {"description": "A problem (RFC 9457)", "content": {"application/problem+json": {"schema": of[repr(Problem)]}}}
    paths: dict[str, Any] = {}
    for route in ROUTES:
        names = [(name, "path") for name in re.findall(r"{(\w+)}", route.path)] + [(name, "query") for name in route.query]
        refusals = [400, 429] + [404] * ("{" in route.path) + [413, 415] * bool(route.takes)
        summary, _, more = route.says.partition(". ")
        paths.setdefault(route.path, {})["post" if route.takes else "get"] = {
            "operationId": route.view.__name__.strip("_"),
            "summary": summary.rstrip("."),
            **({"description": more} if more else {}),
            "parameters": [_parameter(name, where, directory) for name, where in names],
            **({"requestBody": _body(of[repr(route.takes)])} if route.takes else {}),
            "responses": {
                "200": {"description": "The answer", "content": {"application/json": {"schema": of[repr(route.gives)]}}},
                **{str(code): problem for code in sorted(refusals)},
            },
        }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "hotline_router",
            "version": __version__,
            "summary": "Official channels for reporting child sexual abuse material and grooming, as one ordered plan",
            "license": {"name": "CC BY 4.0 (data)", "url": LICENCE},
        },
        "servers": [{"url": PREFIX}],
        "paths": paths,
        "components": {"schemas": dict(sorted(components.items()))},
    }


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _openapi() -> Response:
    machine.parameters({})
    return machine.answer(msgspec.json.encode(description(current_app.extensions["directory"])))


def _rows() -> Iterator[tuple[str, str, str, list[str]]]:
    for route in ROUTES:
        yield "POST" if route.takes else "GET", PREFIX + route.path, route.says, [*route.query]


def _docs() -> Response:
    g.language = language("en")
    page = render_template("api.html", rows=list(_rows()), fields=Question.__struct_fields__, prefix=PREFIX)
    response = Response(page, mimetype="text/html", headers=GUIDE)
    response.add_etag()
    response.make_conditional(request)
    return response


def routes() -> Blueprint:
    """The routes of the API."""
    found = machine.group("api", PREFIX)
    for route in ROUTES:
        rule = route.path.replace("{", "<").replace("}", ">")
        name = route.view.__name__.strip("_")
        found.add_url_rule(rule, name, _respond(route), methods=["POST"] if route.takes else ["GET"])
    found.add_url_rule("/openapi.json", "openapi", _openapi)
    found.add_url_rule("/docs", "docs", _docs)
    return found
