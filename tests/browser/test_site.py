"""The static site in Chromium: from a folder, from a host, without script; and its plans beside those of the server."""

import functools
import html
import http.server
import random
import re
import threading

import pytest

from hotline_router import places
from hotline_router.model import Concern, Role
from hotline_router.web import create_app
from tests.browser.test_browser import no_sideways_scroll, shot, violations
from tests.conftest import FEW, FORM, NOW, SETTINGS
from tests.test_export import LANG

pytestmark = pytest.mark.xdist_group("copy")
SITUATIONS = 2000


@pytest.fixture
def look(chromium):
    """Opens a tab that remembers what it asked for and what it said."""
    contexts = []

    def open_tab(*, script=True, width=360, **kwargs):
        context = chromium.new_context(java_script_enabled=script, viewport={"width": width, "height": 640}, **kwargs)
        contexts.append(context)
        page = context.new_page()
        page.asked, page.said = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        return page

    yield open_tab
    for context in contexts:
        assert context.cookies() == []
        context.close()


def answer(page, **answers):
    """Answers the questions by hand and presses the button."""
    for name, value in answers.items():
        if name in {"region", "platform", "child_region"}:
            if name == "child_region":
                page.click("form details summary")
            page.select_option(f"#{name}", value)
        else:
            page.check(f"input[name={name}][value={value}]")
    page.click("form.questions > button")
    page.wait_for_selector("#found ol.path")


def situations(directory, regions, count):
    """Random situations, with more unknown and more elsewhere than by chance alone; the same ones each time."""
    dice = random.Random(7)
    platforms = sorted(directory.shown_platforms)
    for _ in range(count):
        given = {
            "region": dice.choice(["", *dice.choices(regions, k=9)]),
            "child_region": dice.choice(["", "", *dice.choices(regions, k=2)]),
            "platform": dice.choice(["", *dice.choices(platforms, k=4)]),
            "concern": dice.choice([*Concern]).value,
            "role": dice.choice(["", *Role]),
            "danger": dice.choice(["", "yes"]),
            "tried_platform": dice.choice(["", "yes"]),
        }
        yield {name: str(value) for name, value in given.items() if value}


def plain(text):
    """Main part of a page for comparison: without what a server adds to it, and with one space for many."""
    text = re.sub(r'<p class="open">.*?</p>', "", text)  # a page in a file does not know the time
    text = re.sub(r'<input type="hidden"[^>]*>| method="post" action="[^"]*"', "", text)
    text = re.sub(r'href="/\w+/card/(\w+)"', r'href="card/\1.html"', text)
    brief = html.unescape(text.partition('<pre id="brief">')[2].partition("</pre>")[0])
    return re.sub(r"> ?(?=<)", ">", re.sub(r"\s+", " ", html.unescape(text))).strip(), brief


def differences(app, page, code, asked):
    """Situations for which the script and the server do not say the same, with where they part."""
    client = app.test_client()
    for start in range(0, len(asked), 100):
        part = asked[start : start + 100]
        offline = page.evaluate("(all) => all.map((answers) => plan(answers))", part)
        for answers, found in zip(part, offline, strict=True):
            server = client.post(f"/{code}/plan", data=answers, content_type=FORM).get_data(as_text=True)
            expected = plain(server.partition('<main id="main">')[2].partition("</main>")[0])
            if plain(found) != expected:
                yield (
                    answers,
                    next(
                        (a[max(0, i - 80) : i + 80], b[max(0, i - 80) : i + 80])
                        for a, b in zip(plain(found), expected, strict=True)
                        for i in range(max(len(a), len(b)))
                        if a[i : i + 1] != b[i : i + 1]
                    ),
                )


def test_the_script_and_the_server_say_the_same(app, directory, odd, look, whole_copy, few_copies):
    """The whole plan, word by word: referrals, their order, reasons, advice, conditions and the short text."""
    settings = {**SETTINGS, "HOTLINE_ROUTER_RATELIMIT_PAGES": "1000000 per minute"}
    other = create_app(odd, now=lambda: NOW, environment=settings)
    for which, folder, code, regions, count in (
        (app, whole_copy.folder, LANG, sorted(places.regions()), SITUATIONS),
        (other, few_copies.first, "de", FEW, 200),
        (other, few_copies.first, "en", FEW, 100),
    ):
        page = look()
        page.goto(f"file://{folder}/{code}/index.html")
        asked = list(situations(directory, regions, count))
        assert next(differences(which, page, code, asked), None) is None
        assert page.said == []


