"""Fixtures and words that the tests share; page() is the only way a test fetches HTML."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import anyio
import pytest
import tinyhtml5
from tinyhtml5.parser import HTMLParser

from hotline_router.directory import Directory, load_directory
from hotline_router.export import write_site
from hotline_router.model import Channel, Evidence, Kind, Service
from hotline_router.web import create_app
from hotline_router.web.headers import GUIDE, PAGE

NOW = datetime(2026, 11, 27, 20, 0, tzinfo=UTC)  # a Friday evening
TODAY = NOW.date()
FORM = "application/x-www-form-urlencoded"
FEW = ("DE", "GB", "MA", "PR", "US")  # regions of a small copy
BASE = "https://help.example"  # where a copy is reached
SETTINGS = {"HOTLINE_ROUTER_CONTACT": "example operator"}
NEVER = "qqx"  # the language that will never exist


@pytest.fixture(scope="session")
def directory():
    return load_directory()


@pytest.fixture(scope="session")
def app(directory):
    many = {"HOTLINE_ROUTER_RATELIMIT_PAGES": "1000000 per minute"}  # the limits have tests of their own
    return create_app(directory, now=lambda: NOW, environment={"HOTLINE_ROUTER_CONTACT": "example operator", **many})


@pytest.fixture(scope="session")
def page(app):
    """Fetches a page and checks what every page must be; returns status, text, tree and find()."""
    client = app.test_client()

    def fetch(path, *, data=None, status=200, method=None, **kwargs):
        method = method or ("POST" if data is not None else "GET")
        response = client.open(path, method=method, data=data, **kwargs)
        assert response.status_code == status
        guide = status == 200 and re.match(r"/\w+/(in|on|about|help|card)/", path)
        return checked_page(response, GUIDE if guide else PAGE)

    return fetch


def checked_page(response, headers=PAGE):
    text = response.get_data(as_text=True)
    assert response.mimetype == "text/html"
    for name, value in headers.items():
        assert response.headers[name] == value, name
    assert "Set-Cookie" not in response.headers
    parser = HTMLParser(namespace_html_elements=False)
    parser.parse(text)
    assert parser.errors == []
    tree = tinyhtml5.parse(text, namespace_html_elements=False)
    assert tree.get("lang"), "no language"
    assert tree.get("dir") in {"ltr", "rtl"}
    assert len(tree.findall(".//h1")) == 1
    assert (tree.findtext(".//title") or "").strip()
    ids = Counter(e.get("id") for e in tree.iter() if e.get("id"))
    assert [i for i, n in ids.items() if n > 1] == []
    labelled = {label.get("for") for label in tree.iter("label")}
    wrapped = {field for label in tree.iter("label") for field in label.iter() if field.tag in {"input", "select"}}
    for field in tree.iter():
        if field.tag in {"input", "select"} and field.get("type") != "hidden":
            assert field in wrapped or field.get("id") in labelled, f"no label: {field.attrib}"
    for link in tree.iter("a"):
        assert re.match(r"https://|tel:|sms:|mailto:|/|#", link.get("href", "")), link.attrib
        if link.get("target") == "_blank":
            assert "noreferrer" in link.get("rel", "")
            assert "noopener" in link.get("rel", "")
    for element in tree.iter():
        assert element.tag not in {"img", "iframe", "object", "embed", "textarea"}
        assert not any(name.startswith("on") or name == "style" for name in element.attrib), "inline script or style"
        assert not (element.tag == "input" and element.get("type") not in {"radio", "checkbox", "hidden"})
    return SimpleNamespace(
        status=response.status_code,
        headers=response.headers,
        text=text,
        tree=tree,
        words=" ".join(" ".join(t for t in tree.find("body").itertext()).split()),
        find=lambda path: tree.findall(path),
    )


def to_string(element):
    return ET.tostring(element, encoding="unicode")


def run_async(talk):
    """What a coroutine function gives. It has a thread of its own: Playwright keeps a loop running in that of the tests."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(anyio.run, talk).result()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start_store(port):
    """A real Valkey or Redis server on loopback, keeping nothing on disk."""
    binary = shutil.which("valkey-server") or shutil.which("redis-server")
    assert binary, "install valkey-server or redis-server"
    process = subprocess.Popen(
        [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL,
    )
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 0.1).close()
            return process
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the store did not start")


@pytest.fixture
def store():
    port = free_port()
    process = start_store(port)
    yield port, process
    process.kill()
    process.wait()


@pytest.fixture(scope="session")
def whole_copy(directory, tmp_path_factory):
    """The static site in one language, that which has most to go wrong."""
    folder = tmp_path_factory.mktemp("whole") / "site"
    report = write_site(folder, directory, languages=["ar"], base_url=BASE, now=NOW, environment=SETTINGS)
    return SimpleNamespace(folder=folder, report=report)


@pytest.fixture(scope="session")
def odd(directory):
    """The directory and a hotline whose number works in Morocco and in a part of Germany only."""
    evidence = Evidence(
        url="https://line.example/", kind="official", read=TODAY, how="published-page", supports=("name", "channels", "regions")
    )
    line = Service(
        id="ma-example",
        name="Example line",
        kind=Kind.HOTLINE,
        regions=("MA", "DE-BE"),
        hosts=("line.example",),
        channels=(Channel(type="web", url="https://line.example/report"), Channel(type="phone", number="0800 123456")),
        evidence=(evidence,),
    )
    d = directory
    return Directory({**d.services, line.id: line}, d.platforms, d.concerns, d.steps, d.pages, d.exemptions, d.version)


@pytest.fixture(scope="session")
def few_copies(odd, tmp_path_factory):
    """Few regions of the odd directory in two languages, twice, and once without an address."""
    top = tmp_path_factory.mktemp("few")
    for name, languages, base in (("first", ["de", "en"], BASE), ("second", ["en", "de"], BASE), ("bare", ["de"], "")):
        write_site(top / name, odd, languages=languages, base_url=base, now=NOW, regions=FEW, environment=SETTINGS)
    return SimpleNamespace(first=top / "first", second=top / "second", bare=top / "bare")
