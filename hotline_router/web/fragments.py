"""Parts that many pages share, rendered once: keyed by what they show, never by what somebody asked."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from flask import current_app, g
from markupsafe import Markup, escape

from hotline_router import places, planning, wording
from hotline_router.model import Advice, Concern, Line, Referral, Role, Situation

ROLES = (None, *Role)
ROOM = 32_000_000  # characters of parts that a worker keeps; when full, all are dropped and rendered anew


class Kept(dict[Hashable, Any]):
    """What was rendered, by key, as long as there is room."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = self.left = room

    def put(self, key: Hashable, value: Any, size: int) -> None:
        """Keeps a value; drops all others first when there is no room for it."""
        if size > self.left:
            self.empty()
        self[key] = value
        self.left -= size

    def empty(self) -> None:
        """Drops everything."""
        self.clear()
        self.left = self.room


def kept(key: Hashable, make: Callable[[], Markup]) -> Markup:
    """What make gives, made once for a key while it is kept."""
    store: Kept = current_app.extensions["fragments"]
    found: Markup | None = store.get(key)
    if found is None:
        found = make()
        store.put(key, found, len(found))
    return found


def _macro(name: str, *args: object) -> Markup:
    # Autoescaping is on in the templates, so what a macro gives is safe.
    modules = current_app.extensions["macros"]
    if g.language.code not in modules:
        template = current_app.jinja_env.get_template("macros.html")
        modules[g.language.code] = template.make_module({"language": g.language, "w": wording})
    return Markup(getattr(modules[g.language.code], name)(*args))  # noqa: S704


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


class AdviceParts(NamedTuple):
    """The advice of a plan as HTML: the line at the top of the page, what to do and not to do, and the fears answered."""

    comfort: Markup
    lines: Markup
    fears: Markup


def advice_parts(situation: Situation) -> AdviceParts:
    """The advice for the concern and role of a situation.

    All concerns and roles are rendered at once: else the time of an answer would tell whether anybody asked the same before.
    """
    store: Kept = current_app.extensions["fragments"]
    key = ("advice", g.language.code)
    if key not in store:
        directory = current_app.extensions["directory"]
        made = {
            (c, r): _advice(planning.advice_for(Situation(concern=c, role=r), directory), r) for c in Concern for r in ROLES
        }
        store.put(key, made, sum(len(text) for parts in made.values() for text in parts))
    found: AdviceParts = store[key][situation.concern, situation.role]
    return found


def _advice(lines: tuple[Advice, ...], role: Role | None) -> AdviceParts:
    comfort = wording.reassurance(role, lines)
    rest = [line for line in lines if line != comfort]
    return AdviceParts(_macro("comfort", comfort), _macro("advice", rest, wording), _macro("fears", rest, wording))


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
