"""Frames on a page of somebody else's, in Chromium: they work there, and that page learns nothing."""

import itertools
import logging
import threading
import zipfile
from types import SimpleNamespace
from urllib.parse import unquote

import pytest
import tinyhtml5
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from hotline_router.model import Concern
from hotline_router.web import create_app, embed
from tests.browser.test_browser import no_sideways_scroll, shot, violations
from tests.conftest import NOW

pytestmark = pytest.mark.xdist_group("embed")
FRAME = "iframe"
# A page that wants to know: it writes down every message, and how its frame, its history and its stores change.
SPY = """
window.heard = [];
addEventListener("message", (e) => heard.push({keys: Object.keys(e.data).sort().join(), origin: e.origin, ...e.data}));
window.state = () => ({frames: document.querySelector("iframe").contentWindow.length, history: history.length,
  address: location.href, cookies: document.cookie, local: localStorage.length, session: sessionStorage.length,
  entries: performance.getEntriesByType("resource").filter((e) => e.initiatorType === "iframe").length,
  loads: window.loads});
window.loads = 0;
document.addEventListener("load", (e) => { if (e.target.tagName === "IFRAME") loads += 1; }, true);
"""


def serve(app):
    server = make_server("127.0.0.1", 0, app, threaded=True)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class Other:
    """Another site, and where 'Leave this page' leads: shows the page it is given and writes down who asks for what."""

    def __init__(self):
        self.pages, self.asked = {}, []
        self.server = serve(self)
        self.origin = f"http://localhost:{self.server.port}"  # another site than 127.0.0.1, not only another origin

    def __call__(self, environ, start_response):
        request = Request(environ)
        self.asked.append((request.method, request.full_path, request.headers.get("Referer"), request.get_data()))
        found = self.pages.get(unquote(request.path))
        kind = (
            "text/javascript" if request.path.endswith(".js") else "text/css" if request.path.endswith(".css") else "text/html"
        )
        return Response(found or "not here", 200 if found else 404, content_type=kind)(environ, start_response)

    def page(self, path, body, script=SPY):
        spy = f"<script>{script}</script>" if script else ""
        self.pages[path] = (
            f"<!doctype html><html lang=en><meta charset=utf-8><title>Other</title><link rel=icon href=data:,>"
            f"<meta name=viewport content='width=device-width'>{spy}<h1>Other</h1>{body}"
        )
        return self.origin + path


@pytest.fixture(scope="module")
def other():
    found = Other()
    yield found
    found.server.shutdown()


@pytest.fixture(scope="module")
def own(directory, other):
    """Our server, which lets the other site show the questions; gives origin and client."""
    server = make_server("127.0.0.1", 0, lambda *a: server.real(*a), threaded=True)
    origin = f"http://127.0.0.1:{server.port}"
    app = create_app(
        directory,
        now=lambda: NOW,
        environment={
            "HOTLINE_ROUTER_CONTACT": "example operator",
            "HOTLINE_ROUTER_BASE_URL": origin,
            "HOTLINE_ROUTER_EXIT_URL": f"{other.origin}/dull",
            "HOTLINE_ROUTER_EMBED_ORIGINS": f"https://ngo.example {other.origin}",
            "HOTLINE_ROUTER_RATELIMIT_PAGES": "100000 per minute",
        },
    )
    server.real = app
    threading.Thread(target=server.serve_forever, daemon=True).start()
    other.page("/dull", "", script="")
    yield SimpleNamespace(origin=origin, app=app, client=app.test_client())
    server.shutdown()


@pytest.fixture
def visit(chromium, own, other):
    """Opens a page of the other site; fails on a request to anybody else or an error in the console."""
    contexts, strange, said = [], [], []

    def open_page(url, *, width=360, height=640, script=True, quiet=(), also=(), **kwargs):
        context = chromium.new_context(viewport={"width": width, "height": height}, java_script_enabled=script, **kwargs)
        contexts.append(context)
        allowed = (own.origin, other.origin, "data:", *also)
        context.on("request", lambda r: None if r.url.startswith(allowed) else strange.append(r.url))
        context.on(
            "console",
            lambda m: said.append(m.text) if m.type in {"error", "warning"} and not any(q in m.text for q in quiet) else None,
        )
        page = context.new_page()
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        assert context.cookies() == []
        context.close()
    assert strange == []
    assert said == []


