"""The pages as a client without a browser sees them: what is shown, what is refused, which headers stand."""

import gzip
import io
import itertools
import logging
from datetime import UTC, datetime

import pytest

from hotline_router.i18n import LANGUAGES
from hotline_router.model import Concern, Role
from hotline_router.web import BODY_LIMIT, create_app
from tests.conftest import FORM, NOW, checked_page, to_string

FULL = {
    "concern": "sextortion",
    "region": "DE",
    "platform": "instagram",
    "role": "child",
    "danger": "yes",
    "tried_platform": "yes",
    "child_region": "US",
}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}


PUBLIC = {**HEADERS, "Cache-Control": "public, max-age=3600", "X-Robots-Tag": "all"}
DATA = {
    **HEADERS,
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
}
PUBLIC_DATA = {**DATA, "Cache-Control": "public, max-age=3600"}
FRAME = {
    **HEADERS,
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self' https://help.example; script-src 'self' https://help.example; "
        "img-src 'self' https://help.example data:; form-action 'self' https://help.example; base-uri 'none'; "
        "frame-ancestors https://ngo.example"
    ),
    "X-Frame-Options": None,
}
CARD = {
    **FRAME,
    "Content-Security-Policy": FRAME["Content-Security-Policy"].replace("https://ngo.example", "*"),
    "Cache-Control": "public, max-age=3600",
}
# Each route: how it is asked, and the headers that it must have.
ROUTES = {
    "start": ("GET /", HEADERS),
    "health": ("GET /healthz", HEADERS),
    "form": ("GET /en/", HEADERS),
    "plan": ("POST /en/plan", HEADERS),
    "regions": ("GET /en/in/", PUBLIC),
    "region": ("GET /en/in/DE", PUBLIC),
    "card": ("GET /en/card/DE", PUBLIC),
    "large_card": ("GET /en/card/DE/large", PUBLIC),
    "platforms": ("GET /en/on/", PUBLIC),
    "platform": ("GET /en/on/instagram", PUBLIC),
    "concerns": ("GET /en/about/", PUBLIC),
    "concern": ("GET /en/about/grooming", PUBLIC),
    "text": ("GET /en/help/privacy", PUBLIC),
    "sitemap": ("GET /sitemap.xml", PUBLIC),
    "security": ("GET /.well-known/security.txt", PUBLIC),
    "robots": ("GET /robots.txt", PUBLIC),
    "llms": ("GET /llms.txt", PUBLIC),
    "embed_form": ("GET /embed/en/", FRAME),
    "embed_plan": ("POST /embed/en/plan", FRAME),
    "embed_card": ("GET /embed/en/card/DE", CARD),
    "snippet": ("GET /en/embed", PUBLIC),
    "api.index": ("GET /api/v1/", PUBLIC_DATA),
    "api.plan": ("GET /api/v1/plan", PUBLIC_DATA),
    "api.plan_for": ("POST /api/v1/plan", DATA),
    "api.regions": ("GET /api/v1/regions", PUBLIC_DATA),
    "api.region": ("GET /api/v1/regions/DE", PUBLIC_DATA),
    "api.platforms": ("GET /api/v1/platforms", PUBLIC_DATA),
    "api.platform": ("GET /api/v1/platforms/instagram", PUBLIC_DATA),
    "api.services": ("GET /api/v1/services", PUBLIC_DATA),
    "api.service": ("GET /api/v1/services/gb-iwf", PUBLIC_DATA),
    "api.concerns": ("GET /api/v1/concerns", PUBLIC_DATA),
    "api.languages": ("GET /api/v1/languages", PUBLIC_DATA),
    "api.openapi": ("GET /api/v1/openapi.json", PUBLIC_DATA),
    "api.docs": ("GET /api/v1/docs", PUBLIC),
    "oembed.oembed": ("GET /oembed?url=https://help.example/en/in/DE", PUBLIC_DATA),
    "hsds.root": ("GET /hsds/", PUBLIC_DATA),
    "hsds.profile": ("GET /hsds/profile", PUBLIC_DATA),
    "hsds.openapi": ("GET /hsds/openapi.json", PUBLIC_DATA),
    **{
        f"hsds.{one}": (f"GET /hsds/{many}/?", PUBLIC_DATA)
        for one, many in (
            ("service", "services"),
            ("organization", "organizations"),
            ("taxonomy", "taxonomies"),
            ("taxonomy_term", "taxonomy_terms"),
        )
    },
    **{
        f"hsds.{many}": (f"GET /hsds/{many}", PUBLIC_DATA)
        for many in ("services", "organizations", "taxonomies", "taxonomy_terms")
    },
}
ERRORS = (
    ("GET /en/plan", 405, HEADERS),
    ("GET /nowhere", 404, HEADERS),
    ("PUT /en/", 405, HEADERS),
    ("GET /en/in/ZZ", 404, HEADERS),
    ("GET /embed/en/card/ZZ", 404, CARD | {"Cache-Control": "no-store"}),
    ("GET /embed/en/plan", 405, FRAME),
    ("GET /api/v1/nowhere", 404, DATA),
    ("PUT /api/v1/plan", 405, DATA),
    ("GET /hsds/services/none", 404, DATA),
    ("GET /oembed", 404, DATA),
)


