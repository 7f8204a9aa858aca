"""The real server process: what it answers, what it prints and what it writes."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time

import pytest
import redis

from tests.conftest import FORM, free_port
from tests.test_web import FULL


@pytest.fixture(params=[[], ["--dev"]], ids=["gunicorn", "dev"])
def server(request, tmp_path):
    port = free_port()
    env = {**os.environ, "HOME": str(tmp_path), "TMPDIR": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    env.pop("HOTLINE_ROUTER_CONTACT", None)
    command = [sys.executable, "-m", "hotline_router", "serve", "--port", str(port), *request.param]
    with (tmp_path / "out").open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=env)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 0.2).close()
                break
            except OSError:
                time.sleep(0.05)
        yield port, process, tmp_path
        process.kill()
        process.wait()


def ask(port, method, path, body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


def raw(port, data, quiet=False):
    if quiet:
        try:
            return raw(port, data)
        except OSError:
            return b""
    with socket.create_connection(("127.0.0.1", port), 5) as s:
        s.sendall(data)
        s.settimeout(5)
        try:
            return s.recv(2000)
        except OSError:
            return b""


def test_a_journey_leaves_no_trace_in_output_or_files(server):
    port, process, folder = server
    agent = {"User-Agent": "Example-Agent/1.0"}
    body = "&".join(f"{k}={v}" for k, v in FULL.items())
    form = {"Content-Type": FORM, **agent}

    assert ask(port, "GET", "/", **agent).status == 302
    assert ask(port, "GET", "/en/", **agent).status == 200
    assert ask(port, "POST", "/en/plan", body, **form).status == 200
    assert ask(port, "POST", "/en/plan", body + "&region=FR", **form).status == 400
    assert ask(port, "POST", "/en/plan", "x" * 5000, **form).status == 413
    assert ask(port, "GET", "/en/plan?region=DE", **agent).status == 405
    assert ask(port, "GET", "/sextortion/DE/instagram", **agent).status == 404
    raw(port, b"GET /sextortion?region=DE HTTP/9.9\r\nHost: x\r\n\r\n")
    raw(port, b"NONSENSE sextortion\r\n\r\n")
    raw(port, b"POST /en/plan HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n")
    raw(port, b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    raw(port, b"GET /en/ HTTP/1.1\r\nHost: x\r\nX-Big: " + b"b" * 9000 + b"\r\n\r\n")
    process.send_signal(signal.SIGTERM)
    assert process.wait(15) in (0, -signal.SIGTERM)

    said = (folder / "out").read_text()
    for word in ("sextortion", "instagram", "DE", "child ", "Example-Agent", "GET", "POST", "Invalid request"):
        assert word not in said, said
    assert said.count("127.0.0.1") == said.count(f"http://127.0.0.1:{port}")
    assert "HOTLINE_ROUTER_CONTACT is not set" in said
    assert "Traceback" not in said
    assert [p for p in folder.rglob("*") if p.is_file() and p.name != "out"] == []


BROKEN = """
import sys
from hotline_router import planning
def plan(situation, directory, *, today):
    raise RuntimeError(f"{situation}")
planning.plan = plan
from hotline_router.cli import main
main(["serve", "--workers", "1", "--port", sys.argv[1]])
"""
WORDS = ("sextortion", "instagram", "child", "DE", "FR", "Example", "127.0.0", "203.0.113", "plan", "/en/", "Situation")


def test_errors_and_limits_leave_no_trace_in_output_files_or_the_store(tmp_path, store):
    """A journey through tracebacks, refusals, unknown addresses and the limit, with a real store."""
    port, (store_port, _) = free_port(), store
    env = {
        **os.environ,
        "HOME": str(tmp_path),
        "TMPDIR": str(tmp_path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOTLINE_ROUTER_CONTACT": "somebody",
        "HOTLINE_ROUTER_TRUSTED_PROXIES": "1",
        "HOTLINE_ROUTER_RATELIMIT_STORAGE": f"redis://127.0.0.1:{store_port}",
        "HOTLINE_ROUTER_RATELIMIT_PAGES": "4 per minute",
        "HOTLINE_ROUTER_RATELIMIT_API": "2 per minute",
    }
    body = "&".join(f"{k}={v}" for k, v in FULL.items())
    agent = {"User-Agent": "Example-Agent/1.0", "X-Forwarded-For": "203.0.113.7", "Referer": "https://example.org/sextortion"}
    form = {"Content-Type": FORM, **agent}
    json = {"Content-Type": "application/json", **agent}
    with (tmp_path / "out").open("w") as out:
        process = subprocess.Popen([sys.executable, "-c", BROKEN, str(port)], stdout=out, stderr=subprocess.STDOUT, env=env)
        try:
            for _ in range(200):
                if raw(port, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", quiet=True):
                    break
                time.sleep(0.05)
            plans = [ask(port, "POST", "/en/plan", body, **form).status for _ in range(6)]
            answers = [ask(port, "POST", "/api/v1/plan", '{"region": "DE"}', **json).status for _ in range(4)]
            missing = [ask(port, "GET", "/en/in/sextortion-DE", **agent).status for _ in range(6)]
            refused = [ask(port, "POST", "/en/plan", '{"region": "DE"}', **json).status for _ in range(2)]
            with redis.Redis(port=store_port) as client:
                held = b" ".join(part for key in client.keys("*") for part in (key, client.get(key) or b"")).decode()
        finally:
            process.terminate()
            process.wait(15)

    assert plans == [500] * 4 + [429] * 2
    assert answers == [500, 500, 429, 429]
    assert missing[0] == 404
    assert 429 in refused
    said = (tmp_path / "out").read_text().replace(f"http://127.0.0.1:{port}/", "")
    assert said.count("internal error: RuntimeError at __main__:") == 6
    assert "Traceback" not in said
    for word in WORDS:
        assert word not in said, said
    assert held
    for word in WORDS:
        assert word not in held.replace("hotline-router/", "").replace("/plan/", "/").replace("api.plan_for", ""), held
    assert [p for p in tmp_path.rglob("*") if p.is_file() and p.name != "out"] == []


def test_broken_data_refuse_to_serve(tmp_path):
    code = (
        "import sys; from pathlib import Path; from hotline_router import directory, web; "
        f"web.load_directory = lambda: directory.load_directory(Path({str(tmp_path)!r})); "
        "from hotline_router.cli import main; main(['serve', '--port', '0'])"
    )
    (tmp_path / "platforms").mkdir()
    (tmp_path / "platforms" / "example.toml").write_text("name = 1\nname = 2\n")
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)

    assert result.returncode == 1
    assert "the data cannot be used" in result.stderr
    assert "platforms/example.toml" in result.stderr
