"""Guides, cards and the small helps of the script, in Chromium."""

import io

import pytest
import zxingcpp
from PIL import Image

from hotline_router import places
from hotline_router.i18n import LANGUAGES
from tests.browser.test_browser import DOCS, SHOTS, ask, no_sideways_scroll, shot, violations

KINDS = (
    "/in/",
    "/in/DE",
    "/in/MA",
    "/on/",
    "/on/instagram",
    "/about/",
    "/about/sextortion",
    "/card/DE",
    "/card/IN/large",
)


@pytest.fixture
def kinds(directory):
    platforms = directory.shown_platforms
    silent = next(p.id for p in platforms.values() if not p.channels and not p.in_app)
    return [*KINDS, f"/on/{silent}", *(f"/help/{page}" for page in directory.pages)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_axe_finds_nothing_on_a_guide(tab, kinds, lang, scheme):
    page = tab(script=True, color_scheme=scheme)
    for path in kinds:
        page.goto(f"/{lang}{path}")
        assert violations(page, scheme) == [], path


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_guide_scrolls_sideways_at_320(tab, kinds, lang):
    page = tab(width=320, height=568)
    for path in kinds:
        page.goto(f"/{lang}{path}")
        no_sideways_scroll(page)


def test_the_code_of_a_card_leads_to_its_region(tab):
    page = tab(width=600, height=900)
    for path, region in (("/en/card/DE", "en/in/DE"), ("/ar/card/MA/large", "ar/in/MA")):
        page.goto(path)
        picture = Image.open(io.BytesIO(page.locator("svg.qr").screenshot()))
        assert [code.text for code in zxingcpp.read_barcodes(picture)] == [f"https://help.example/{region}"]


def test_a_card_is_one_page_of_a6_in_print_and_large_is_a4(tab):
    page = tab()
    for path, wide in (("/de/card/DE", 105), ("/en/card/IN", 105), ("/ar/card/MA", 105), ("/de/card/DE/large", 210)):
        page.goto(path)
        pdf = page.pdf(prefer_css_page_size=True, format="A4")
        assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") == 1, path
        box = pdf.split(b"/MediaBox [0 0 ")[1].split()[0]
        assert abs(float(box) / 72 * 25.4 - wide) < 1.5


def test_the_order_of_names_is_that_of_the_browsers_own_collator(tab):
    page = tab(script=True)
    page.goto("/en/")
    for lang in LANGUAGES:
        names = [name for _, name in places.sorted_regions(lang)]
        assert page.evaluate("([lang, names]) => [...names].sort(new Intl.Collator(lang).compare)", [lang, names]) == names


def test_typing_finds_an_entry_of_a_long_list_and_is_never_sent(tab):
    page = tab(script=True)
    page.goto("/de/")
    sent = []
    page.on("request", lambda r: sent.append(r.post_data or ""))
    page.fill("#region-find", "öster")
    assert page.input_value("select[name=region]") == "AT"
    page.fill("#platform-find", "Instagram")
    assert page.input_value("select[name=platform]") == "instagram"
    # With inputs for text, Chromium would ask its maker's server about the form.
    assert page.locator("input:not([type=radio], [type=checkbox], [type=hidden])").count() == 0
    page.click("form.questions > .button")
    page.wait_for_selector("ol.path")

    assert [body for body in sent if "region" in body] == ["region=AT&platform=instagram&child_region="]


def test_the_short_text_can_be_copied(tab):
    page = tab(script=True)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page)
    page.click(".take summary")
    page.click("button[data-do=copy]")

    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#brief").text_content()
    assert page.locator("button[data-do=copy]").text_content() == "Copied"


def test_without_script_no_button_stands_that_does_nothing(tab):
    page = tab()
    ask(page)
    assert page.locator("button.needs-script:visible").count() == 0
    page.goto("/en/card/DE")
    assert page.locator("button.needs-script:visible").count() == 0


def test_a_guide_brings_what_it_knows_into_the_questions(tab):
    page = tab()
    page.goto("/en/in/NO")
    page.click("form.ask button")

    assert page.input_value("select[name=region]") == "NO"


@pytest.mark.parametrize("path", ["/en/", "/de/in/DE", "/ar/help/parents"])
def test_focus_is_never_covered_and_targets_are_large_enough(tab, path):
    page = tab(script=True, height=480)
    page.goto(path)
    bar = page.locator(".bar").bounding_box()
    for _ in range(60):
        page.keyboard.press("Tab")
        box = page.evaluate(
            """() => { const e = document.activeElement; if (!e || e === document.body) return null;
            const r = e.getBoundingClientRect(); const b = !!e.closest('.bar, .skip');
            return {y: r.y, h: r.height, w: r.width, bar: b, ring: getComputedStyle(e).outlineStyle}; }"""
        )
        if box is None:
            break
        assert box["ring"] != "none"
        assert box["bar"] or box["y"] + box["h"] > bar["height"] - 1, "under the bar"
        assert box["y"] < 480
        assert min(box["h"], box["w"]) >= 24 or box["bar"]


def test_four_times_enlarged_nothing_is_lost(tab):
    page = tab(width=320, height=256)  # 1280 by 1024 at 400 %
    ask(page)
    no_sideways_scroll(page)
    assert page.evaluate("getComputedStyle(document.querySelector('.bar')).position") == "static"


def test_nothing_moves(tab):
    page = tab(script=True)
    for path in ("/en/", "/en/in/DE"):
        page.goto(path)
        assert page.evaluate("document.getAnimations().length") == 0
        assert page.evaluate("[...document.querySelectorAll('*')].every(e => getComputedStyle(e).transitionDuration === '0s')")


def test_numbers_keep_their_direction_in_arabic(tab):
    page = tab()
    page.goto("/ar/in/MA")
    texts = page.locator("a[href^='tel:']").all_text_contents()

    assert texts
    assert all("\u2066" in text for text in texts)


def test_pictures_of_the_guides(tab):
    for name, path, kwargs in (
        ("form", "/en/", {"script": True}),
        ("region", "/en/in/DE", {}),
        ("dark-arabic", "/ar/in/MA", {"color_scheme": "dark"}),
        ("card", "/en/card/DE", {}),
        ("parents", "/en/help/parents", {}),
    ):
        page = tab(width=390, height=1000, **kwargs)
        page.goto(path)
        shot(page, name)
        fresh, kept = SHOTS / f"{name}.png", DOCS / f"{name}.png"
        if not kept.exists():
            kept.write_bytes(fresh.read_bytes())
        assert kept.stat().st_size < 150_000
