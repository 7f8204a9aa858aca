"""The guide pages: each one whole in each language, cacheable, and true to the planner."""

import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hotline_router import places
from hotline_router.i18n import LANGUAGES, language
from hotline_router.model import Concern, Kind, Role, Situation
from hotline_router.output import BRIEF, brief
from hotline_router.planning import plan
from hotline_router.web import guides
from hotline_router.wording import channel_address, channel_text
from tests.conftest import NOW, TODAY, to_string
from tests.test_web import HEADERS

ROOT = Path(__file__).parent.parent
REGIONS = sorted(places.regions())


@pytest.fixture(scope="session")
def paths(app):
    with app.app_context():
        return list(guides.addresses())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_platform_concern_and_page_of_ours(page, paths, lang, directory):
    for path in (p for p in paths if not p.startswith("/in/") or p == "/in/"):
        found = page(f"/{lang}{path}")
        assert found.tree.get("lang") == lang


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_region_in_each_language(page, lang, directory):
    tongue = language(lang)
    for region in (*REGIONS[LANGUAGES.index(lang) :: len(LANGUAGES)], "DE", "MA"):
        found = page(f"/{lang}/in/{region}")
        assert places.region_name(region, lang) in found.words
        numbers = [
            channel_text(c, "emergency", tongue)
            for reach, s in directory.serving(region)
            if s.kind is Kind.EMERGENCY and reach == 0
            for c in s.channels
            if c.type == "phone"
        ]
        for number in numbers:
            assert number in found.words
        assert len(found.find(".//article")) >= 2
        # One report in each step, as in a plan; a place stands in full once.
        ids = [article.get("data-id") for article in found.find(".//article")]
        assert len(ids) == len(set(ids))
        card = page(f"/{lang}/card/{region}")
        assert f"/{lang}/in/{region}" in card.words


def test_a_guide_shows_what_the_planner_says(page, directory):
    found = page("/en/in/NO")
    first = plan(Situation(region="NO", concern=Concern.SEXUAL_IMAGES), directory, today=TODAY)
    primary = next(r for step in first.steps for r in step.referrals if r.primary)

    assert found.find(".//article[@data-primary]")[0].get("data-id") == primary.entry.id


def test_ways_to_act_stand_before_the_menus_and_pages_to_read_behind_them(page, paths, directory):
    seen = set()
    for platform in (p for p in directory.platforms.values() if f"/on/{p.id}" in paths):
        purposes = {channel_address(c): c.purpose for c in platform.channels}
        for article in page(f"/en/on/{platform.id}").find(f".//article[@data-id='{platform.id}']"):
            items = [e for e in article.iter() if e.tag == "ol" or e.get("class") in {"button", "plain"}]
            ways = [
                "menu" if e.tag == "ol" else "read" if purposes.get(e.get("href"), "information") == "information" else "act"
                for e in items
            ]
            if "menu" in ways:
                assert ways == sorted(ways, key=("act", "menu", "read").index), platform.id
                seen |= set(ways)

    assert seen == {"act", "menu", "read"}


def test_guides_may_be_cached_and_indexed_and_the_rest_may_not(app, paths):
    client = app.test_client()
    for path in paths[::37]:
        response = client.get(f"/en{path}")
        expected = {**HEADERS, "Cache-Control": "public, max-age=3600", "X-Robots-Tag": "all"}
        assert {name: response.headers.get(name) for name in expected} == expected
        assert "Set-Cookie" not in response.headers
        again = client.get(f"/en{path}", headers={"If-None-Match": response.headers["ETag"]})
        assert again.status_code == 304
        assert again.data == b""
        assert b'content="noindex"' not in response.data
    assert b'content="noindex"' in client.get("/en/").data


def test_a_cached_page_depends_on_its_address_alone(app, paths):
    one, other = app.test_client(), app.test_client()
    for path in paths[::23]:
        a = one.get(f"/en{path}", headers={"Accept-Language": "de-AT", "User-Agent": "a"}).data
        b = other.get(f"/en{path}", headers={"Accept-Language": "ja-JP", "User-Agent": "b"}).data
        assert a == b, path


def test_each_page_names_itself_in_all_languages(page):
    found = page("/fr/in/MA")
    links = {(e.get("rel"), e.get("hreflang")): e.get("href") for e in found.find(".//head/link")}

    assert links["canonical", None] == "http://localhost/fr/in/MA"
    assert {links["alternate", code] for code in LANGUAGES} == {f"http://localhost/{code}/in/MA" for code in LANGUAGES}


def test_the_operator_says_where_the_copy_is_reached(directory):
    from hotline_router.web import create_app

    app = create_app(directory, environment={"HOTLINE_ROUTER_BASE_URL": "https://help.example/"})
    client = app.test_client()
    evil = {"Host": "evil.example"}

    assert b"https://help.example/en/in/DE" in client.get("/en/in/DE", headers=evil).data
    for path in ("/en/in/DE", "/en/card/DE", "/sitemap.xml", "/robots.txt"):
        assert b"evil.example" not in client.get(path, headers=evil).data


