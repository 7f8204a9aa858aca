"""Rate limits: keyed on a keyed hash of a network, generous, and open when the store is down."""

import signal
import time

import pytest

from hotline_router.web import create_app
from hotline_router.web.limits import bucket
from tests.conftest import checked_page, start_store

KEY = b"k" * 32
FEW = {"HOTLINE_ROUTER_RATELIMIT_PAGES": "3 per minute"}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.200", True),
        ("192.0.2.1", "192.0.3.1", False),
        ("2001:db8:1:2::1", "2001:db8:1:ffff::9", True),
        ("2001:db8:1::1", "2001:db8:2::1", False),
        ("::ffff:192.0.2.1", "192.0.2.9", True),
        ("not an address", "", True),
    ],
)
def test_a_bucket_is_a_network(one, other, same):
    assert (bucket(one, KEY) == bucket(other, KEY)) is same


def test_a_bucket_tells_nothing_without_the_key():
    assert "192" not in bucket("192.0.2.1", KEY)
    assert bucket("192.0.2.1", KEY) != bucket("192.0.2.1", b"x" * 32)


def statuses(app, n, **environ):
    client = app.test_client()
    return [client.get("/en/", environ_overrides=environ).status_code for _ in range(n)]


def test_too_many_requests_get_a_kind_page(directory):
    app = create_app(directory, environment=FEW)

    assert statuses(app, 4) == [200, 200, 200, 429]
    refused = app.test_client().get("/de/")
    assert checked_page(refused).find(".//p[@class='emergency']")
    assert statuses(app, 1, REMOTE_ADDR="203.0.113.9") == [200]


def test_forwarded_addresses_are_not_believed(directory):
    app = create_app(directory, environment=FEW)
    client = app.test_client()
    seen = [client.get("/en/", headers={"X-Forwarded-For": f"203.0.{i}.1"}).status_code for i in range(4)]

    assert seen == [200, 200, 200, 429]


def test_pages_are_generous(directory):
    assert set(statuses(create_app(directory, environment={}), 200)) == {200}


def test_workers_share_one_limit_and_the_store_holds_no_address(directory, store):
    import redis

    port, _ = store
    env = {**FEW, "HOTLINE_ROUTER_RATELIMIT_STORAGE": f"redis://127.0.0.1:{port}", "HOTLINE_ROUTER_RATELIMIT_KEY": "shared"}
    one, other = create_app(directory, environment=env), create_app(directory, environment=env)

    assert statuses(one, 2) + statuses(other, 2) == [200, 200, 200, 429]
    with redis.Redis(port=port) as client:
        keys = [key.decode() for key in client.keys("*")]
    assert keys
    assert all("127" not in key.split("/")[1] and bucket("127.0.0.1", b"shared") in key for key in keys)


def test_a_store_that_hangs_dies_and_comes_back(directory, store):
    """Open at once while it is away, and limited again by itself when it is back."""
    port, process = store
    env = {**FEW, "HOTLINE_ROUTER_RATELIMIT_STORAGE": f"redis://127.0.0.1:{port}", "HOTLINE_ROUTER_RATELIMIT_KEY": "shared"}
    app = create_app(directory, environment=env)
    assert statuses(app, 4) == [200, 200, 200, 429]

    process.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    assert statuses(app, 10) == [200] * 10
    assert time.monotonic() - began < 5  # ten pages and ten waits of 50 ms take about one second
    process.send_signal(signal.SIGCONT)
    assert 429 in statuses(app, 5)

    process.kill()
    process.wait()
    assert statuses(app, 10) == [200] * 10

    again = start_store(port)
    try:
        assert 429 in statuses(app, 8)
    finally:
        again.kill()
        again.wait()


def test_proxies_are_believed_only_as_many_as_the_operator_says(directory):
    def seen(proxies, forwarded):
        app = create_app(directory, environment={**FEW, "HOTLINE_ROUTER_TRUSTED_PROXIES": proxies})
        client = app.test_client()
        return [client.get("/en/", headers={"X-Forwarded-For": text}).status_code for text in forwarded]

    clients = [f"203.0.{i}.1" for i in range(5)]
    assert seen("1", clients) == [200] * 5
    # What the client itself puts in front of the proxy's entry is not believed.
    assert seen("1", [f"{client}, 198.51.100.7" for client in clients]) == [200, 200, 200, 429, 429]
    assert seen("0", clients) == [200, 200, 200, 429, 429]


@pytest.mark.parametrize("wrong", ["yes", "-1", "9", "1.5"])
def test_a_wrong_number_of_proxies_is_refused_at_the_start(directory, wrong):
    with pytest.raises(ValueError, match="HOTLINE_ROUTER_TRUSTED_PROXIES"):
        create_app(directory, environment={"HOTLINE_ROUTER_TRUSTED_PROXIES": wrong})


def test_a_refused_reader_sees_the_number_and_the_way_to_their_region(directory):
    app = create_app(directory, environment=FEW)
    client = app.test_client()
    german = {"Accept-Language": "de-DE"}
    for _ in range(4):
        refused = client.get("/de/", headers=german)

    found = checked_page(refused)
    assert refused.status_code == 429
    assert "112" in found.words
    assert found.find(".//a[@href='/de/in/DE']")
