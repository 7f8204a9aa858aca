"""The Flask edge: create_app(). Nothing else imports this package but cli and export."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from jinja2 import StrictUndefined
from whitenoise import WhiteNoise

from hotline_router.directory import Directory, load_directory
from hotline_router.i18n import top
from hotline_router.web import api, embed, fragments, headers, hsds, limits, machine, pages
from hotline_router.web.front import Front

BODY_LIMIT = 4096  # bytes; the form with every field filled is under 400
EXIT_URL = "https://www.wikipedia.org/"  # a dull page with no personal history behind it


class QuietFlask(Flask):
    """Flask that logs where it failed and never what was asked."""

    def log_exception(self, exc_info: Any) -> None:
        """One line: the kind of error and the place in the code; no path, no values, no traceback."""
        kind, _, trace = exc_info
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else "unknown"
        self.logger.error("internal error: %s at %s", getattr(kind, "__name__", "?"), place)


def create_app(
    directory: Directory | None = None,
    *,
    now: Callable[[], datetime] | None = None,
    environment: dict[str, str] | None = None,
) -> Flask:
    """The web app.

    now: the clock, for tests; gives a moment with a zone. environment: the settings of the README, os.environ when left out.
    Raises BrokenDirectory when the data cannot be used, ValueError for a setting that cannot be.
    """
    env = dict(os.environ) if environment is None else environment
    app = QuietFlask("hotline_router", static_folder=None)
    app.logger.setLevel(logging.ERROR)
    app.config.update(
        MAX_CONTENT_LENGTH=BODY_LIMIT,
        MAX_FORM_MEMORY_SIZE=BODY_LIMIT,
        MAX_FORM_PARTS=32,
        CONTACT=env.get("HOTLINE_ROUTER_CONTACT", ""),
        EXIT_URL=env.get("HOTLINE_ROUTER_EXIT_URL", EXIT_URL),
        SECURITY_CONTACT=env.get("HOTLINE_ROUTER_SECURITY_CONTACT", ""),
        BASE_URL=env.get("HOTLINE_ROUTER_BASE_URL", ""),
    )
    app.extensions["directory"] = directory or load_directory()
    app.extensions["fragments"] = fragments.Kept(fragments.ROOM)
    app.extensions["macros"] = {}  # by language
    app.extensions["now"] = now or (lambda: datetime.now(UTC))
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.undefined = StrictUndefined
    static = top("static")
    version = hashlib.sha256(b"".join(p.read_bytes() for p in sorted(static.iterdir()))).hexdigest()[:12]
    app.jinja_env.globals["static_version"] = version
    pages.init(app)  # before the limits: a 429 page needs its language
    embed.init(app, env)
    limiter = limits.init(app, env)
    groups = api.routes(), embed.routes(), hsds.routes()
    machine.init(app, *groups, limiter=limiter, limit=env.get("HOTLINE_ROUTER_RATELIMIT_API", machine.API))
    app.wsgi_app = Front(  # type: ignore[method-assign]
        app.wsgi_app, today=lambda: app.extensions["now"]().date(), keep=bool(app.config["BASE_URL"])
    )
    limits.trust_proxies(app, env)
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=static,
        prefix="static/",
        allow_all_origins=False,
        immutable_file_test=lambda path, url: True,  # addresses carry the version of the content
        add_headers_function=headers.add_static,
    )
    return app