def test_from_a_folder_a_plan_leaves_nothing_and_asks_for_nothing(look, whole_copy):
    page = look()
    page.goto(f"file://{whole_copy.folder}/index.html")
    page.click(f"main a[lang={LANG}]")
    page.wait_for_load_state("load")
    asked, address, title = list(page.asked), page.url, page.title()
    before = page.evaluate("history.length")
    answer(page, concern="sextortion", region="MA", platform="instagram", role="child", child_region="US", danger="yes")

    assert page.locator("#found article[data-primary]").count() == 1
    assert page.locator("h1:visible").count() == 1
    assert page.evaluate("document.activeElement.tagName") == "H1"
    assert (page.asked, page.url, page.title(), page.evaluate("history.length")) == (asked, address, title, before)
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
    assert all(url.startswith((f"file://{whole_copy.folder}/", "data:")) for url in page.asked)
    assert page.said == []
    with page.context.expect_page() as opened:
        page.click("#found .take a")
    assert opened.value.url == f"file://{whole_copy.folder}/{LANG}/card/MA.html"


def test_the_answers_can_be_changed(look, whole_copy):
    page = look()
    page.goto(f"file://{whole_copy.folder}/{LANG}/index.html")
    answer(page, concern="grooming", region="DE")
    page.click("#found button[name=change]")

    assert page.locator("#found").inner_html() == ""
    assert page.locator("input[value=grooming]").is_checked()
    answer(page, region="FR")
    assert page.locator("#found a[href='card/FR.html']").count() == 1


def test_the_short_text_of_a_plan_in_a_file_can_be_copied(look, few_copies):
    page = look()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"file://{few_copies.first}/en/index.html")
    answer(page, concern="sextortion", region="DE")
    page.click(".take summary")
    page.click("button[data-do=copy]")
    page.get_by_text("Copied", exact=True).wait_for()

    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#brief").text_content()


@pytest.fixture
def host(few_copies):
    """The copy under a path of a host that sends the headers of _headers, and what it was asked for."""
    fields = [line.strip().split(": ", 1) for line in (few_copies.first / "_headers").read_text().splitlines()[1:]]
    wanted = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def translate_path(self, path):
            return super().translate_path(path.removeprefix("/under"))

        def end_headers(self):
            for name, value in fields:
                self.send_header(name, value)
            super().end_headers()

        def log_message(self, *args):
            wanted.append(self.path)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=few_copies.first))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/under", wanted
    server.shutdown()
    server.server_close()


def test_a_host_learns_nothing_of_the_answers(look, host):
    address, wanted = host
    seen = []
    for answers in ({"concern": "missing", "region": "US", "role": "parent"}, {"concern": "own-thoughts"}, {"region": "MA"}):
        wanted.clear()
        page = look()
        page.goto(f"{address}/de/index.html")
        answer(page, **answers)
        page.wait_for_load_state("networkidle")
        assert page.said == []
        seen.append(sorted(wanted))

    assert seen[0] == seen[1] == seen[2]
    assert len(seen[0]) == 6  # page, style, two scripts, two files of data


def test_without_script_the_questions_give_way_to_the_pages(look, whole_copy):
    page = look(script=False)
    page.goto(f"file://{whole_copy.folder}/{LANG}/index.html")

    assert not page.locator("form.questions").is_visible()
    page.click("#without a.button")
    page.click("a[href='MA.html']")
    assert page.locator("h1").is_visible()
    assert page.url.endswith(f"/{LANG}/in/MA.html")


def test_when_the_data_do_not_come_the_questions_give_way_too(look, whole_copy):
    page = look()
    page.route("**/data/places.js*", lambda route: route.abort())
    page.goto(f"file://{whole_copy.folder}/{LANG}/index.html")
    page.click("form.questions > button")

    assert page.locator("#without").is_visible()
    assert not page.locator("form.questions").is_visible()


def test_data_of_two_versions_are_never_mixed(look, whole_copy):
    page = look()
    page.goto(f"file://{whole_copy.folder}/{LANG}/index.html")
    page.evaluate("PLACES.version = 'another'")
    page.click("form.questions > button")

    assert page.locator("#without").is_visible()
    assert page.locator("#found").inner_html() == ""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_a_copy(look, whole_copy, scheme):
    page = look(color_scheme=scheme)
    for path in ("index.html", "404.html", f"{LANG}/in/MA.html", f"{LANG}/card/MA.html", f"{LANG}/index.html"):
        page.goto(f"file://{whole_copy.folder}/{path}")
        if path != "404.html":  # its links begin at the top of a host
            assert violations(page, scheme) == [], path
    answer(page, concern="own-image", role="child", region="MA", platform="telegram", tried_platform="yes")
    assert violations(page, scheme) == []


def test_a_copy_does_not_scroll_sideways_at_320(look, whole_copy):
    page = look(width=320)
    page.goto(f"file://{whole_copy.folder}/{LANG}/index.html")
    shot(page, "site-form")
    no_sideways_scroll(page)
    answer(page, concern="sextortion", role="child", region="MA", platform="telegram", danger="yes", tried_platform="yes")
    shot(page, "site-plan")
    no_sideways_scroll(page)
