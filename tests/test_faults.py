"""Real server processes that are killed, stopped, starved and kept waiting: nothing lost, no wrong answer."""

import http.client
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from hotline_router.directory import DATA
from hotline_router.web import create_app
from tests.conftest import FORM, checked_page, free_port

BODY = "concern=sextortion&region=DE&platform=instagram&role=child"
DONE = b"</html>"


def fetch(port, method, path, body=None, timeout=10):
    """The status and the whole page; OSError or HTTPException when the connection broke."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, body, {"Content-Type": FORM} if body else {})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


class Server:
    """`hotline-router serve` in a process of its own."""

    def __init__(self, *args, preexec_fn=None, **env):
        self.port = free_port()
        command = [sys.executable, "-m", "hotline_router", "serve", "--port", str(self.port), *args]
        many = {"HOTLINE_ROUTER_RATELIMIT_PAGES": "1000000 per minute", "PYTHONDONTWRITEBYTECODE": "1"}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, **many, **env}, preexec_fn=preexec_fn
        )
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError(self.process.stdout.read1())

    def ask(self, timeout=10):
        """A plan: the status and the whole page."""
        return fetch(self.port, "POST", "/en/plan", BODY, timeout)

    def workers(self):
        found = subprocess.run(
            ["ps", "--ppid", str(self.process.pid), "-o", "pid="], capture_output=True, text=True, check=False
        )
        return [int(pid) for pid in found.stdout.split()]

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def start():
    servers = []

    def make(*args, **kwargs):
        servers.append(Server(*args, **kwargs))
        return servers[-1]

    yield make
    for server in servers:
        server.stop()


def crowd(server, seconds, clients=6):
    """Clients that ask without pause; gives the answers and what broke."""
    answers, broken = [], []
    until = time.monotonic() + seconds

    def one():
        while time.monotonic() < until:
            try:
                answers.append(server.ask())
            except (OSError, http.client.HTTPException) as error:
                broken.append(type(error).__name__)
                time.sleep(0.05)

    threads = [threading.Thread(target=one) for _ in range(clients)]
    for thread in threads:
        thread.start()
    return threads, answers, broken


def whole(answers):
    return all(status == 200 and body.rstrip().endswith(DONE) and b"116 111" in body for status, body in answers)


def test_a_worker_killed_under_load(start):
    server = start("--workers", "2")
    threads, answers, broken = crowd(server, 4)
    time.sleep(1)
    before = server.workers()
    os.kill(before[0], signal.SIGKILL)
    for thread in threads:
        thread.join()

    assert len(before) == 2
    assert len(answers) > 20
    assert whole(answers)
    assert len(broken) <= 12  # what that worker was just doing
    assert len(server.workers()) == 2
    assert before[0] not in server.workers()
    assert server.ask()[0] == 200


def test_stopping_finishes_what_was_begun(start):
    server = start("--workers", "2")
    threads, answers, broken = crowd(server, 3)
    time.sleep(1.5)
    server.process.send_signal(signal.SIGTERM)
    code = server.process.wait(15)
    for thread in threads:
        thread.join()

    assert code == 0
    assert len(answers) > 5
    assert whole(answers)
    # After the stop nobody listens: a connection is refused or reset, never cut in the middle of a page.
    assert set(broken) <= {"ConnectionRefusedError", "ConnectionResetError", "RemoteDisconnected", "BrokenPipeError"}


def test_two_hundred_slow_clients_keep_nobody_waiting(start):
    server = start("--workers", "2")
    slow = []
    try:
        for _ in range(200):
            s = socket.create_connection(("127.0.0.1", server.port), 5)
            s.sendall(b"POST /en/plan HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n")
            slow.append(s)
        time.sleep(0.5)
        began = time.monotonic()
        status, body = server.ask(timeout=20)
        waited = time.monotonic() - began
    finally:
        for s in slow:
            s.close()

    assert status == 200
    assert body.rstrip().endswith(DONE)
    assert waited < 15


def test_a_full_disk_is_no_matter(start):
    def full():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # not one byte can be written to a file

    server = start(preexec_fn=full)
    for _ in range(20):
        status, body = server.ask()
        assert status == 200
        assert body.rstrip().endswith(DONE)


def test_the_store_is_away_from_the_start(start):
    server = start(
        HOTLINE_ROUTER_RATELIMIT_STORAGE=f"redis://127.0.0.1:{free_port()}",
        HOTLINE_ROUTER_RATELIMIT_PAGES="3 per minute",
        HOTLINE_ROUTER_RATELIMIT_KEY="shared",
    )

    assert [server.ask()[0] for _ in range(8)] == [200] * 8


CHANGED_DATA = """
import sys
from pathlib import Path
from hotline_router import directory, web
port, data = sys.argv[1:]
web.load_directory = lambda: directory.load_directory(Path(data))
from hotline_router.cli import main
main(["serve", "--port", port, "--workers", "2"])
"""


def test_a_reload_brings_new_data_and_keeps_the_old_when_they_are_broken(tmp_path):
    data = tmp_path / "data"
    shutil.copytree(DATA, data)
    file = data / "platforms" / "instagram.toml"
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", CHANGED_DATA, str(port), str(data)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )

    def shows(name):
        for _ in range(200):
            with suppress(OSError, http.client.HTTPException):
                if f"<bdi>{name}</bdi>".encode() in fetch(port, "GET", "/en/on/instagram")[1]:
                    return True
            time.sleep(0.05)
        return False

    try:
        assert shows("Instagram")
        whole_text = file.read_text("utf-8")
        file.write_text(whole_text.replace('name = "Instagram"', 'name = "Example One"', 1), "utf-8")
        process.send_signal(signal.SIGHUP)
        assert shows("Example One")
        file.write_text("name = 1\nname = 2\n", "utf-8")
        process.send_signal(signal.SIGHUP)
        time.sleep(1.5)
        assert shows("Example One")
    finally:
        process.terminate()
        process.wait(15)
        said = process.stderr.read()
        process.stderr.close()
    assert "kept what was running" in said
    assert "platforms/instagram.toml" in said


def test_a_clock_that_jumps(directory):
    clock = {"now": datetime(2026, 11, 27, 20, tzinfo=UTC)}
    app = create_app(directory, now=lambda: clock["now"], environment={})
    client = app.test_client()

    def numbers():
        return "116 111" in checked_page(client.post("/en/plan", data=BODY, content_type=FORM)).words

    assert numbers()
    for jump in (timedelta(days=-20_000), timedelta(days=3), timedelta(hours=-5)):
        clock["now"] += jump
        assert numbers()
        assert client.get("/en/in/DE").status_code == 200
    clock["now"] = datetime(2099, 1, 1, tzinfo=UTC)
    assert not numbers()
    assert b"112" in client.get("/en/in/DE").data
    clock["now"] = datetime(2026, 11, 28, tzinfo=UTC)
    assert numbers()
