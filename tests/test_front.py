"""Public pages from memory: the same bytes and headers, once a day, and nothing that a reader can choose is kept."""

from datetime import timedelta

import pytest

from hotline_router.web import create_app
from hotline_router.web.fragments import Kept
from hotline_router.web.front import Front
from tests.conftest import FORM, NOW

PUBLIC = ("/en/in/DE", "/ar/card/EG", "/fr/on/instagram", "/de/help/privacy", "/sitemap.xml", "/robots.txt", "/api/v1/regions")
PRIVATE = (
    ("GET", "/en/", {}),
    ("GET", "/", {}),
    ("GET", "/healthz", {}),
    ("GET", "/en/in/ZZ", {}),
    ("GET", "/en/in/DE?a=b", {}),
    ("HEAD", "/en/in/DE", {}),
    ("POST", "/en/plan", {"content_type": FORM, "data": {"region": "DE"}}),
    ("POST", "/api/v1/plan", {"json": {"region": "DE"}}),
    ("GET", "/api/v1/plan?region=DE", {}),
)


class Clock:
    now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def client_of(directory, clock, **settings):
    app = create_app(directory, now=clock, environment={"HOTLINE_ROUTER_CONTACT": "example", **settings})
    front = app.wsgi_app
    while not isinstance(front, Front):
        front = front.application
    return app.test_client(), front


@pytest.fixture
def kept(directory, clock):
    return client_of(directory, clock, HOTLINE_ROUTER_BASE_URL="https://help.example")


@pytest.mark.parametrize("path", PUBLIC)
def test_from_memory_as_from_the_app(kept, path):
    client, front = kept
    first = client.get(path)
    assert path in front.pages
    again = client.get(path)

    assert first.status_code == again.status_code == 200
    assert first.data == again.data
    assert sorted(first.headers) == sorted(again.headers)
    assert client.get(path, headers={"Host": "evil.example"}).data == first.data
    head = client.head(path)
    assert (head.data, sorted(head.headers)) == (b"", sorted(first.headers))


def test_what_the_reader_has_is_not_sent_again(kept):
    client, _ = kept
    client.get("/en/in/DE")
    tag = client.get("/en/in/DE").headers["ETag"]
    same = client.get("/en/in/DE", headers={"If-None-Match": tag})

    assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", tag)
    assert "Content-Length" not in same.headers
    assert same.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert client.get("/en/in/DE", headers={"If-None-Match": '"other"'}).status_code == 200
    assert client.get("/en/in/DE", headers={"If-None-Match": "W/" + tag}).status_code == 304


@pytest.mark.parametrize(("method", "path", "more"), PRIVATE)
def test_nothing_else_is_kept(kept, method, path, more):
    client, front = kept
    client.open(path, method=method, **more)

    assert front.pages == {}


def test_without_the_operators_address_nothing_is_kept(directory, clock):
    client, front = client_of(directory, clock)
    client.get("/en/in/DE")

    assert front.pages is None


def test_a_new_day_begins_anew(kept, clock):
    client, front = kept
    for path in PUBLIC:
        client.get(path)
    clock.now = NOW + timedelta(days=1)
    client.get("/en/in/FR")

    assert set(front.pages) == {"/en/in/FR"}


def test_pages_from_memory_are_not_counted(directory, clock):
    few = {"HOTLINE_ROUTER_BASE_URL": "https://help.example", "HOTLINE_ROUTER_RATELIMIT_PAGES": "2 per minute"}
    client, _ = client_of(directory, clock, **few)

    assert {client.get("/en/in/DE").status_code for _ in range(9)} == {200}
    assert [client.get("/en/").status_code for _ in range(3)] == [200, 200, 429]


def test_tls_is_said_where_it_is(kept):
    client, _ = kept
    for _ in range(2):
        assert "Strict-Transport-Security" not in client.get("/en/in/DE").headers
        secure = client.get("/en/in/DE", base_url="https://localhost")
        assert secure.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_memory_has_an_end():
    kept = Kept(10)
    kept.put("a", "aaaa", 4)
    kept.put("b", "bbbb", 4)
    kept.put("c", "cccc", 4)

    assert (dict(kept), kept.left) == ({"c": "cccc"}, 6)
