"""What stands before Flask: public pages from memory, and the security headers on every answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from werkzeug.http import parse_etags

from hotline_router.web.fragments import Kept
from hotline_router.web.headers import HSTS, PAGE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ROOM = 32_000_000  # bytes of pages that a worker keeps, of about 40 kB each
LOWER = {name: name.lower() for name in PAGE}


class Front:
    """WSGI around the app.

    A public page depends on its address and the day alone, so it is rendered once a day and then answered from memory, before
    Flask and uncounted, as a static file is. keep is False when the address of the request stands on the pages, as it does
    without the operator's own: anybody could fill the memory with others.
    """

    def __init__(self, app: WSGIApplication, *, today: Callable[[], date], keep: bool) -> None:
        self.app, self.today, self.pages = app, today, Kept(ROOM) if keep else None
        self.day = date.min

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answers from memory, or passes on and remembers what is public."""

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            present = {name.lower() for name, _ in headers}
            if "content-security-policy" in present:  # a page with a policy of its own says there who may frame it
                present.add("x-frame-options")
            headers += [(name, value) for name, value in PAGE.items() if LOWER[name] not in present]
            if environ["wsgi.url_scheme"] == "https":
                headers.append(HSTS)
            return start_response(status, headers, exc_info)

        # Without this sign, werkzeug refuses a body that is shorter than it says, and one in chunks is refused in pages.py.
        environ.pop("wsgi.input_terminated", None)
        if self.pages is None or environ["REQUEST_METHOD"] not in {"GET", "HEAD"} or environ.get("QUERY_STRING"):
            return self.app(environ, start)
        if self.day != (today := self.today()):
            self.day = today
            self.pages.empty()
        found = self.pages.get(environ["PATH_INFO"])
        if found is None:
            return self._ask(environ, start, self.pages)
        headers, body = found
        asked = environ.get("HTTP_IF_NONE_MATCH")
        if asked and parse_etags(asked).contains_weak(headers[-1][1].strip('"')):
            start("304 Not Modified", [pair for pair in headers if pair[0] not in {"Content-Length", "Content-Type"}])
            return []
        start("200 OK", headers.copy())
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _ask(self, environ: WSGIEnvironment, start: StartResponse, pages: Kept) -> Iterable[bytes]:
        given: list[Any] = []

        def hold(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            given[:] = status, headers
            return start(status, headers.copy(), exc_info)

        parts = self.app(environ, hold)
        status, headers = given
        said = {name.lower(): value for name, value in headers}
        public = said.get("cache-control", "").startswith("public") and "etag" in said and "vary" not in said
        if status != "200 OK" or not public or environ["REQUEST_METHOD"] != "GET":
            return parts
        try:
            body = b"".join(parts)
        finally:
            if close := getattr(parts, "close", None):
                close()
        kept = [pair for pair in headers if pair[0].lower() != "etag"]
        pages.put(environ["PATH_INFO"], ([*kept, ("ETag", said["etag"])], body), len(body))
        return [body]
