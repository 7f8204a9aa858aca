"""What all answers for programs share: JSON that any origin may read, a lasting tag, errors as RFC 9457 problem details."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from flask import Blueprint, Flask, Response, request
from flask_limiter import Limiter
from werkzeug.exceptions import HTTPException

from hotline_router.web import guides
from hotline_router.web.headers import GUIDE, PAGE

PATHS = ("/api/", "/hsds/", "/oembed")  # below these an error is a problem document, not a page
API = "120 per minute"  # for one network; answers for everybody come from memory or a cache and are not counted
POLICY = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Retry-After",
}
OPEN = {**GUIDE, **POLICY, "X-Robots-Tag": "noindex"}  # data for everybody
PRIVATE = {**PAGE, **POLICY}  # an answer to one person


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """Problem details of RFC 9457. allowed: the values that would have been taken."""

    title: str
    status: int
    detail: str
    type: str = "about:blank"
    parameter: str | None = None
    allowed: tuple[str, ...] = ()


class Refused(Exception):
    """Raised by a view to answer with a problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


def answer(body: bytes, *, private: bool = False, mimetype: str = "application/json") -> Response:
    """A body for programs: for everybody with a tag and an hour of cache, or private and stored nowhere."""
    return Response(body, mimetype=mimetype, headers=PRIVATE) if private else guides.public(body, mimetype, OPEN)


def refusal(problem: Problem) -> Response:
    """The problem as application/problem+json. It never repeats what was sent."""
    body = msgspec.json.encode(problem)
    return Response(body, problem.status, mimetype="application/problem+json", headers=PRIVATE)


def problem_of(error: HTTPException) -> Response:
    """An error of the web layer as a problem."""
    return refusal(Problem(error.name, error.code or 500, str(error.description)))


def group(name: str, prefix: str) -> Blueprint:
    """Routes for programs under a prefix: every origin may ask, OPTIONS included, and errors are problems."""
    found = Blueprint(name, __name__, url_prefix=prefix)
    found.register_error_handler(Refused, lambda refused: refusal(refused.problem))

    @found.after_request
    def preflight(response: Response) -> Response:
        if request.method == "OPTIONS":
            response.headers.update(PRIVATE)
            response.headers["Access-Control-Allow-Methods"] = response.headers["Allow"]
            response.headers["Access-Control-Allow-Headers"] = "Content-Type"
            response.headers["Access-Control-Max-Age"] = "86400"
        return response

    return found


def init(app: Flask, *groups: Blueprint, limiter: Limiter, limit: str) -> None:
    """Registers groups of routes under the limit for programs."""
    for found in groups:
        limiter.shared_limit(limit, scope="programs")(found)
        app.register_blueprint(found)


def parameters(allowed: Collection[str]) -> dict[str, str]:
    """The query as one value for each name. Raises Refused for a name that is not allowed, or one given twice."""
    found: dict[str, str] = {}
    for name, values in request.args.lists():
        if name not in allowed:
            raise Refused(Problem("Unknown parameter", 400, "Only these parameters are taken.", allowed=tuple(sorted(allowed))))
        if len(values) > 1:
            raise Refused(Problem("Parameter given twice", 400, "Give each parameter once.", parameter=name))
        found[name] = values[0]
    return found
