"""What other sites may show of this one: policies, presets, cards, oEmbed, the lines to copy, the package."""

import hashlib
import html
import json
import re
import zipfile
from base64 import b64encode
from types import SimpleNamespace
from urllib.parse import quote

import pytest
import tinyhtml5

from hotline_router import places
from hotline_router.i18n import LANGUAGES, language, top
from hotline_router.model import Concern
from hotline_router.web import create_app, embed
from hotline_router.web.headers import GUIDE, PAGE
from tests.conftest import FORM, NOW, checked_page, to_string
from tests.test_web import FULL

BASE = "https://help.example"
SITES = "https://ngo.example https://school.example:8443"
OWN = f"'self' {BASE}"
MANY = {"HOTLINE_ROUTER_RATELIMIT_PAGES": "1000000 per minute", "HOTLINE_ROUTER_RATELIMIT_API": "1000000 per minute"}


def policy(parents):
    return (
        f"default-src 'none'; style-src {OWN}; script-src {OWN}; img-src {OWN} data:; form-action {OWN}; "
        f"base-uri 'none'; frame-ancestors {parents}"
    )


def made(directory, **settings):
    env = {"HOTLINE_ROUTER_CONTACT": "example operator", "HOTLINE_ROUTER_BASE_URL": BASE, **MANY, **settings}
    return create_app(directory, now=lambda: NOW, environment=env)


@pytest.fixture(scope="module")
def framed(directory):
    return made(directory, HOTLINE_ROUTER_EMBED_ORIGINS=SITES)


@pytest.fixture(scope="module")
def show(framed):
    """Fetches a page of a frame and checks what every page must be, and who may frame it."""
    client = framed.test_client()

    def fetch(path, *, data=None, status=200, parents=SITES, headers=PAGE, **kwargs):
        response = client.open(path, method="GET" if data is None else "POST", data=data, **kwargs)
        assert response.status_code == status
        assert "X-Frame-Options" not in response.headers
        expected = {name: value for name, value in headers.items() if name != "X-Frame-Options"}
        return checked_page(response, {**expected, "Content-Security-Policy": policy(parents)})

    return fetch


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_questions_and_the_plan_stay_in_the_frame(show, lang):
    form = show(f"/embed/{lang}/")
    assert [e.get("action") for e in form.find(".//form")] == [f"/embed/{lang}/plan"]
    found = show(f"/embed/{lang}/plan", data=FULL)
    assert {e.get("action") for e in found.find(".//form")} == {f"/embed/{lang}/plan"}
    assert {e.get("formaction") for e in found.find(".//button[@formaction]")} == {f"/embed/{code}/plan" for code in LANGUAGES}
    again = show(f"/embed/{lang}/plan", data={**FULL, "change": "yes"})
    for shown in (form, found, again):
        inside = [a for a in shown.find(".//a") if a.get("target") is None and a.get("href")[0] == "/"]
        assert all(a.get("href").startswith("/embed/") for a in inside), "leads the frame to a page that may not be framed"
        assert [a.get("target") for a in shown.find(".//a[@class='exit']")] == ["_top"]


def test_a_plan_in_a_frame_is_the_plan_of_the_page(show, page):
    for answers in (FULL, {"region": "NO", "concern": "grooming"}, {}):
        kinds = {"content_type": FORM} if not answers else {}
        inside, outside = show("/embed/en/plan", data=answers, **kinds), page("/en/plan", data=answers, **kinds)
        assert [to_string(e) for e in inside.find(".//article")] == [to_string(e) for e in outside.find(".//article")]
        assert inside.find(".//pre")[0].text == outside.find(".//pre")[0].text


