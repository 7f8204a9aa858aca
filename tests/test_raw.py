"""Bytes that no browser sends, against the real server: one answer each, clear, no echo, no log line, nothing let through."""

import re
import socket
from contextlib import suppress

import pytest

from tests.conftest import FORM
from tests.test_faults import Server

MARK = b"zq9x"
BODY = b"concern=grooming&region=DE"
FORM_HEAD = b"POST /en/plan HTTP/1.1\r\nHost: x\r\nContent-Type: " + FORM.encode() + b"\r\n"
HIDDEN = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"  # would answer with JSON if it were taken for a request of its own
CLOSE = b"Connection: close\r\n"


def head(line, *headers):
    return b"\r\n".join((line, *headers, b"Connection: close", b"", b""))


# What is sent, and the statuses that are right for it; None: the connection may simply be closed.
ODD = {
    "two ways to say the length": (
        FORM_HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
        {400, None},
    ),
    "two lengths": (FORM_HEAD + b"Content-Length: 0\r\nContent-Length: 70\r\n\r\n" + HIDDEN, {400, None}),
    "a list of lengths": (FORM_HEAD + b"Content-Length: 0, 70\r\n\r\n" + HIDDEN, {400, None}),
    "a length with a sign": (FORM_HEAD + b"Content-Length: +0\r\n\r\n" + HIDDEN, {400, None}),
    "an unknown coding": (FORM_HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + HIDDEN, {400, 501, None}),
    "a coding in disguise": (FORM_HEAD + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + HIDDEN, {400, None}),
    "a coding after a tab": (FORM_HEAD + b"Transfer-Encoding:\tchunked, identity\r\n\r\n0\r\n\r\n" + HIDDEN, {400, 501, None}),
    "a chunk of no size": (FORM_HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + HIDDEN, {411}),
    "a form in chunks": (FORM_HEAD + CLOSE + b"Transfer-Encoding: chunked\r\n\r\n4\r\nrole\r\n0\r\n\r\n", {411}),
    "a chunk too long": (
        FORM_HEAD + CLOSE + b"Transfer-Encoding: chunked\r\n\r\n" + b"2000\r\n" + MARK * 0x800 + b"\r\n0\r\n\r\n",
        {411, None},
    ),
    "a file in place of the form": (
        b"POST /en/plan HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: %d\r\n\r\n%b"
        % (len(HIDDEN), HIDDEN),
        {415},
    ),
    "a body with a GET": (b"GET /en/ HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(HIDDEN), HIDDEN), {200}),
    "a body too long": (FORM_HEAD + CLOSE + b"Content-Length: 9999\r\n\r\n" + MARK * 2500, {413, None}),
    "a folded header": (head(b"GET /en/ HTTP/1.1", b"Host: x", b"X-A: b", b" " + MARK), {400, None}),
    "a null in a header": (head(b"GET /en/ HTTP/1.1", b"Host: x", b"X-A: \x00" + MARK), {400, None}),
    "a null in the path": (head(b"GET /en/\x00" + MARK + b" HTTP/1.1", b"Host: x"), {400, 404, None}),
    "a null as a code": (head(b"GET /en/in/%00" + MARK + b" HTTP/1.1", b"Host: x"), {404}),
    "bytes that are no text": (head(b"GET /en/\xff\xfe" + MARK + b" HTTP/1.1", b"Host: x"), {400, 404, None}),
    "a header that is no text": (head(b"GET /en/ HTTP/1.1", b"Host: x", b"Accept-Language: \xff\xfe" + MARK), {200}),
    "a long header": (head(b"GET /en/ HTTP/1.1", b"Host: x", b"X-A: " + MARK * 3000), {400, 431, None}),
    "many headers": (head(b"GET /en/ HTTP/1.1", b"Host: x", *(b"X-%d: %b" % (i, MARK) for i in range(99))), {400, 431, None}),
    "a long path": (head(b"GET /" + MARK * 1000 + b" HTTP/1.1", b"Host: x"), {400, 414, None}),
    "no host": (head(b"GET /en/ HTTP/1.1"), {200, 400}),
    "another host": (head(b"GET / HTTP/1.1", b"Host: " + MARK + b".example"), {302}),
    "two hosts": (head(b"GET / HTTP/1.1", b"Host: x", b"Host: " + MARK + b".example"), {302, 400, None}),
    "a host that is none": (head(b"GET / HTTP/1.1", b"Host: " + MARK + b"@a/b?c"), {302, 400}),
    "a whole address": (head(b"GET http://" + MARK + b".example/ HTTP/1.1", b"Host: x"), {302, 400, 404}),
    "another site as path": (head(b"GET //" + MARK + b".example/%2f.. HTTP/1.1", b"Host: x"), {404}),
    "a way up": (head(b"GET /static/../../" + MARK + b" HTTP/1.1", b"Host: x"), {404}),
    "a hidden way up": (head(b"GET /static/%2e%2e/%2e%2e/pyproject.toml HTTP/1.1", b"Host: x"), {404}),
    "a rewritten path": (head(b"GET /en/ HTTP/1.1", b"Host: x", b"X-Original-URL: /" + MARK), {200}),
    "an unknown method": (head(MARK + b" /en/ HTTP/1.1", b"Host: x"), {400, 405, None}),
    "a method of its own": (head(b"PROPFIND /en/ HTTP/1.1", b"Host: x"), {405}),
    "an unknown version": (head(b"GET /en/ HTTP/7.7", b"Host: x"), {400, 505, None}),
    "another protocol": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 505, None}),
    "a greeting of TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + MARK, {400, None}),
    "line ends of its own": (b"GET /en/ HTTP/1.1\nHost: x\nConnection: close\n\n", {200, 400, None}),
    "a wish to go on": (FORM_HEAD + CLOSE + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY), {200}),
    "an upgrade": (head(b"GET /en/ HTTP/1.1", b"Host: x", b"Upgrade: websocket", b"Sec-WebSocket-Key: " + MARK), {200, 400}),
    "JSON to the form": (
        b"POST /en/plan HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
        {415},
    ),
    "half a body": (FORM_HEAD + b"Content-Length: 50\r\n\r\n" + BODY, {400}),
}  # fmt: skip


