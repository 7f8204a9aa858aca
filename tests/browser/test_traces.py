"""What a whole journey leaves in a browser, on its disk and on the wire: nothing that tells an answer."""

import socket
import threading
from urllib.parse import urlsplit

import pytest

from hotline_router.web import EXIT_URL
from tests.browser.conftest import CHROMIUM_PATH, QUIET
from tests.browser.test_browser import ask

# What Chromium asks for by itself at every start, whatever the page.
CHROMIUM = {"accounts.google.com", "update.googleapis.com"}
ANSWERS = ("region=", "role=", "Threats with pictures", "sextortion", "instagram", "Instagram")


class Proxy(threading.Thread):
    """Stands between the browser and everything: passes on what is for one host and writes down every host asked for."""

    def __init__(self, allowed):
        super().__init__(daemon=True)
        self.allowed, self.asked = allowed, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def run(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with client, client.makefile("rwb") as stream:
            line = stream.readline().decode("latin-1")
            if not line:
                return
            method, target, _ = line.split()
            host = target if method == "CONNECT" else urlsplit(target).netloc
            self.asked.append(host)
            headers = []
            while (header := stream.readline()) not in (b"\r\n", b""):
                headers.append(header)
            if host != self.allowed or method == "CONNECT":
                stream.write(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            length = next((int(h.split(b":")[1]) for h in headers if h.lower().startswith(b"content-length")), 0)
            body = stream.read(length)
            parts = urlsplit(target)
            name, port = host.split(":")
            kept = [h for h in headers if not h.lower().startswith((b"connection", b"proxy-"))]
            with socket.create_connection((name, int(port))) as server:
                path = parts.path + (f"?{parts.query}" if parts.query else "")
                server.sendall(f"{method} {path} HTTP/1.0\r\n".encode() + b"".join(kept) + b"Connection: close\r\n\r\n" + body)
                while chunk := server.recv(65536):
                    stream.write(chunk)
            stream.flush()


@pytest.fixture
def profile(site, chromium, tmp_path):
    """A browser with a profile on disk that reaches everything through the proxy; gives its context, the proxy, the folder."""
    proxy = Proxy(urlsplit(site).netloc)
    proxy.start()
    args = [*QUIET, f"--proxy-server=http://127.0.0.1:{proxy.port}", "--proxy-bypass-list=<-loopback>"]
    context = chromium.browser_type.launch_persistent_context(
        tmp_path / "profile", executable_path=CHROMIUM_PATH, args=args, base_url=site, viewport={"width": 360, "height": 640}
    )
    yield context, proxy, tmp_path / "profile"
    context.close()
    proxy.listener.close()


def test_a_journey_leaves_nothing_of_the_answers(profile, site):
    context, proxy, folder = profile
    page = context.pages[0]
    ask(page)
    page.click("button[name=change]")
    page.wait_for_selector("form.questions")
    page.click("form.questions > .button")
    page.wait_for_selector("ol.path")
    stored = page.evaluate(
        """async () => ({cookies: document.cookie, local: localStorage.length, session: sessionStorage.length,
        caches: self.caches ? (await caches.keys()).length : 0, databases: (await indexedDB.databases()).length,
        workers: navigator.serviceWorker ? (await navigator.serviceWorker.getRegistrations()).length : 0})"""
    )
    assert stored == {"cookies": "", "local": 0, "session": 0, "caches": 0, "databases": 0, "workers": 0}
    assert context.cookies() == []
    titles = [page.title()]
    page.click("a.exit")
    page.wait_for_timeout(300)
    context.close()

    assert titles == ["Your plan"]
    hosts = {host.removesuffix(":443") for host in proxy.asked} - {urlsplit(EXIT_URL).netloc} - CHROMIUM
    assert hosts == {urlsplit(site).netloc}
    # Every page names platforms and concerns, so outside the history only what an answer alone would write is looked for.
    for file in (file for file in folder.rglob("*") if file.is_file()):
        words = ANSWERS if "History" in file.name else ANSWERS[:3]
        data = file.read_bytes()
        told = [word for word in words if word.encode() in data or word.encode("utf-16-le") in data]
        # Chromium keeps the form of an open page to bring it back after a crash; the page on safety says so.
        assert told == [] or file.parent.name == "Sessions", file


def test_the_proof_can_fail(profile, site):
    """The same search finds an answer that stands in an address."""
    context, _, folder = profile
    page = context.pages[0]
    page.goto("/en/in/DE?concern=sextortion")
    context.close()

    assert any(b"concern=sextortion" in file.read_bytes() for file in folder.rglob("*History*") if file.is_file())