def test_no_id_in_a_frame_tells_an_answer(show, page):
    """The page around could look for one with '#danger' at the end of the frame's address."""
    plans = [
        FULL,
        {"region": "NO", "concern": "grooming"},
        {"concern": "own-thoughts"},
        {"concern": "live-abuse", "region": "IN"},
    ]
    seen = {frozenset(e.get("id") for e in show("/embed/en/plan", data=p).tree.iter() if e.get("id")) for p in plans}
    assert seen == {frozenset({"main", "take", "brief"})}
    forms = [show("/embed/en/plan", data={**p, "change": "yes"}) for p in plans]
    assert len({frozenset(e.get("id") for e in form.tree.iter() if e.get("id")) for form in forms}) == 1
    assert page("/en/plan", data=FULL).find(".//*[@id='danger']")


@pytest.mark.parametrize(
    ("path", "kwargs", "status"),
    [
        ("/embed/de/plan", {}, 405),
        ("/embed/de/plan", {"data": {**FULL, "region": "ZQ"}}, 400),
        ("/embed/de/plan", {"data": {**FULL, "accent": "red"}}, 400),
        ("/embed/de/plan", {"data": {**FULL, "story": "x"}}, 400),
        ("/embed/de/plan", {"data": b"a" * 5000, "content_type": FORM}, 413),
        ("/embed/de/plan", {"data": b"{}", "content_type": "application/json"}, 415),
        ("/embed/de/nowhere", {}, 404),
    ],
)
def test_errors_stay_in_the_frame_and_in_its_language(show, path, kwargs, status):
    found = show(path, status=status, **kwargs)

    assert found.tree.get("lang") == "de"
    assert "_top" in {a.get("target") for a in found.find(".//a")}
    assert found.find(".//p[@class='emergency']")


def test_too_many_requests_and_our_own_errors_can_be_read_in_the_frame(directory, monkeypatch):
    app = made(directory, HOTLINE_ROUTER_EMBED_ORIGINS=SITES, HOTLINE_ROUTER_RATELIMIT_PAGES="1 per minute")
    client = app.test_client()
    assert client.get("/embed/en/").status_code == 200
    response = client.get("/embed/en/")
    assert response.status_code == 429
    assert response.headers["Content-Security-Policy"] == policy(SITES)

    broken = made(directory, HOTLINE_ROUTER_EMBED_ORIGINS=SITES)
    broken.extensions["now"] = None
    response = broken.test_client().post("/embed/en/plan", data=FULL)
    assert response.status_code == 500
    assert response.headers["Content-Security-Policy"] == policy(SITES)


def test_without_a_list_nobody_may_frame_the_questions_and_the_page_says_so(directory):
    client = made(directory).test_client()
    form = checked_page(client.get("/embed/en/"))
    assert "Other sites cannot show these questions in a frame yet." in form.words
    checked_page(client.post("/embed/en/plan", data=FULL))
    assert client.get("/embed/en/card/DE").headers["Content-Security-Policy"] == policy("*")
    assert "No site may show the questions yet." in checked_page(client.get("/en/embed"), GUIDE).words


@pytest.mark.parametrize(
    "origins",
    [
        "http://ngo.example",
        "https://ngo.example/",
        "https://ngo.example/page",
        "ngo.example",
        "*",
        "https://*.example",
        "https://ngo.example; script-src *",
        "https://NGO.example",
        "https://ngo.example,https://b.example",
        "https://ngo.example:port",
        "'self'",
        "http://localhost.example",
    ],
)
def test_an_origin_that_is_none_is_refused_at_start(directory, origins):
    with pytest.raises(ValueError, match="HOTLINE_ROUTER_EMBED_ORIGINS has"):
        made(directory, HOTLINE_ROUTER_EMBED_ORIGINS=origins)