@pytest.fixture(scope="module")
def server():
    running = Server("--workers", "1")
    yield running
    running.stop()


def send(port, data):
    """All that comes back until the other side closes, or nothing more comes."""
    with socket.create_connection(("127.0.0.1", port), 5) as s:
        s.sendall(data)
        with suppress(OSError):  # the other side may have closed already
            s.shutdown(socket.SHUT_WR)
        found = b""
        try:
            while part := s.recv(65536):
                found += part
        except ConnectionResetError:
            pass
        return found


@pytest.mark.parametrize("name", ODD)
def test_odd_bytes_get_one_clear_answer(server, name):
    data, right = ODD[name]
    found = send(server.port, data)
    statuses = [int(code) for code in re.findall(rb"(?:^|\n)HTTP/1\.[01] (\d{3})", found) if code != b"100"]

    assert len(statuses) <= 1, statuses  # nothing hidden in a body is taken for a request
    assert (statuses[0] if statuses else None) in right, found[:300]
    assert b'"status":"ok"' not in found
    assert MARK not in found
    assert b"Set-Cookie" not in found
    if statuses and statuses[0] >= 400:
        assert b"emergency number" in found
        assert b"Content-Security-Policy: default-src 'none'" in found
    for place in re.findall(rb"(?i)\nlocation: (.*)\r", found):
        assert re.fullmatch(rb"/[a-z]{2}/", place)


def test_after_all_that_it_answers_and_has_said_nothing(server):
    """Runs last in this file: what the server printed meanwhile."""
    assert server.ask()[0] == 200
    server.process.terminate()
    said = server.process.stdout.read().decode()

    lines = [line for line in said.splitlines() if "http://127.0.0.1" not in line and "HOTLINE_ROUTER_CONTACT" not in line]
    assert lines == []
