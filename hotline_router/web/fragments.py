"""Parts that many pages share, rendered once: keyed by what they show, never by what somebody asked."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from datetime import datetime
from typing import Any, TypeVar

from flask import current_app, g
from markupsafe import Markup, escape

from hotline_router import places, wording
from hotline_router.model import Line, Referral

KEPT = 8192  # parts, most of about 2 kB; when full, all are dropped and rendered anew
T = TypeVar("T")


def kept(key: Hashable, make: Callable[[], T]) -> T:
    """What make gives, made once for a key while it is kept."""
    store: dict[Hashable, Any] = current_app.extensions["fragments"]
    found: T | None = store.get(key)
    if found is None:
        if len(store) >= KEPT:
            store.clear()
        found = store[key] = make()
    return found


def _macro(name: str, *args: object) -> Markup:
    # Autoescaping is on in the templates, so what a macro gives is safe.
    module = current_app.jinja_env.get_template("macros.html").make_module({"language": g.language, "w": wording})
    return Markup(getattr(module, name)(*args))  # noqa: S704


def referral_block(referral: Referral, leading: bool, now: datetime | None) -> Markup:
    """One place to go, as HTML in the language of the request; with a moment, also whether somebody answers."""
    opens = wording.open_text(referral.entry, now, g.language) if now else None
    r = referral
    shown = (r.entry.id, r.reason, r.primary, r.channels, r.in_app, r.stale, r.withheld)
    key = (g.language.code, leading, opens, shown)
    return kept(key, lambda: _macro("referral_block", referral, wording, leading, opens))


def line_part(line: Line) -> Markup:
    """A line of advice or of a step with its source."""
    return kept((g.language.code, line), lambda: _macro("line_text", line, wording))


def more_pages() -> Markup:
    """The links and the promise at the foot of every page."""

    def make() -> Markup:
        template = current_app.jinja_env.get_template("more.html")
        return Markup(template.render(language=g.language, pages=current_app.extensions["directory"].pages))  # noqa: S704

    return kept(("more", g.language.code), make)


def _options(pairs: Iterable[tuple[str, str]]) -> Markup:
    return Markup("").join(Markup('<option value="{}">{}</option>\n').format(code, name) for code, name in pairs)


def _select(options: Markup, chosen: str | None) -> Markup:
    # chosen is one of the offered codes: the form forgets any other value
    value = f'value="{escape(chosen)}"'
    return Markup(str(options).replace(value + ">", value + " selected>", 1)) if chosen else options  # noqa: S704


def region_options(chosen: str | None) -> Markup:
    """The options of all regions, in the order of the language."""
    code = g.language.code
    return _select(kept(("regions", code), lambda: _options(places.sorted_regions(code))), chosen)


def platform_options(groups: Callable[[], Iterable[tuple[str, list[tuple[str, str]]]]], chosen: str | None) -> Markup:
    """The options of all platforms, grouped."""

    def make() -> Markup:
        return Markup("").join(
            Markup('<optgroup label="{}">{}</optgroup>\n').format(title, _options(found)) for title, found in groups()
        )

    return _select(kept(("platforms", g.language.code), make), chosen)