@pytest.fixture(scope="module")
def full(directory):
    """The app with every setting that adds a route or a header."""
    env = {
        "HOTLINE_ROUTER_BASE_URL": "https://help.example",
        "HOTLINE_ROUTER_SECURITY_CONTACT": "mailto:security@help.example",
        "HOTLINE_ROUTER_EMBED_ORIGINS": "https://ngo.example",
    }
    return create_app(directory, now=lambda: NOW, environment=env)


def headers_of(app, asked):
    method, path = asked.split(" ")
    client = app.test_client()
    if path.endswith("/?"):  # one of a list
        listed = client.get(path.removesuffix("/?")).get_json()["contents"]
        path = path.removesuffix("?") + listed[0]["id"]
    body = {"json": {}} if path.startswith("/api") and method == "POST" else {"content_type": FORM}
    response = client.open(path, method=method, **body)
    assert "Set-Cookie" not in response.headers
    assert "Strict-Transport-Security" not in response.headers
    wanted = {**HEADERS, "Access-Control-Allow-Origin": None}
    return response.status_code, {name: response.headers.get(name) for name in wanted}


def test_every_route_is_in_the_table(full):
    assert {rule.endpoint for rule in full.url_map.iter_rules()} == set(ROUTES)


@pytest.mark.parametrize("endpoint", ROUTES)
def test_headers_of_every_route(full, endpoint):
    asked, headers = ROUTES[endpoint]
    status, found = headers_of(full, asked)

    assert status == (302 if endpoint == "start" else 200)
    assert found == {"Access-Control-Allow-Origin": None, **headers}


@pytest.mark.parametrize(("asked", "status", "headers"), ERRORS)
def test_headers_of_errors(full, asked, status, headers):
    assert headers_of(full, asked) == (status, {"Access-Control-Allow-Origin": None, **headers})


def test_static_files_are_lasting_and_carry_the_headers(app):
    response = app.test_client().get("/static/site.css")
    response.get_data()
    response.close()

    assert response.status_code == 200
    for name, value in HEADERS.items():
        if name not in {"Cache-Control", "X-Robots-Tag", "Cross-Origin-Resource-Policy"}:
            assert response.headers[name] == value
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"  # sandboxed frames load it
    assert "immutable" in response.headers["Cache-Control"]
    assert "Access-Control-Allow-Origin" not in response.headers


def test_tls_gets_strict_transport_security(app):
    response = app.test_client().get("/en/", base_url="https://localhost")

    assert response.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize(
    ("accept", "to"),
    [
        ("de-AT,de;q=0.9,en;q=0.1", "/de/"),
        ("ar-EG", "/ar/"),
        ("tlh,fr;q=0.4", "/fr/"),
        ("", "/en/"),
        ("*", "/en/"),
        ("xx-YY-zz;q=2,,,;;", "/en/"),
        ("es-419", "/es/"),
    ],
)
def test_the_start_goes_to_a_language(app, accept, to):
    response = app.test_client().get("/", headers={"Accept-Language": accept})

    assert response.status_code == 302
    assert response.headers["Location"] == to
    assert response.headers["Vary"] == "Accept-Language"