def snippets(own, query):
    """The lines of the page for owners, as an owner copies them: plain frame and element."""
    tree = tinyhtml5.parse(own.client.get(f"/en/embed?{query}").text, namespace_html_elements=False)
    return [pre.text for pre in tree.iter("pre")][:2]


def answer(frame, **answers):
    """Fills in the questions in a frame and sends them."""
    frame.locator("form.questions").wait_for()
    for name in ("concern", "role"):
        if name in answers:
            frame.locator(f"input[name={name}][value={answers[name]}]").check()
    for name in ("region", "platform"):
        if name in answers:
            frame.locator(f"select[name={name}]").select_option(answers[name])
    for name in ("danger", "tried_platform"):
        if answers.get(name):
            frame.locator(f"input[name={name}]").check()
    if "child_region" in answers:
        frame.locator("details.field summary").click()
        frame.locator("select[name=child_region]").select_option(answers["child_region"])
    frame.locator("form.questions > .button").click()
    frame.locator("ol.path").wait_for()


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("kind", ["iframe", "element"])
def test_pasted_lines_work(visit, own, other, kind, script):
    plain, element = snippets(own, "lang=de&region=DE&accent=blue")
    page = visit(other.page("/pasted", plain if kind == "iframe" else element, script=""), script=script)
    if kind == "element" and not script:
        link = page.get_by_role("link")
        assert link.is_visible()
        assert page.locator("iframe").count() == 0
        assert link.get_attribute("href") == f"{own.origin}/de/in/DE"
        link.click()
        page.wait_for_url(f"{own.origin}/de/in/DE")
        return
    frame = page.frame_locator(FRAME)
    assert frame.locator("select[name=region]").input_value() == "DE"
    answer(frame, concern="sextortion", role="child", platform="instagram")

    assert frame.locator("article[data-primary]").count() == 1
    assert frame.locator("html").get_attribute("class") == "blue"
    assert page.locator("iframe").get_attribute("title")
    # The style sheet arrives although a sandboxed frame has no origin.
    assert frame.locator(".button").first.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(10, 70, 135)"
    frame.locator("button[name=change]").click()
    frame.locator("form.questions").wait_for()
    assert frame.locator("input[value=sextortion]").is_checked()


SITUATIONS = [
    {"concern": c.value, "region": r, "role": role, **more}
    for (c, r, role), more in zip(
        itertools.islice(itertools.cycle(itertools.product(list(Concern)[:10], ("DE", "US"), ("child", "witness"))), 0, 40, 2),
        itertools.cycle(({}, {"danger": True}, {"tried_platform": True, "platform": "instagram"}, {"child_region": "FR"})),
        strict=False,
    )
]