def test_what_the_page_around_has_chosen_is_filled_in_and_said(show):
    found = show("/embed/en/?region=DE&concern=sextortion&accent=blue")

    assert "The page around this frame has already filled something in." in found.words
    assert [e.get("value") for e in found.find(".//option[@selected]")] == ["DE"]
    assert [e.get("value") for e in found.find(".//input[@checked]")] == ["sextortion"]
    assert found.tree.get("class") == "blue"
    # Not the reader's own answer: the numbers of other places are pointed to as well.
    assert "Anywhere else, call" in found.words
    others = [a.get("href") for a in found.find(".//ul[@class='languages']//a")]
    assert others == [f"/embed/{code}/?region=DE&concern=sextortion&accent=blue" for code in LANGUAGES]
    assert "already filled" not in show("/embed/en/?accent=blue").words
    assert "already filled" not in show("/embed/en/?region=").words


def test_the_colour_goes_with_the_answers_and_into_no_address_but_the_start(show):
    found = show("/embed/en/plan", data={**FULL, "accent": "plum"})
    form = show("/embed/en/plan", data={**FULL, "accent": "plum", "change": "yes"})

    for shown in (found, form):
        assert shown.tree.get("class") == "plum"
        assert shown.find(".//input[@name='accent'][@value='plum']")
        addresses = [e.get(name) for e in shown.tree.iter() for name in ("href", "action", "formaction") if e.get(name)]
        ours = {a for a in addresses if a.startswith("/embed/")}
        starts = {f"/embed/{code}/?accent=plum" for code in LANGUAGES}
        assert ours <= starts | {f"/embed/{code}/plan" for code in LANGUAGES}
    assert show("/embed/en/plan", data=FULL).tree.get("class") is None


@pytest.mark.parametrize(
    ("query", "allowed"),
    [
        ("region=QQ", "region: AD, AE"),
        ("region=de", "region: AD, AE"),
        ("concern=other", "concern: exploitation, generated"),
        ("accent=red", "accent: blue, green, ink, plum"),
        ("accent=blue&accent=blue", "accent: blue, green, ink, plum"),
        ("platform=instagram", "accent, concern, region"),
        ("zzq=%3Cb%3E", "accent, concern, region"),
    ],
)
def test_an_unknown_choice_is_refused_and_what_is_allowed_is_named(show, query, allowed):
    found = show(f"/embed/en/?{query}", status=400)

    assert allowed in found.words
    assert not re.search(r"QQ|zzq|red\b", found.words)
    assert "<b>" not in found.text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_card_says_all_in_words_and_needs_nothing(show, lang, directory):
    headers = {**GUIDE, "X-Robots-Tag": "noindex"}
    for region in (*sorted(places.regions())[LANGUAGES.index(lang) :: len(LANGUAGES)], "DE", "IN"):
        found = show(f"/embed/{lang}/card/{region}", parents="*", headers=headers)
        assert places.region_name(region, lang) in found.words
        assert f"help.example/{lang}/in/{region}" in found.words
        assert not found.find(".//form")
        assert not found.find(".//button")
        assert [e.get("src").split("?")[0] for e in found.find(".//script")] == ["/static/frame.js"]
        assert found.find(".//article[@data-primary]")
        digits = re.sub(r"\D", "", found.words)
        for link in found.find(".//main//a"):
            address, words = link.get("href"), "".join(link.itertext())
            if address.startswith(("tel:", "sms:")):
                assert re.sub(r"\D", "", address.replace("%23", "")) in digits
            elif link.get("class") in {"button", "plain"}:
                assert re.split(r"[/:]+", address)[1] in words
            assert address.startswith(("tel:", "sms:", "mailto:")) or link.get("target") == "_blank"


