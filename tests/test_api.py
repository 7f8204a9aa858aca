"""The API: what it describes is what it does, it refuses clearly, and it gives the planner's own bytes."""

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from openapi_spec_validator import validate
from schemathesis import GenerationMode

from hotline_router import output, planning
from hotline_router.i18n import language
from hotline_router.model import Situation
from hotline_router.web import create_app
from hotline_router.web.api import PREFIX, ROUTES
from tests.conftest import NOW, TODAY, checked_page

OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
FULL = {
    "region": "DE",
    "child_region": "US",
    "platform": "instagram",
    "concern": "sextortion",
    "role": "child",
    "danger": True,
    "tried_platform": True,
    "language": "fr",
}


@pytest.fixture(scope="session")
def machine_app(directory):
    many = {"HOTLINE_ROUTER_RATELIMIT_PAGES": "1000000 per minute", "HOTLINE_ROUTER_RATELIMIT_API": "1000000 per minute"}
    return create_app(directory, now=lambda: NOW, environment=many)


@pytest.fixture
def ask(machine_app):
    """Asks and checks what every answer for programs must be; returns the response."""

    def ask(path, *, status=200, method=None, **kwargs):
        method = method or ("POST" if kwargs else "GET")
        response = machine_app.test_client().open(PREFIX + path, method=method, **kwargs)
        assert response.status_code == status, response.text
        assert {name: response.headers.get(name) for name in OPEN} == OPEN
        assert "Set-Cookie" not in response.headers
        if status >= 400:
            assert response.mimetype == "application/problem+json"
            assert response.headers["Cache-Control"] == "no-store"
            assert response.json["status"] == status
        return response

    return ask


EXAMPLES = settings(max_examples=60, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.view.__name__)
def test_it_does_what_it_describes(machine_app, route, mode):
    """schemathesis asks what the description allows, and what it does not, and holds the answers against it."""
    described = schemathesis.openapi.from_wsgi(f"{PREFIX}/openapi.json", machine_app)
    operation = described[route.path]["POST" if route.takes else "GET"]

    if mode is GenerationMode.NEGATIVE and not (route.query or route.takes or "{" in route.path):
        return  # there is nothing to send that is not allowed

    @EXAMPLES
    @given(case=operation.as_strategy(generation_mode=mode))
    def check(case):
        case.call_and_validate()

    check()


def test_the_description_is_openapi(ask):
    found = ask("/openapi.json").json

    validate(found)
    assert found["openapi"].startswith("3.1")
    assert {*found["paths"]} == {route.path for route in ROUTES}
    assert found["paths"]["/plan"]["post"]["description"].startswith("A log on the way")


@pytest.mark.parametrize("name", ["", "/plan?region=DE&platform=instagram", "/regions", "/regions/DE", "/openapi.json"])
def test_public_answers_have_a_tag(ask, name):
    first = ask(name or "/")
    again = ask(name or "/", method="GET", headers={"If-None-Match": first.headers["ETag"]}, status=304)

    assert first.headers["Cache-Control"] == "public, max-age=3600"
    assert again.data == b""


def test_the_plan_is_the_planners(ask, directory):
    given = {k: v for k, v in FULL.items() if k != "language"}
    plan = planning.plan(msgspec.convert(given, Situation), directory, today=TODAY)
    answer = ask("/plan", json=FULL)

    assert answer.data == output.plan_json(plan, language("fr"))
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers
    assert ask("/plan?language=fr").data == ask("/plan", json={"language": "fr"}).data


def test_an_answer_is_never_taken_from_an_address(ask):
    for name in ("concern", "role", "danger", "tried_platform", "child_region"):
        refused = ask(f"/plan?region=DE&{name}=yes", status=400)
        assert refused.json["allowed"] == ["language", "platform", "region"]


@pytest.mark.parametrize("field", [f for f in FULL if f not in {"danger", "tried_platform"}])
@pytest.mark.parametrize("value", ["zq9x", 7, ["DE"], {"a": 1}, "\x00"])
def test_unknown_codes_are_named_and_never_echoed(ask, field, value):
    refused = ask("/plan", json={**FULL, field: value}, status=400)

    assert refused.json["parameter"] == field
    assert refused.json["allowed"]
    assert "zq9x" not in refused.text


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"7", b"\xff", b'{"story": "zq9x"}', b'{"region": "DE", "region2": "zq9x"}', b'"zq9x"']
)
def test_only_the_object_is_taken(ask, body):
    refused = ask("/plan", data=body, content_type="application/json", status=400)

    assert refused.json["allowed"] == sorted(FULL)
    assert "zq9x" not in refused.text


def test_files_and_long_bodies_are_refused(ask):
    ask("/plan", data={"region": "DE"}, status=415)
    ask("/plan", data=b"x" * 5000, content_type="application/json", status=413)


@pytest.mark.parametrize("path", ["/regions/ZZ", "/platforms/none", "/services/none", "/services/de-", "/nothing", "/plan/"])
def test_unknown_addresses(ask, path):
    assert ask(path, status=404).json["title"] == "Not Found"


def test_what_is_not_shown_is_not_there(ask, directory):
    hidden = [s.id for s in directory.services.values() if s.status != "published"]
    listed = {row["id"] for row in ask("/services").json}

    assert hidden
    assert listed.isdisjoint(hidden)
    ask(f"/services/{hidden[0]}", status=404)


def test_every_service_and_platform_has_an_address(ask):
    for row in ask("/services").json:
        found = ask(f"/services/{row['id']}").json
        assert found["checked"]
        assert found["source"].startswith("https://")
        assert found["channels"]
    for row in ask("/platforms?language=ar").json:
        ask(f"/platforms/{row['id']}?language=ar")


def test_other_origins_may_ask_with_json(ask):
    allowed = ask("/plan", method="OPTIONS", headers={"Origin": "https://ngo.example"})

    assert "POST" in allowed.headers["Access-Control-Allow-Methods"]
    assert allowed.headers["Access-Control-Allow-Headers"] == "Content-Type"


def test_programs_have_a_tighter_limit_and_a_clear_refusal(directory):
    client = create_app(directory, environment={"HOTLINE_ROUTER_RATELIMIT_API": "2 per minute"}).test_client()
    seen = [client.get(f"{PREFIX}/languages").status_code for _ in range(3)]
    refused = client.get(f"{PREFIX}/regions")

    assert seen == [200, 200, 429]
    assert refused.mimetype == "application/problem+json"
    assert client.get("/en/").status_code == 200


def test_the_page_about_it_names_every_route(machine_app):
    found = checked_page(machine_app.test_client().get(f"{PREFIX}/docs"), {})

    for route in ROUTES:
        assert PREFIX + route.path in found.words
    assert found.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
