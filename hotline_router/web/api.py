"""/api/v1/: the plan and the directory for programs. Its routes and its OpenAPI description are one table."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from datetime import date
from typing import Any, NamedTuple

import msgspec
from flask import Blueprint, Response, abort, current_app, g, render_template, request
from msgspec import Struct

from hotline_router import __version__, freshness, opendata, output, planning, question
from hotline_router.directory import Directory
from hotline_router.i18n import LANGUAGES, Language, language
from hotline_router.model import Situation
from hotline_router.opendata import (
    ConcernJson,
    LanguageJson,
    PlatformJson,
    PlatformRow,
    RegionJson,
    RegionRow,
    ServiceJson,
    ServiceRow,
)
from hotline_router.output import DirectoryJson, PlanJson
from hotline_router.question import CODES, Question, Unknown
from hotline_router.web import guides, machine
from hotline_router.web.machine import Problem, Refused

PREFIX = "/api/v1"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"


class Index(Struct, frozen=True):
    """What this is and which data it serves."""

    name: str
    version: str
    licence: str
    directory: DirectoryJson
    languages: tuple[str, ...]
    documentation: str
    openapi: str


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
    return _answer(asked._replace(language=language(question.language)), question.situation)


def _regions(asked: Asked) -> list[RegionRow]:
    return opendata.regions(asked.language)


def _region(asked: Asked, region: str) -> RegionJson:
    return opendata.region_json(region, asked.directory, asked.language)


def _platforms(asked: Asked) -> list[PlatformRow]:
    return opendata.platforms(asked.directory, asked.language)


def _platform(asked: Asked, platform: str) -> PlatformJson:
    return opendata.platform_json(asked.directory.shown_platforms[platform], asked.directory, asked.today, asked.language)


def _services(asked: Asked, region: str | None = None, kind: str | None = None) -> list[ServiceRow]:
    d = asked.directory
    here = [served.service for served in d.serving(region)] if region else d.shown_services.values()
    return [
        ServiceRow(s.id, s.name, s.kind, s.regions)
        for s in sorted(here, key=lambda s: s.id)
        if kind in {None, s.kind} and freshness.shown_on(s, d, asked.today)
    ]


def _service(asked: Asked, service: str) -> ServiceJson:
    return opendata.service_json(asked.directory.shown_services[service], asked.directory, asked.today) or abort(404)


def _concerns(asked: Asked) -> list[ConcernJson]:
    return [ConcernJson(code, asked.language.gettext(text.title)) for code, text in asked.directory.concerns.items()]


def _languages(_: Asked) -> list[LanguageJson]:
    return [LanguageJson(one.code, one.name, one.direction) for one in map(language, LANGUAGES)]


class Route(NamedTuple):
    """One route: its path, what it says of itself, what it gives, the parameters of its query, and its body if it takes one."""

    path: str
    view: Callable[..., Any]
    says: str
    gives: Any
    query: tuple[str, ...] = ("language",)
    takes: type[Struct] | None = None


LOGGED = "A log on the way, such as a proxy's, shows the address: "
ROUTES = (
    Route("/", _index, "What this is, which data it serves, and where it is described.", Index, ()),
    Route(
        "/plan",
        _plan,
        f"The plan for a region and a platform, without a sensitive answer. {LOGGED}the region and the platform.",
        PlanJson,
        ("region", "platform", "language"),
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
    Route("/regions/{region}", _region, f"One region. {LOGGED}which one.", RegionJson),
    Route("/platforms", _platforms, "All platforms.", list[PlatformRow]),
    Route("/platforms/{platform}", _platform, f"How to report on one platform. {LOGGED}which one.", PlatformJson),
    Route(
        "/services",
        _services,
        f"The services of the directory, or of one region or kind. {LOGGED}the region and the kind.",
        list[ServiceRow],
        ("region", "kind"),
    ),
    Route("/services/{service}", _service, f"One service with its evidence. {LOGGED}which one.", ServiceJson, ()),
    Route("/concerns", _concerns, "What a person can ask about.", list[ConcernJson]),
    Route("/languages", _languages, "The languages of the answers.", list[LanguageJson], ()),
)


def _values(names: Collection[str]) -> dict[str, str]:
    """The query as one code for each of these names; Refused names what is allowed."""
    directory = current_app.extensions["directory"]
    given = machine.parameters(names)
    return {name: question.code(name, value, directory) for name, value in given.items()}


def _respond(route: Route) -> Callable[..., Response]:
    def respond(**path: str) -> Response:
        directory = current_app.extensions["directory"]
        if any(value not in CODES[name](directory) for name, value in path.items()):
            abort(404)
        try:
            values: dict[str, Any] = dict(_values(route.query))
            if route.takes:
                if request.mimetype != "application/json":
                    abort(415)
                values["question"] = question.read(request.get_data(), directory)
        except Unknown as error:
            raise Refused(Problem("Not allowed", 400, error.detail, parameter=error.field, allowed=error.allowed)) from None
        asked = Asked(directory, current_app.extensions["now"]().date(), language(values.pop("language", "en")))
        found = route.view(asked, **path, **values)
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
    machine.parameters(())
    return machine.answer(msgspec.json.encode(description(current_app.extensions["directory"])))


def _rows() -> Iterator[tuple[str, str, str, list[str]]]:
    for route in ROUTES:
        yield "POST" if route.takes else "GET", PREFIX + route.path, route.says, [*route.query]


def _docs() -> Response:
    g.language = language("en")
    page = render_template("api.html", rows=list(_rows()), fields=Question.__struct_fields__, prefix=PREFIX)
    return guides.public(page, "text/html")


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