def test_a_card_is_what_the_planner_says_and_is_kept(framed, page):
    client = framed.test_client()
    response = client.get("/embed/en/card/NO")
    inside, outside = tinyhtml5.parse(response.text, namespace_html_elements=False), page("/en/in/NO")
    first = ".//article[@data-primary]"
    assert inside.find(first).get("data-id") == outside.find(first)[0].get("data-id")
    again = client.get("/embed/en/card/NO", headers={"If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304
    assert again.headers["Content-Security-Policy"] == policy("*")
    assert "X-Frame-Options" not in again.headers


def test_a_card_has_a_colour_and_refuses_the_rest(show):
    headers = {**GUIDE, "X-Robots-Tag": "noindex"}
    assert show("/embed/en/card/DE?accent=green", parents="*", headers=headers).tree.get("class") == "green"
    refused = show("/embed/en/card/DE?region=US", parents="*", status=400)
    missing = show("/embed/en/card/QQ", parents="*", status=404)
    for found in (refused, missing):  # nothing in it leads the frame to a page that an unknown site may not frame
        assert all(a.get("target") == "_blank" for a in found.find(".//a") if a.get("href").startswith("/"))


def contrast(one, other):
    def light(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)


def colours(css):
    """Pairs of what a style sheet says in the light and in the dark: {selector: {name: colour}}."""
    halves = re.split(r"@media \(prefers-color-scheme: dark\)", css)
    return [
        {
            selector: dict(re.findall(r"--([\w-]+): (#\w+)", body))
            for selector, body in re.findall(r"([.:]\w+) \{([^}]*)\}", half)
        }
        for half in halves
    ]


def test_each_colour_can_be_read_light_and_dark():
    site, own = (colours((top("static") / name).read_text("utf-8")) for name in ("site.css", "embed.css"))
    for ground, accents in zip(site, own, strict=True):
        root = {name: "#ffffff" if value == "#fff" else value for name, value in ground[":root"].items()}
        assert {name.removeprefix(".") for name in accents} == set(embed.ACCENTS)
        for accent in accents.values():
            for name in ("paper", "panel", "act-ink"):
                assert contrast(accent["act"], root[name]) >= 7
    assert contrast("#ffffff", "#777777") < 4.5


def test_the_element_may_be_loaded_by_anybody_and_is_small(framed):
    client = framed.test_client()
    for name in ("embed.js", "frame.js", "site.css", "site.js", "embed.css"):
        with client.get(f"/static/{name}") as response:
            assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
            assert response.headers.get("Access-Control-Allow-Origin") == ("*" if name == "embed.js" else None)
    size = {name: len((top("static") / name).read_bytes()) for name in ("embed.js", "frame.js", "embed.css")}
    assert size["embed.js"] < 3000
    assert size["frame.js"] + size["embed.css"] < 2000


def test_scripts_ask_nothing_and_keep_nothing():
    for name in ("embed.js", "frame.js"):
        text = (top("static") / name).read_text("utf-8")
        assert not re.search(r"fetch|XMLHttp|Beacon|Storage|cookie|indexedDB|innerHTML|eval|import\(|WebSocket|console", text)
    assert embed.SANDBOX in (top("static") / "embed.js").read_text("utf-8")
    assert "allow-same-origin" not in embed.SANDBOX


# oEmbed


@pytest.fixture(scope="module")
def ask(framed):
    client = framed.test_client()

    def fetch(query, status=200):
        response = client.get(f"/oembed?{query}", base_url="https://inner.example")
        assert response.status_code == status
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert response.mimetype == ("application/json" if status == 200 else "application/problem+json")
        return SimpleNamespace(**json.loads(response.data), headers=response.headers)

    return fetch


@pytest.mark.parametrize("path", ["/de/in/DE", "/de/card/DE"])
@pytest.mark.parametrize("host", ["https://help.example", "https://inner.example"])
def test_oembed_shows_a_card(ask, path, host):
    found = ask(f"url={quote(host + path, safe='')}&format=json&dnt=1&maxwidth=2000&maxheight=300")

    assert (found.version, found.type, found.width, found.height) == ("1.0", "rich", embed.WIDTH, 300)
    assert found.provider_url == f"{BASE}/de/"
    assert found.title.startswith("Deutschland")
    parts = tinyhtml5.parse(found.html, namespace_html_elements=False)
    assert [e.tag for e in parts.find("body").iter()][1:] == ["blockquote", "a", "iframe"]
    frame = parts.find(".//iframe")
    assert frame.get("src") == f"{BASE}/embed/de/card/DE"
    assert (frame.get("width"), frame.get("height"), frame.get("referrerpolicy")) == ("600", "300", "no-referrer")
    assert parts.find(".//blockquote/a").get("href") == f"{BASE}/de/in/DE"
    assert "inner.example" not in found.html
    assert found.headers["Cache-Control"].startswith("public")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nothing",
        f"{BASE}/",
        f"{BASE}/de/",
        f"{BASE}/de/plan",
        f"{BASE}/de/in/QQ",
        f"{BASE}/de/in/DE/x",
        f"{BASE}/xx/in/DE",
        "https://evil.example/de/in/DE",
        "https://help.example@evil.example/de/in/DE",
        "javascript://help.example/de/in/DE",
        "https://help.example:8080/de/in/DE",
        "https://[/de/in/DE",
    ],
)
def test_oembed_knows_our_own_pages_only(ask, url):
    found = ask(f"url={quote(url, safe='')}", status=404)

    assert found.status == 404
    assert "evil" not in str(found)


