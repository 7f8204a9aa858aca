"""Journeys in Chromium: without script, right to left, at 320 px, dark, printed, and with axe."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from hotline_router.i18n import LANGUAGES

SHOTS = Path(__file__).parent.parent / "shots"
DOCS = Path(__file__).parent.parent.parent / "docs"
ANSWERS = {"region": "DE", "platform": "instagram"}


def ask(page, lang="en", concern="sextortion", role="child", danger=False, tried=False, **places):
    """Fills the form by hand and sends it."""
    page.goto(f"/{lang}/")
    page.check(f"input[name=concern][value={concern}]")
    page.check(f"input[name=role][value={role}]")
    for name, value in {**ANSWERS, **places}.items():
        page.select_option(f"select[name={name}]", value)
    if danger:
        page.check("input[name=danger]")
    if tried:
        page.check("input[name=tried_platform]")
    page.click("form.questions button")
    page.wait_for_selector("ol.path")


def no_sideways_scroll(page):
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def violations(page, scheme="light"):
    """What axe finds; in the dark only what depends on colour, as all else is the same page."""
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    dark = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
    found = Axe().run(page, options=dark if scheme == "dark" else {"runOnly": rules})
    return [(v["id"], [n["html"][:200] for n in v["nodes"]][:3]) for v in found.response["violations"]]


def shot(page, name, **kwargs):
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", **kwargs)


def test_form_to_plan_without_script(tab, site):
    page = tab()
    ask(page)

    assert page.url == f"{site}/en/plan"
    assert page.title() == "Your plan"
    assert page.locator("article[data-primary]").count() == 1
    assert page.locator("a[href='tel:112']").first.is_visible()
    page.click("button[name=change]")
    assert page.locator("input[value=sextortion]").is_checked()
    assert page.input_value("select[name=region]") == "DE"


def test_the_first_thing_to_do_is_on_the_first_screen(tab):
    page = tab()
    ask(page)

    assert page.locator("ol.path .advice li").first.bounding_box()["y"] < 640
    assert page.locator("p.emergency a").first.bounding_box()["y"] < 200
    shot(page, "plan-en-360-first")


def test_in_danger_the_number_is_the_first_thing(tab):
    page = tab()
    ask(page, danger=True)

    box = page.locator("section.danger a.button").first.bounding_box()
    assert box["y"] + box["height"] < 400
    assert box["height"] >= 44
    shot(page, "danger-en-360")


def test_each_button_of_a_plan_is_as_large_as_a_finger(tab):
    page = tab(script=True)
    ask(page)
    heights = page.locator("main button:visible, main a.button:visible, main a.plain:visible").evaluate_all(
        "found => found.map(e => e.getBoundingClientRect().height)"
    )

    assert len(heights) > 5
    assert min(heights) >= 44


def test_the_language_can_be_changed_on_the_plan(tab):
    page = tab()
    ask(page)
    page.click("footer button[lang=ar]")

    assert page.locator("html").get_attribute("dir") == "rtl"
    assert page.locator("article[data-primary]").count() == 1


def test_errors_are_linked_to_their_field(tab):
    page = tab(script=True)
    page.goto("/en/")
    page.evaluate("document.querySelector('[value=grooming]').value = 'nothing'")
    page.check("input[value=nothing]")
    page.click("form.questions button")

    assert page.title().startswith("Error:")
    page.click(".problems a")
    assert page.url.endswith("#concern")


def test_leave_this_page_is_a_real_link(tab):
    page = tab()
    page.goto("/en/")
    link = page.locator("a.exit")

    assert link.get_attribute("href").startswith("https://")
    assert link.bounding_box()["height"] >= 44


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_scrolls_sideways_at_320(tab, lang):
    page = tab(width=320, height=568)
    page.goto(f"/{lang}/")
    no_sideways_scroll(page)
    shot(page, f"form-{lang}-320", full_page=True)
    ask(page, lang, tried=True, danger=True)
    no_sideways_scroll(page)
    shot(page, f"plan-{lang}-320", full_page=True)
    page.goto(f"/{lang}/nowhere")
    no_sideways_scroll(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_axe_finds_nothing(tab, lang, scheme):
    page = tab(script=True, color_scheme=scheme)
    page.goto(f"/{lang}/")
    assert violations(page, scheme) == []
    for answers in (
        {},
        {"concern": "live-abuse", "role": "witness", "danger": True, "region": "US", "platform": "telegram"},
        {"concern": "own-thoughts", "role": "parent", "region": "GB"},
        {"concern": "promotion", "role": "professional", "tried": True, "region": "FR"},
    ):
        ask(page, lang, **answers)
        assert violations(page, scheme) == []
    page.goto(f"/{lang}/nowhere")
    assert violations(page, scheme) == []
    page.goto(f"/{lang}/")
    page.evaluate("document.querySelector('[value=grooming]').value = 'nothing'")
    page.check("input[value=nothing]")
    page.click("form.questions > .button")
    page.wait_for_selector(".problems")
    assert violations(page, scheme) == []


def test_pages_in_forced_colours_and_in_print(tab):
    page = tab(forced_colors="active", width=360)
    ask(page)
    shot(page, "plan-en-forced", full_page=True)
    page.emulate_media(media="print")
    assert not page.locator("a.exit").is_visible()
    assert page.locator("article[data-primary]").is_visible()
    shot(page, "plan-en-print", full_page=True)


@pytest.mark.parametrize("script", [False, True])
def test_keyboard_alone(tab, script):
    page = tab(script=script)
    page.goto("/en/")
    page.keyboard.press("Tab")
    assert page.locator(".skip:focus").count() == 1
    page.keyboard.press("Enter")
    page.focus("input[value=sextortion]")
    page.keyboard.press("Space")
    page.focus("form.questions > .button")
    page.keyboard.press("Enter")
    page.wait_for_selector("ol.path")


def test_pictures(tab):
    """The pictures of the README and those that a developer looks at."""
    page = tab(width=1280, height=900)
    ask(page)
    shot(page, "plan-en-1280", full_page=True)
    page = tab(color_scheme="dark")
    ask(page, "ar", danger=False)
    shot(page, "plan-ar-dark-360", full_page=True)
    page = tab(width=390, height=1500)
    ask(page)
    DOCS.mkdir(exist_ok=True)
    shot(page, "plan")
    fresh, kept = SHOTS / "plan.png", DOCS / "plan.png"
    assert fresh.stat().st_size < 150_000
    if not kept.exists():
        kept.write_bytes(fresh.read_bytes())
    assert kept.stat().st_size < 150_000