def test_the_page_around_learns_nothing_of_the_answers(visit, own, other):
    """Twenty situations leave the same messages, history, address, stores, requests and number of frames outside."""
    _plain, element = snippets(own, "lang=en")
    url = other.page("/spy", element)
    seen = []
    context = visit("about:blank").context
    for answers in SITUATIONS:
        other.asked.clear()
        page = context.new_page()
        page.goto(url)
        before = page.evaluate("history.length")
        frame = page.frame_locator(FRAME)
        answer(frame, **answers)
        # Wider and back: every page is asked for its height again.
        for width in (700, 360):
            page.set_viewport_size({"width": width, "height": 640})
            page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        page.wait_for_function("window.loads === 2")
        page.wait_for_timeout(50)
        heard, state = page.evaluate("heard"), page.evaluate("state()")
        state["history"] -= before
        box = page.locator("iframe").bounding_box()
        asked = [row for row in other.asked if row[1] != "/favicon.ico?"]
        seen.append(
            (tuple(sorted({tuple(sorted(h.items())) for h in heard})), tuple(state.items()), box["height"], tuple(asked))
        )
        page.close()

    assert len(SITUATIONS) == 20
    assert len({tuple(sorted(answers.items())) for answers in SITUATIONS}) == 20
    assert len(set(seen)) == 1
    messages, state, height, asked = seen[0]
    assert [dict(m)["keys"] for m in messages] == ["height,type,version"]
    assert dict(messages[0]) | {"height": 0} == {
        "keys": "height,type,version",
        "type": "hotline-router",
        "version": 1,
        "origin": "null",
        "height": 0,
    }
    assert dict(messages[0])["height"] == height
    assert height % 32 == 0
    assert 320 <= height <= 4096
    told = dict(state)
    assert (told["history"], told["frames"], told["cookies"], told["local"], told["session"]) == (1, 0, "", 0, 0)
    assert told["address"] == url
    assert [row[:3] for row in asked] == [("GET", "/spy?", None)]


def test_the_page_around_cannot_reach_in(visit, own, other):
    plain, _element = snippets(own, "lang=en")
    page = visit(other.page("/reach", plain), quiet=("Blocked a frame", "postMessage"))
    frame = page.frame_locator(FRAME)
    answer(frame, concern="grooming", region="DE")
    for code in (
        "contentDocument === null",
        "contentWindow.location.href",
        "contentWindow.document.title",
        "contentWindow.name",
    ):
        outcome = page.evaluate(
            f"(() => {{ try {{ return document.querySelector('iframe').{code}; }} catch {{ return 'no'; }} }})()"
        )
        assert outcome in ("no", True)
    # It may send what it likes: nothing in the frame listens.
    page.evaluate("document.querySelector('iframe').contentWindow.postMessage({type: 'hotline-router', ask: 'answers'}, '*')")
    page.wait_for_timeout(50)
    assert {tuple(sorted(set(h) - {"keys", "origin"})) for h in page.evaluate("heard")} == {("height", "type", "version")}


@pytest.mark.parametrize("how", ["click", "shift", "click without script"])
def test_leaving_takes_the_page_around_along_and_says_not_where_from(visit, own, other, how):
    plain, _element = snippets(own, "lang=en")
    page = visit(other.page("/leave", plain), script="without" not in how)
    frame = page.frame_locator(FRAME)
    answer(frame, concern="grooming", region="DE")
    other.asked.clear()
    if how == "shift":
        frame.locator("button.needs-script:not([hidden])").wait_for(state="attached")  # the script listens now
        for _ in range(3):
            page.keyboard.press("Shift")
    else:
        frame.locator("a.exit").click()
    page.wait_for_url(f"{other.origin}/dull")

    assert [row[:3] for row in other.asked if "favicon" not in row[1]] == [("GET", "/dull?", None)]
    if how == "click":
        page.go_back()
        frame.locator("form.questions").wait_for()  # the plan's own entry is gone: this is the form before it
        assert frame.locator("ol.path").count() == 0
        assert frame.locator("input:checked").count() == 0


def test_links_of_a_plan_open_in_a_tab_of_their_own_without_a_referrer(visit, own, other):
    plain, _element = snippets(own, "lang=en")
    page = visit(other.page("/links", plain))
    frame = page.frame_locator(FRAME)
    answer(frame, concern="grooming", region="DE")
    button = frame.locator("article[data-primary] a.button")
    button.evaluate("(e, address) => { e.href = address; }", f"{other.origin}/dull")  # no test reaches the place itself
    other.asked.clear()
    with page.context.expect_page() as opened:
        button.click()
    opened.value.wait_for_url(f"{other.origin}/dull")
    assert opened.value.evaluate("[document.referrer, window.opener, self.origin]") == ["", None, other.origin]
    assert other.asked[0][:3] == ("GET", "/dull?", None)
    opened.value.close()
    with page.context.expect_page() as opened:
        frame.locator(".take a[target]").click()
    opened.value.wait_for_load_state()
    assert opened.value.url == f"{own.origin}/en/card/DE"
    assert opened.value.evaluate("document.referrer") == ""


