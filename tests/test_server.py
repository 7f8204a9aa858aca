"""The real server process: what it answers, what it prints and what it writes."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from tests.conftest import FORM
from tests.test_limits import free_port
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


def raw(port, data):
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
