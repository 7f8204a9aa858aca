"""/hsds/: the feed for other directories, as the API of HSDS 3.1 has it. No search by words: this project takes none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
from flask import Blueprint, Response, current_app, request

from hotline_router import __version__
from hotline_router.hsds import LICENCE, VERSION, Feed, Row, feed
from hotline_router.i18n import top
from hotline_router.web import machine
from hotline_router.web.guides import base_url
from hotline_router.web.machine import Problem, Refused

PREFIX = "/hsds"
PER_PAGE, MOST = 50, 100  # rows of a page: when not said, and at most
BOOLEAN = {"type": "string", "enum": ["false", "true"]}
TEXT = {"type": "string"}
UUID = {"type": "string", "format": "uuid"}
PARAMETERS: dict[str, tuple[str, Row]] = {
    "page": ("Number of the page, from 1.", {"type": "integer", "minimum": 1, "default": 1}),
    "per_page": ("Rows of a page.", {"type": "integer", "minimum": 1, "maximum": MOST, "default": PER_PAGE}),
    "format": ("Only JSON.", {"type": "string", "enum": ["json"]}),
    "taxonomy_term_id": ("Only services with this term on them or on a part of them.", TEXT),
    "taxonomy_id": ("Only what has a term of this taxonomy.", TEXT),
    "organization_id": ("Only services of this organization.", TEXT),
    "modified_after": ("Only services changed on or after this day (2026-11-22) or moment (2026-11-22T00:00:00Z).", TEXT),
    "minimal": ("Only id, name, status and last_modified, all services on one page.", BOOLEAN),
    "full": ("With all that belongs to each row.", BOOLEAN),
}


class List(NamedTuple):
    """One kind of object: its table, what one of it is called, and the parameters of its list beside those of a page."""

    table: str
    query: tuple[str, ...] = ()


LISTS = {
    "services": List("service", ("taxonomy_term_id", "taxonomy_id", "organization_id", "modified_after", "minimal", "full")),
    "organizations": List("organization", ("full",)),
    "taxonomies": List("taxonomy"),
    "taxonomy_terms": List("taxonomy_term", ("taxonomy_id",)),
}
PAGING = ("page", "per_page", "format")


def _feed() -> Feed:
    return feed(current_app.extensions["directory"], today=current_app.extensions["now"]().date())


def _json(document: Row) -> Response:
    return machine.answer(msgspec.json.encode(document))


def _number(asked: dict[str, str], name: str, default: int, most: int) -> int:
    text = asked.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 8 and 1 <= int(text) <= most):
        detail = f"The value must be a whole number from 1 to {most}."
        raise Refused(Problem("Not allowed", 400, detail, parameter=name, allowed=(f"1 to {most}",)))
    return int(text)


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        allowed = ("2026-11-22", "2026-11-22T00:00:00Z")
        detail = "The value must be a day or a moment of ISO 8601, such as these."
        raise Refused(Problem("Not allowed", 400, detail, parameter="modified_after", allowed=allowed)) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _shape(found: Feed, table: str, row: Row, *, full: bool) -> Row:
    if table == "service":
        return found.service(row, full=full)
    if table == "organization":
        return found.organization(row, full=full)
    return found.term(row) if table == "taxonomy_term" else row


def _chosen(found: Feed, table: str, asked: dict[str, str]) -> list[Row]:
    """The rows that every given parameter lets through."""
    rows = list(found.tables[table].values())
    if table == "taxonomy_term" and "taxonomy_id" in asked:
        return [row for row in rows if row["taxonomy_id"] == asked["taxonomy_id"]]
    if "organization_id" in asked:
        rows = [row for row in rows if row["organization_id"] == asked["organization_id"]]
    if "modified_after" in asked:
        after = _moment(asked["modified_after"])
        rows = [row for row in rows if datetime.fromisoformat(row["last_modified"]) >= after]
    if "taxonomy_term_id" in asked:
        rows = [row for row in rows if asked["taxonomy_term_id"] in found.terms_of[row["id"]]]
    if "taxonomy_id" in asked:
        of = {term["id"] for term in found.tables["taxonomy_term"].values() if term["taxonomy_id"] == asked["taxonomy_id"]}
        rows = [row for row in rows if of & found.terms_of[row["id"]]]
    return rows


def _list(kind: List) -> Callable[[], Response]:
    names = (*PAGING, *kind.query)

    def view() -> Response:
        if "search" in request.args:
            detail = "Nothing is searched by words here, so that nobody's story is sent. Use the named parameters."
            raise Refused(Problem("No search", 400, detail, parameter="search", allowed=names))
        asked = machine.parameters(names)
        for name, value in asked.items():
            if value not in (allowed := PARAMETERS[name][1].get("enum", (value,))):
                detail = "The value is none of those allowed."
                raise Refused(Problem("Not allowed", 400, detail, parameter=name, allowed=tuple(allowed)))
        found = _feed()
        rows = _chosen(found, kind.table, asked)
        minimal = asked.get("minimal") == "true"
        most = max(MOST, len(rows)) if minimal else MOST
        size = _number(asked, "per_page", most if minimal else PER_PAGE, most)
        pages = max(1, -(-len(rows) // size))
        number = _number(asked, "page", 1, pages)
        part = rows[(number - 1) * size : number * size]
        if minimal:
            contents = [{name: row[name] for name in ("id", "name", "status", "last_modified")} for row in part]
        else:
            contents = [_shape(found, kind.table, row, full=asked.get("full") == "true") for row in part]
        header = {
            "total_items": len(rows),
            "total_pages": pages,
            "page_number": number,
            "size": len(part),
            "first_page": number == 1,
            "last_page": number == pages,
            "empty": not part,
        }
        return _json({**header, "contents": contents})

    return view


def _one(kind: List) -> Callable[..., Response]:
    def view(id: str) -> Response:
        machine.parameters(())
        found = _feed()
        row = found.tables[kind.table].get(id)
        if row is None:
            raise Refused(Problem("Not found", 404, "Nothing that may be shown today has this id. The lists name what may."))
        return _json(_shape(found, kind.table, row, full=True))

    return view


def _root() -> Response:
    machine.parameters(())
    here = base_url() + PREFIX
    return _json({"version": VERSION, "profile": f"{here}/profile", "openapi_url": f"{here}/openapi.json"})


def description() -> Row:
    """The OpenAPI 3.1 description of these routes. What the objects hold is said by the schemas of HSDS."""
    header = {name: {"type": "integer"} for name in ("total_items", "total_pages", "page_number", "size")}
    header |= {name: {"type": "boolean"} for name in ("first_page", "last_page", "empty")}
    item = {"type": "object", "required": ["id"], "properties": {"id": UUID}}
    page = {**header, "contents": {"type": "array", "items": item}}
    link = {"type": "string", "format": "uri"}
    root = {"version": {"const": VERSION}, "profile": link, "openapi_url": link}
    paths = {"/": {"get": _operation("root", "What this is.", _object(root), [])}}
    for name, kind in LISTS.items():
        query = [
            {"name": p, "in": "query", "required": False, "description": PARAMETERS[p][0], "schema": PARAMETERS[p][1]}
            for p in (*PAGING, *kind.query)
        ]
        one = {"name": "id", "in": "path", "required": True, "schema": UUID}
        title = kind.table.replace("_", " ")
        paths[f"/{name}"] = {"get": _operation(f"list_{name}", f"A page of every {title}.", _object(page), query)}
        paths[f"/{name}/{{id}}"] = {"get": _operation(f"get_{kind.table}", f"One {title}.", item, [one], 404)}
    problem = {"title": TEXT, "status": {"type": "integer"}, "detail": TEXT}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "hotline_router: feed for other directories (HSDS 3.1)",
            "version": __version__,
            "license": {"name": "CC BY 4.0 (data)", "url": LICENCE},
        },
        "externalDocs": {"description": "The schemas of the objects", "url": "https://docs.openreferral.org/"},
        "servers": [{"url": PREFIX}],
        "paths": paths,
        "components": {"schemas": {"Problem": _object(problem)}},
    }


def _object(properties: Row) -> Row:
    return {"type": "object", "required": [*properties], "properties": properties}


def _operation(name: str, says: str, schema: Row, parameters: list[Row], *codes: int) -> Row:
    refused = {"schema": {"$ref": "#/components/schemas/Problem"}}
    problem = {"description": "A problem (RFC 9457)", "content": {"application/problem+json": refused}}
    return {
        "operationId": name,
        "summary": says,
        "parameters": parameters,
        "responses": {
            "200": {"description": "The answer", "content": {"application/json": {"schema": schema}}},
            **{str(code): problem for code in (400, *codes, 429)},
        },
    }


def _openapi() -> Response:
    machine.parameters(())
    return _json(description())


def routes() -> Blueprint:
    """The routes of the feed. Raises OSError when the page about the profile is missing."""
    found = machine.group("hsds", PREFIX)
    profile = (top("docs") / "hsds-profile.md").read_bytes()

    def about() -> Response:
        return machine.answer(profile, mimetype="text/markdown")

    found.add_url_rule("/", "root", _root)
    found.add_url_rule("/profile", "profile", about)
    found.add_url_rule("/openapi.json", "openapi", _openapi)
    for name, kind in LISTS.items():
        found.add_url_rule(f"/{name}", name, _list(kind))
        found.add_url_rule(f"/{name}/<id>", kind.table, _one(kind))
    return found
