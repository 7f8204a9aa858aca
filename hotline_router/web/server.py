"""The servers, with settings that keep no trace: the only place that configures them."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from flask import Flask
from gevent.server import StreamServer
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.http.errors import ParseException
from gunicorn.util import write_nonblock
from gunicorn.workers.ggevent import GeventWorker
from werkzeug.serving import WSGIRequestHandler

from hotline_router.web.headers import PAGE

TEXT = (
    b"<!doctype html><html lang=en><meta charset=utf-8><title>We could not read that</title><h1>We could not read that</h1>"
    b"<p><strong>In danger right now?</strong> Call the emergency number of the place where you are.</p>"
    b'<p><a href="/">Start with the questions</a></p></html>'
)
UNREADABLE = b"\r\n".join(
    (
        b"HTTP/1.1 400 Bad Request",
        b"Connection: close",
        b"Content-Type: text/html; charset=utf-8",
        b"Content-Length: %d" % len(TEXT),
        *(f"{name}: {value}".encode() for name, value in PAGE.items()),
        b"",
        TEXT,
    )
)


class QuietWorker(GeventWorker):
    """A worker that neither repeats nor logs what it could not read: gunicorn's own page of an error has it in full."""

    def run(self) -> None:
        """Takes one connection at a time, not a hundred: otherwise one worker takes all and the others idle."""
        StreamServer.max_accept = 1
        super().run()

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """The same answer to all that is no request."""
        if not isinstance(exc, (ParseException, ssl.SSLError)):
            self.log.error("error in a worker: %s", type(exc).__name__)
        with suppress(OSError):  # the other side may be gone
            write_nonblock(client, UNREADABLE)


SETTINGS: dict[str, Any] = {
    "worker_class": QuietWorker,  # with gevent a slow client costs a few kilobytes, neither a process nor a thread
    "worker_connections": 1000,
    "worker_tmp_dir": "/dev/shm" if Path("/dev/shm").is_dir() else None,  # noqa: S108 - alive signs need no disk
    "accesslog": None,
    "errorlog": "-",
    "loglevel": "warning",
    "control_socket_disable": True,  # by default it opens a socket in the user's home
    "limit_request_line": 2048,
    "limit_request_fields": 50,
    "limit_request_field_size": 4096,
    "timeout": 30,
    "graceful_timeout": 10,
    "keepalive": 5,
    "preload_app": True,
}


class QuietLogger(Logger):
    """gunicorn's log without what it says of requests: its messages carry the address or the path."""

    def access(self, *args: Any, **kwargs: Any) -> None:
        """Nothing, whatever the settings say."""

    def exception(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """That it happened, and the kind of error."""
        import sys

        kind = sys.exc_info()[0]
        self.error_log.error("error in a worker: %s", kind.__name__ if kind else "unknown")

    def warning(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """All warnings but those about one request ('Invalid request from ip=…')."""
        if "request" not in str(msg).lower():
            super().warning(msg, *args, **kwargs)

    def debug(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Nothing: debug lines carry the request."""


class Server(BaseApplication):
    """The app under gunicorn. make gives the app; it raises ValueError when data or settings cannot be used."""

    def __init__(self, make: Callable[[], Flask], settings: dict[str, Any]) -> None:
        self.make, self.settings = make, settings
        super().__init__()

    def load_config(self) -> None:
        """Our settings and nothing from files or the environment of gunicorn."""
        for name, value in self.settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The app, made once for all workers."""
        return self.make()

    def reload(self) -> None:
        """On SIGHUP: the data read anew for new workers, or what was running kept when they are broken."""
        super().reload()
        try:
            self.callable = self.make()
        except ValueError as error:  # BrokenDirectory is one
            logging.getLogger("gunicorn.error").error("kept what was running: %s", error)


def run(make: Callable[[], Flask], bind: str, workers: int) -> None:
    """Serve until stopped."""
    Server(make, {**SETTINGS, "bind": bind, "workers": workers, "logger_class": QuietLogger}).run()


class QuietHandler(WSGIRequestHandler):
    """Flask's own server without its access log, which has addresses and paths."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing."""


def run_dev(app: Flask, host: str, port: int) -> None:
    """Serve with Flask's own server until stopped; for work on the code only."""
    app.run(host, port, use_reloader=False, threaded=True, request_handler=QuietHandler)