def test_oembed_is_json_only_and_takes_sizes_that_are_numbers(ask):
    good = f"url={quote(BASE + '/de/in/DE', safe='')}"
    assert ask(f"{good}&format=xml", status=501).allowed == ["json"]
    for size in ("0", "-1", "1.5", "a", "9" * 30, "٣"):
        assert ask(f"{good}&maxwidth={quote(size)}", status=400).parameter == "maxwidth"
    assert ask(f"{good}&maxwidth=&maxheight=0320").height == 320


def test_pages_lead_to_their_oembed(framed, ask):
    client = framed.test_client()
    for path in ("/ar/in/MA", "/ar/card/MA"):
        tree = tinyhtml5.parse(client.get(path).text, namespace_html_elements=False)
        address = tree.find(".//link[@type='application/json+oembed']").get("href")
        assert address.startswith(f"{BASE}/oembed?")
        assert "/embed/ar/card/MA" in ask(address.split("?")[1]).html


# the lines to copy


def lines(found):
    return [html.unescape(pre.text) for pre in found.find(".//pre")]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_lines_to_copy_without_a_choice(framed, lang):
    found = checked_page(framed.test_client().get(f"/{lang}/embed"), GUIDE)
    frame, element, package = lines(found)

    assert f'src="{BASE}/embed/{lang}/"' in frame
    assert f'<hotline-router lang="{lang}"><a href="{BASE}/{lang}/"' in element
    assert "export --embed" in package
    for site in SITES.split():
        assert site in found.words


def test_the_lines_to_copy_carry_the_choice_and_the_page_is_not_kept(framed):
    client = framed.test_client()
    found = checked_page(client.get("/en/embed?kind=form&lang=de&region=DE&concern=sextortion&accent=blue"))
    frame, element, address, _package = lines(found)
    parsed = tinyhtml5.parse(frame, namespace_html_elements=False).find(".//iframe")
    assert parsed.get("src") == f"{BASE}/embed/de/?region=DE&concern=sextortion&accent=blue"
    assert parsed.get("sandbox") == embed.SANDBOX
    assert parsed.get("referrerpolicy") == "no-referrer"
    assert parsed.get("title")
    own = tinyhtml5.parse(element, namespace_html_elements=False)
    assert own.find(".//hotline-router").attrib == {
        "lang": "de",
        "region": "DE",
        "concern": "sextortion",
        "accent": "blue",
    }
    digest = b64encode(hashlib.sha384((top("static") / "embed.js").read_bytes()).digest()).decode()
    assert own.find(".//script").get("integrity") == f"sha384-{digest}"
    assert address == f"{BASE}/de/in/DE"
    assert client.get(parsed.get("src")).status_code == 200

    card = lines(checked_page(client.get("/en/embed?kind=card&lang=ar&region=MA&concern=sextortion&accent=")))
    assert f'src="{BASE}/embed/ar/card/MA"' in card[0]
    assert 'kind="card"' in card[1]
    assert "sextortion" not in "".join(card)


