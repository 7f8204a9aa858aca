"""A real Chromium against a real server on loopback."""

import os
import shutil
import threading

import pytest
from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from hotline_router.web import EXIT_URL, create_app
from tests.conftest import NOW

# Without these Chromium asks its makers' hosts for things at every start.
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
QUIET += ["--disable-component-update", "--disable-sync", "--disable-default-apps"]
CHROMIUM_PATH = os.environ.get("HOTLINE_ROUTER_CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
LOUD = {"error", "warning"}


@pytest.fixture(scope="session")
def site(directory):
    """Address of the app on loopback."""
    app = create_app(
        directory,
        now=lambda: NOW,
        environment={
            "HOTLINE_ROUTER_CONTACT": "example operator",
            "HOTLINE_ROUTER_BASE_URL": "https://help.example",
            "HOTLINE_ROUTER_RATELIMIT_PAGES": "100000 per minute",
        },
    )
    server = make_server("127.0.0.1", 0, app, threaded=True)
    import logging

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()


@pytest.fixture(scope="session")
def chromium():
    assert CHROMIUM_PATH, "install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM_PATH, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium, site):
    """Opens a tab: tab(width=360, script=False); fails on any request to another host or console error.

    leaves: the place where 'Leave this page' leads may be asked for; a dull page stands in for it.
    """
    contexts, strange, said = [], [], []

    def open_tab(*, width=360, height=640, script=False, leaves=False, **kwargs):
        context = chromium.new_context(
            viewport={"width": width, "height": height}, java_script_enabled=script, base_url=site, **kwargs
        )
        contexts.append(context)
        page = context.new_page()
        known = (site, "data:", EXIT_URL) if leaves else (site, "data:")
        if leaves:
            dull = "<!doctype html><html lang=en><title>Dull</title><link rel=icon href=data:,><h1>Dull</h1>"
            context.route(EXIT_URL + "**", lambda route: route.fulfill(body=dull, content_type="text/html"))
        page.on("request", lambda r: None if r.url.startswith(known) else strange.append(r.url))
        expected = "status of 4"  # Chromium reports our own error pages
        page.on("console", lambda m: said.append(m.text) if m.type in LOUD and expected not in m.text else None)
        return page

    yield open_tab
    for context in contexts:
        assert context.cookies() == []
        context.close()
    assert strange == []
    assert said == []
