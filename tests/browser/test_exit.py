"""Leaving at once, in Chromium: with and without script, by keyboard, and what 'back' shows."""

from tests.browser.test_browser import ask


def test_the_button_leaves_and_back_does_not_show_the_plan(tab):
    page = tab(script=True, leaves=True)
    ask(page)
    page.wait_for_load_state("load")
    page.click("a.exit")
    page.wait_for_url("https://www.wikipedia.org/")
    assert page.title() == "Dull"

    page.go_back(wait_until="load")  # the plan's own entry is gone: this is the form before it
    assert page.url.endswith("/en/")
    assert page.locator("ol.path").count() == 0
    assert page.locator("input:checked").count() == 0 or page.locator("form.questions").is_visible()


def test_the_button_leaves_without_script(tab):
    page = tab(leaves=True)
    ask(page)
    page.click("a.exit")
    page.wait_for_url("https://www.wikipedia.org/")

    assert page.title() == "Dull"


def test_shift_three_times_leaves(tab):
    page = tab(script=True, leaves=True)
    page.goto("/en/in/DE")
    for _ in range(3):
        page.keyboard.press("Shift")
    page.wait_for_url("https://www.wikipedia.org/")

    assert page.title() == "Dull"


def test_shift_for_writing_or_shift_too_slow_does_not_leave(tab):
    page = tab(script=True, leaves=True)
    page.clock.install()
    page.goto("/en/")
    for _ in range(5):
        page.keyboard.press("Shift+Tab")
    for _ in range(4):
        page.keyboard.press("Shift")
        page.clock.run_for(5100)
    page.keyboard.press("Shift")
    page.keyboard.press("Shift")
    page.keyboard.press("a")
    page.keyboard.press("Shift")

    assert page.url.endswith("/en/")
    assert page.locator("h1").is_visible()


def test_the_page_is_covered_at_once_even_when_the_other_site_is_slow(tab):
    page = tab(script=True, leaves=True)
    ask(page)
    page.wait_for_load_state("load")  # the script listens now
    waiting = []
    page.context.route("https://www.wikipedia.org/**", lambda route: waiting.append(route))  # no answer yet
    state = page.evaluate(
        """() => { document.querySelector('a.exit').click();
        return [document.title, !!document.querySelector('.cover'), document.querySelectorAll('ol.path').length]; }"""
    )
    for route in list(waiting):
        route.abort()

    assert state == ["Loading", True, 0]


def test_a_link_in_a_new_tab_is_left_to_the_browser(tab):
    page = tab(script=True, leaves=True)
    page.goto("/en/")
    with page.context.expect_page():
        page.click("a.exit", modifiers=["Control"])

    assert page.url.endswith("/en/")
    assert page.locator("h1").is_visible()