def test_the_short_text_can_be_copied_in_a_frame(visit, own, other):
    plain, _element = snippets(own, "lang=en")
    page = visit(other.page("/copy", plain))
    page.context.grant_permissions(["clipboard-write", "clipboard-read"])
    frame = page.frame_locator(FRAME)
    answer(frame, concern="grooming", region="DE")
    frame.locator(".take summary").click()
    frame.locator("button[data-do=copy]").click()

    frame.get_by_text("Copied").wait_for()
    assert frame.locator("button[data-do=print]").count() == 0  # a sandboxed frame cannot print


def test_a_site_that_is_not_listed_cannot_show_the_questions(visit, own, other):
    stranger = Other()
    plain, element = snippets(own, "lang=en")
    page = visit("about:blank", quiet=("frame-ancestors", "Framing"), also=(stranger.origin,))
    for lines in (plain, element):
        other_url = stranger.page("/framing", lines)
        with page.expect_event("requestfailed", lambda r: "/embed/en/" in r.url):
            page.evaluate("url => { location.href = url; }", other_url)
        assert page.frame_locator(FRAME).locator("form").count() == 0
        assert page.evaluate("heard") == []
        assert page.get_by_role("link", name="Find the right place").is_visible()
    stranger.server.shutdown()


@pytest.mark.parametrize("script", [True, False])
def test_a_card_works_where_a_frame_may_hardly_do_anything(visit, own, other, script):
    """As WordPress shows it: sandbox="allow-scripts" and nothing more."""
    url = f"{own.origin}/oembed?url={own.origin}/de/in/DE"
    html = own.client.get(url).get_json()["html"].replace(embed.SANDBOX, "allow-scripts")
    assert 'sandbox="allow-scripts"' in html
    page = visit(other.page("/wordpress", html), script=script)
    frame = page.frame_locator(FRAME)
    frame.locator("article[data-primary]").wait_for()

    words = frame.locator("main").inner_text()
    for part in ("112", "116 111", "www.internet-beschwerdestelle.de", f"{own.origin.split('//')[1]}/de/in/DE"):
        assert part in words
    assert frame.locator(".button").first.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(7, 87, 99)"
    frame.get_by_role("link", name="English").click()
    frame.get_by_role("heading", name="Report it").wait_for()
    if script:
        assert {h["keys"] for h in page.evaluate("heard")} == {"height,type,version"}


def test_the_element_fits_a_card_and_believes_its_frame_only(visit, own, other):
    _plain, element = snippets(own, "lang=en&kind=card&region=DE")
    page = visit(other.page("/card", element), width=400, height=900)
    frame = page.frame_locator("hotline-router iframe")
    frame.locator("article[data-primary]").wait_for()
    page.wait_for_function("document.querySelector('iframe').style.blockSize !== '640px'")
    page.wait_for_timeout(100)
    size = page.locator("iframe").bounding_box()["height"]
    inside = frame.locator("html").evaluate("e => [e.scrollHeight, innerHeight]")
    assert inside[0] <= inside[1] == size
    assert size % 32 == 0

    # Neither the page, nor another frame in it, nor odd messages from the frame change it, not even for a moment.
    page.evaluate(
        """() => { window.sizes = []; const frame = document.querySelector('iframe');
        new MutationObserver(() => sizes.push(frame.style.blockSize)).observe(frame, {attributes: true}); }"""
    )
    good = "{type: 'hotline-router', version: 1, height: 320}"
    page.evaluate(f"postMessage({good}, '*')")
    page.evaluate(
        """message => { const e = document.createElement('iframe'); e.setAttribute('sandbox', 'allow-scripts');
        e.srcdoc = `<script>parent.postMessage(${message}, '*')</script>`; document.body.append(e); }""",
        good,
    )
    page.wait_for_function("heard.some((m) => m.origin === 'null' && m.height === 320)")
    heights = ("4128", "288", "'400'", "400.5", "NaN", "null")
    odd = [good.replace("320", height) for height in heights] + [good.replace("hotline-router", "x"), good.replace("1", "2")]
    for message in odd:
        frame.locator("html").evaluate(f"() => parent.postMessage({message}, '*')")
    page.wait_for_function(f"heard.length > {len(odd)}")
    assert set(page.evaluate("sizes")) <= {f"{size:.0f}px"}
    frame.locator("html").evaluate(f"() => parent.postMessage({good}, '*')")
    page.wait_for_function("sizes.includes('320px')")
    # Taken out and put back, there is one frame and one listener.
    page.evaluate(
        "(e => { const place = e.parentNode; e.remove(); place.append(e); })(document.querySelector('hotline-router'))"
    )
    assert page.locator("hotline-router iframe").count() == 1
    assert page.get_by_role("link", name="Germany").is_visible()