def test_the_start_never_leads_off_the_site(app):
    response = app.test_client().get("/", headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})

    assert response.headers["Location"] == "/en/"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_form_in_each_language(page, lang, directory):
    form = page(f"/{lang}/")

    assert form.tree.get("lang") == lang
    assert form.tree.get("dir") == ("rtl" if lang == "ar" else "ltr")
    assert [e.get("value") for e in form.find(".//input[@name='concern']")] == list(Concern)
    assert [e.get("value") for e in form.find(".//input[@name='role']")] == list(Role)
    assert not form.find(".//input[@checked]")
    assert not form.find(".//option[@selected]")
    regions = [e.get("value") for e in form.find(".//select[@id='region']//option")]
    assert len(regions) == 251
    assert {e.get("value") for e in form.find(".//select[@id='platform']//option")} == {"", *directory.shown_platforms}


def test_the_region_is_suggested_from_the_browser_and_never_chosen(page):
    form = page("/en/", headers={"Accept-Language": "de-AT", "X-Forwarded-For": "192.0.2.7"})
    options = form.find(".//select[@id='region']//option")

    assert [o.get("value") for o in options[:2]] == ["", "AT"]
    assert not form.find(".//option[@selected]")
    assert "Austria" in form.words


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_plan_in_each_language(page, lang):
    plan = page(f"/{lang}/plan", data=FULL)

    assert len(plan.find(".//article[@data-primary]")) == 1
    assert plan.find(".//section[@class='danger']")
    assert [e.get("id") for e in plan.find(".//li[@class='step']")][1:] == ["escalate", "report", "remove", "support"]
    assert plan.find(".//a[@href='tel:112']")


def test_nothing_of_the_answers_is_in_the_address_or_the_title(page):
    titles = {page("/en/plan", data={**FULL, "concern": c.value}).tree.findtext(".//title") for c in Concern}

    assert titles == {"Your plan"}
    assert page("/en/plan", data=FULL).headers.get("Location") is None


def test_everything_may_be_skipped(page):
    assert page("/en/plan", data={}, content_type=FORM).find(".//article[@data-primary]")


def test_change_brings_the_form_back_with_the_answers(page):
    form = page("/en/plan", data={**FULL, "change": "yes"})

    assert [e.get("value") for e in form.find(".//input[@checked]")] == ["sextortion", "child", "yes", "yes"]
    assert [e.get("value") for e in form.find(".//option[@selected]")] == ["DE", "instagram", "US"]


def test_each_link_says_in_words_where_it_leads(page):
    for answers in ({"region": "DE"}, FULL, {"region": "IN", "platform": "telegram"}):
        plan = page("/en/plan", data=answers, content_type=FORM)
        for link in plan.find(".//p[@class='actions']/a"):
            if link.get("href").startswith("https://"):
                assert link.get("href").split("/")[2] in "".join(link.itertext())


@pytest.mark.parametrize("field", [f for f in FULL if f not in {"danger", "tried_platform"}])
@pytest.mark.parametrize("value", ["ZQ", "<script>alert(1)</script>", "\x00", "de-", "ё" * 40, "DE\r\nX-Bad: 1"])
def test_unknown_codes_are_refused_and_never_echoed(page, field, value):
    form = page("/en/plan", data={**FULL, field: value}, status=400)

    assert value not in form.text
    assert form.tree.findtext(".//title").startswith("Error:")
    summary = form.find(".//div[@class='problems']//a")
    assert [a.get("href") for a in summary] == [f"#{field}"]
    assert form.find(f".//*[@id='{field}-error']")


def test_a_field_sent_twice_is_refused(page):
    form = page("/en/plan", data="region=DE&region=US&concern=grooming", content_type=FORM, status=400)

    assert "This question was answered twice. Give one answer." in form.words
    assert [e.get("value") for e in form.find(".//input[@checked]")] == ["grooming"]


def test_an_extra_field_is_refused(page):
    form = page("/en/plan", data={**FULL, "story": "it began when"}, status=400)

    assert "The form had a field that we do not know." in form.words
    assert "it began" not in form.text
    assert "story" not in form.text


def emergency(found):
    return found.find(".//p[@class='emergency']")


def test_a_large_body_is_refused(page):
    refused = page("/en/plan", data="concern=" + "a" * 5000, content_type=FORM, status=413)

    assert "It never takes pictures or files." in refused.words
    assert emergency(refused)