def test_a_card_without_a_place_is_asked_for_one(framed):
    found = checked_page(framed.test_client().get("/en/embed?kind=card&region="))

    assert "A card needs a place." in found.words
    assert lines(found) == []


@pytest.mark.parametrize("query", ["kind=x", "lang=xx", "region=QQ", "concern=x", "accent=red", "url=x"])
def test_the_page_for_owners_refuses_what_it_does_not_offer(framed, query):
    response = framed.test_client().get(f"/en/embed?{query}")

    assert response.status_code == 400
    assert response.headers["X-Frame-Options"] == "DENY"
    assert "The owner of the page can use:" in checked_page(response).words


# the package


@pytest.fixture(scope="module")
def package(framed, tmp_path_factory):
    path = tmp_path_factory.mktemp("package") / "cards.zip"
    embed.write_zip(framed, path, base_url=f"{BASE}/")
    return path


def test_the_package_is_whole_and_the_same_each_time(directory, package, tmp_path):
    with zipfile.ZipFile(package) as found:
        names = found.namelist()
        sums = dict(reversed(line.split("  ")) for line in found.read("SHA256SUMS").decode().splitlines())
        assert set(sums) == set(names) - {"SHA256SUMS"}
        assert all(hashlib.sha256(found.read(name)).hexdigest() == digest for name, digest in sums.items())
        assert {row.date_time for row in found.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        readme = found.read("README.txt").decode()
    cards = {f"embed/{lang}/card/{code}.html" for lang in LANGUAGES for code in places.regions()}
    assert set(names) == cards | {f"static/{name}" for name in embed.CARD_FILES} | {"README.txt", "SHA256SUMS"}
    assert embed.integrity() in readme
    assert package.stat().st_size < 4_000_000

    again = tmp_path / "again.zip"
    embed.write_zip(made(directory), again, base_url=BASE)  # who may frame the copy is no matter of the package
    assert again.read_bytes() == package.read_bytes()


def test_cards_of_the_package_load_only_what_is_in_it(package):
    with zipfile.ZipFile(package) as found:
        names = set(found.namelist())
        for name in sorted(n for n in names if n.endswith(".html"))[::41]:
            text = found.read(name).decode()
            tree = tinyhtml5.parse(text, namespace_html_elements=False)
            loaded = [e.get("href") or e.get("src") for e in tree.iter() if e.tag in {"link", "script"}]
            own = [a.get("href") for a in tree.iter("a") if a.get("href").startswith("..")]
            assert len(own) == len(LANGUAGES)
            for address in [*loaded, *own]:
                assert address == "data:," or address.removeprefix("../../../") in names
            for address in (a.get("href") for a in tree.iter("a")):
                assert address.startswith(("https://", "tel:", "sms:", "mailto:", "../../../embed/")), address
            assert f'href="{BASE}/' in text


@pytest.mark.parametrize("base", ["", "help.example", "http://help.example", "https://help.example/a", "https://a b.example"])
def test_a_package_needs_to_know_where_its_links_lead(framed, base, tmp_path):
    with pytest.raises(ValueError, match="no address such as"):
        embed.write_zip(framed, tmp_path / "x.zip", base_url=base)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_choice_has_its_words(framed, lang):
    found = checked_page(framed.test_client().get(f"/{lang}/embed"), GUIDE)
    options = {e.get("value"): e.text for e in found.find(".//select[@id='accent']/option")}

    assert options == {"": options[""], **{code: language(lang).gettext(text) for code, text in embed.ACCENTS.items()}}
    assert len(found.find(".//select[@id='concern']/option")) == len(Concern) + 1