def test_a_changed_script_is_not_run(visit, own, other):
    _plain, element = snippets(own, "lang=en")
    altered = element.replace('integrity="sha384-', 'integrity="sha384-A')
    page = visit(other.page("/altered", altered), quiet=("integrity", "digest"))

    assert page.locator("iframe").count() == 0
    assert page.get_by_role("link", name="Find the right place").is_visible()


def test_the_package_asks_nothing_of_us(visit, own, other, tmp_path):
    embed.write_zip(own.app, tmp_path / "cards.zip", base_url="https://help.example")
    with zipfile.ZipFile(tmp_path / "cards.zip") as found:
        for name in found.namelist():
            other.pages["/hotline/" + name] = found.read(name)
        readme = found.read("README.txt").decode()
    lines = readme[readme.index("  <script") : readme.index("Numbers and")]
    asked = []
    page = visit("about:blank")
    page.context.on("request", lambda r: asked.append(r.url))
    page.goto(other.page("/own", lines, script=""))
    frame = page.frame_locator(FRAME)
    frame.locator("article[data-primary]").wait_for()
    page.wait_for_function("document.querySelector('iframe').style.blockSize !== '640px'")

    assert frame.locator(".button").first.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(7, 87, 99)"
    frame.get_by_role("link", name="العربية").click()
    frame.locator("html[dir=rtl] article").first.wait_for()
    assert asked
    assert all(url.startswith((other.origin, "data:")) for url in asked)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(chromium, own, scheme):
    context = chromium.new_context(viewport={"width": 360, "height": 640}, base_url=own.origin, color_scheme=scheme)
    page = context.new_page()
    for lang in ("en", "ar"):
        for path in (f"/embed/{lang}/", f"/embed/{lang}/card/DE", f"/embed/{lang}/?region=QQ", f"/{lang}/embed?region=DE"):
            page.goto(path)
            assert violations(page, scheme) == [], path
            no_sideways_scroll(page)
    page.goto("/embed/en/?region=DE&concern=sextortion&accent=plum")
    assert violations(page, scheme) == []
    page.click("form.questions > .button")
    page.wait_for_selector("ol.path")
    assert violations(page, scheme) == []
    no_sideways_scroll(page)
    context.close()


def test_pictures_of_frames(visit, own, other):
    for name, query, width, scheme in (
        ("form", "lang=en&region=DE&accent=plum", 360, "light"),
        ("form-ar", "lang=ar", 360, "dark"),
        ("card", "lang=en&kind=card&region=DE", 700, "light"),
        ("card-ar", "lang=ar&kind=card&region=MA", 360, "light"),
    ):
        _plain, element = snippets(own, query)
        page = visit(other.page("/shot", element), width=width, height=1400, color_scheme=scheme)
        frame = page.frame_locator(FRAME)
        frame.locator("h1").wait_for()
        page.wait_for_timeout(200)
        shot(page, f"embed-{name}")
        if name.startswith("form"):
            answer(frame, concern="sextortion", role="child", region="DE")
            page.wait_for_timeout(100)
            shot(page, f"embed-plan{name[4:]}")