def test_the_sitemap_has_every_page_once(app, paths):
    text = app.test_client().get("/sitemap.xml").get_data(as_text=True)

    assert text.count("<loc>") == len(LANGUAGES) * (len(paths) + 1)
    assert text.count("<loc>http://localhost/ar/in/XK</loc>") == 1
    assert "plan" not in text.replace("planet", "")


def test_robots_may_read_guides_and_not_plans(app):
    text = app.test_client().get("/robots.txt").get_data(as_text=True)

    assert "Disallow: /*/plan" in text
    assert "Sitemap: http://localhost/sitemap.xml" in text


@pytest.mark.parametrize("path", ["in/QQQ1", "in/de", "on/qqq1", "about/qqq1", "help/qqq1", "card/QQQ1", "card/QQQ1/large"])
def test_unknown_codes_are_a_page_with_the_emergency_line(page, path):
    found = page(f"/en/{path}", status=404)

    assert found.find(".//p[@class='emergency']")
    assert "qqq1" not in found.words.lower()


def test_linked_data_say_only_what_the_page_shows(page):
    found = page("/en/in/DE")
    blocks = [json.loads(e.text) for e in found.find(".//script") if e.get("type") == "application/ld+json"]

    assert blocks
    for block in blocks:
        assert block["@type"] == "Organization"
        assert block["name"] in found.words
        assert block["contactPoint"]["telephone"] in found.words
        assert block["contactPoint"]["areaServed"] == "DE"


def test_no_linked_data_in_a_plan(page):
    assert "application/ld+json" not in page("/en/plan", data={"region": "DE"}).text


def test_a_guide_leads_to_the_questions_with_what_is_known(page):
    found = page("/en/plan", data={"region": "NO", "change": "yes"})

    assert 'value="NO" selected' in found.text
    assert to_string(page("/en/in/NO").find(".//form[@class='ask']")[0]).count("hidden") == 1


def test_promises_name_tests_that_exist(directory):
    named = {line.test for text in directory.pages.values() for passage in text.passages for line in passage.lines if line.test}
    named |= set(re.findall(r"`(tests/\S+::\w+)`", (ROOT / "THREATS.md").read_text("utf-8")))
    code = [sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider", "-p", "no:xdist"]
    files = sorted({name.split("::")[0] for name in named})
    out = subprocess.run([*code, *files], capture_output=True, text=True, cwd=ROOT, check=True).stdout
    known = {line.split("[")[0] for line in out.splitlines()}

    assert named
    assert named <= known


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_short_text_is_short_and_has_the_first_of_each_step(directory, lang):
    for region in ("DE", "US", "MA", "AQ", None):
        for concern in Concern:
            for role in (None, Role.CHILD, Role.PROVIDER):
                s = Situation(region=region, platform="instagram", concern=concern, role=role, tried_platform=role is None)
                found = plan(s, directory, today=TODAY)
                text = brief(found, directory, language(lang))
                assert len(text) < BRIEF
                for step in found.steps:
                    if step.purpose in {"danger", "report"} and step.referrals:
                        assert step.referrals[0].entry.name in text


def test_the_plan_carries_its_short_text(page):
    found = page("/en/plan", data={"region": "DE", "concern": "sextortion", "role": "child"})

    assert "116 111" in found.find(".//pre")[0].text
    assert found.find(".//a[@href='/en/card/DE']")


def test_weaknesses_can_be_told_of_once_the_operator_says_where(app, directory):
    from hotline_router.web import create_app

    assert app.test_client().get("/.well-known/security.txt").status_code == 404
    said = create_app(directory, environment={"HOTLINE_ROUTER_SECURITY_CONTACT": "https://help.example/security"})
    text = said.test_client().get("/.well-known/security.txt").get_data(as_text=True)
    fields = dict(line.split(": ", 1) for line in text.splitlines() if not line.startswith("#"))

    assert fields["Contact"] == "https://help.example/security"
    left = datetime.fromisoformat(fields["Expires"]) - datetime.now(UTC)
    assert timedelta(days=90) < left < timedelta(days=365)
    assert text.startswith("# Never send pictures")


def test_a_kept_page_is_the_page_and_gives_way_to_the_next_day(directory):
    from hotline_router.web import create_app

    clock = {"now": NOW}
    app = create_app(directory, now=lambda: clock["now"], environment={"HOTLINE_ROUTER_BASE_URL": "https://help.example"})
    client = app.test_client()
    first = client.get("/en/in/DE")
    again = client.get("/en/in/DE")
    assert (first.data, first.headers["ETag"]) == (again.data, again.headers["ETag"])
    assert client.get("/en/in/DE", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert client.get("/de/in/DE").data != first.data
    assert client.get("/en/in/QQ").status_code == 404

    clock["now"] = datetime(2099, 1, 1, tzinfo=UTC)
    later = client.get("/en/in/DE")
    assert b"116 111" in first.data
    assert b"116 111" not in later.data