def test_a_body_at_the_limit_is_read(page):
    body = "concern=grooming&story=".ljust(BODY_LIMIT, "a")

    page("/en/plan", data=body, content_type=FORM, status=400)
    page("/en/plan", data=body + "a", content_type=FORM, status=413)


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        ({"concern": "grooming", "file": (io.BytesIO(b"x"), "x.png")}, "multipart/form-data"),
        ({"concern": "grooming"}, "multipart/form-data"),
        ('{"concern": "grooming"}', "application/json"),
        ("concern=grooming", "text/plain"),
        ("concern=grooming", ""),
        (gzip.compress(b"concern=grooming", mtime=0), "application/gzip"),
    ],
)
def test_only_the_form_is_taken(page, data, content_type):
    refused = page("/en/plan", data=data, content_type=content_type, status=415)

    assert "This site takes no files" in refused.words
    assert emergency(refused)


def test_get_on_the_plan_leads_to_the_questions(page):
    refused = page("/de/plan?region=DE", status=405)

    assert refused.headers["Allow"].replace(" ", "").split(",") == ["OPTIONS", "POST"] or "POST" in refused.headers["Allow"]
    assert refused.find(".//a[@href='/de/']")
    assert emergency(refused)


@pytest.mark.parametrize("path", ["/nowhere", "/qqx/", "/en/nowhere", "/EN/", "/%00", "/en/..%2f..", "/static/none.css"])
def test_unknown_addresses(page, path):
    missing = page(path, status=404, headers={"Accept-Language": "en-IE"})

    assert emergency(missing)
    assert "112" in to_string(emergency(missing)[0])


def test_an_unknown_language_in_a_post(page):
    page("/qqx/plan", data=FULL, status=404)


def test_odd_bytes_in_a_form_are_no_error_of_ours(page):
    for body in (b"\xff\xfe=\x80", b"concern=%ff%fe", b"&&&===", b"concern=grooming;region=DE", b"%"):
        page("/en/plan", data=body, content_type=FORM, status=400)


def test_health(app, directory):
    found = app.test_client().get("/healthz").get_json()

    assert found["status"] == "ok"
    assert found["directory"]["version"] == directory.version


def test_an_internal_error_is_a_page_and_logs_no_answer(directory, caplog):
    def broken():
        raise RuntimeError("secret DE instagram sextortion")

    app = create_app(directory, now=broken, environment={})
    app.logger.propagate = True
    with caplog.at_level(logging.DEBUG):
        response = app.test_client().post("/en/plan", data=FULL, headers={"User-Agent": "Example/1.0"})

    assert response.status_code == 500
    assert "This is our fault, not yours." in checked_page(response).words
    assert len(caplog.records) == 1
    line = caplog.records[0].getMessage()
    assert line.startswith("internal error: RuntimeError at tests.test_web:")
    assert caplog.records[0].exc_info is None
    for word in ("secret", "DE", "instagram", "sextortion", "child", "127.0.0.1", "Example/1.0", "/en/plan"):
        assert word not in line


def test_nothing_is_logged_when_all_is_well(app, caplog):
    with caplog.at_level(logging.DEBUG):
        client = app.test_client()
        client.get("/en/")
        client.post("/en/plan", data=FULL)
        client.post("/en/plan", data={**FULL, "region": "ZQ"})
        client.get("/nowhere")

    assert caplog.records == []


def test_who_runs_the_copy_is_said_or_warned_about(directory, page):
    unset = create_app(directory, environment={})

    assert "HOTLINE_ROUTER_CONTACT" in checked_page(unset.test_client().get("/en/")).words
    assert "example operator" in page("/en/").words
    assert "HOTLINE_ROUTER_CONTACT" not in page("/en/").text


def test_contact_is_escaped(directory):
    app = create_app(directory, environment={"HOTLINE_ROUTER_CONTACT": "<b>x</b>"})

    assert "<b>" not in app.test_client().get("/en/").get_data(as_text=True)


def test_withheld_numbers_are_not_on_the_page(directory):
    app = create_app(directory, now=lambda: datetime(2126, 1, 1, tzinfo=UTC), environment={})
    plan = checked_page(app.test_client().post("/en/plan", data=FULL))

    phones = {a.get("href") for a in plan.find(".//a") if a.get("href").startswith(("tel:", "sms:"))}
    assert phones <= {"tel:112", "tel:110"}
    assert "Our proof is too old" in plan.words


def test_a_full_page_of_each_kind_of_plan(page):
    """Every concern and role renders in every language: no missing word, no broken page."""
    for lang, concern, role in itertools.product(("en", "ar"), Concern, Role):
        page(f"/{lang}/plan", data={"region": "GB", "platform": "whatsapp", "concern": concern.value, "role": role.value})
