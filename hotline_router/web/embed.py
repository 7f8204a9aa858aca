"""What other sites show of this one: a card for everybody, the questions for sites that the operator names.

A frame tells the page around it one thing, how high it wants to be, and a frame with questions always says the same.
What the page around it chooses stands in the frame's address; what a reader answers never does.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlencode, urlsplit

import msgspec
from flask import Blueprint, Flask, Response, abort, current_app, g, make_response, render_template, request
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from hotline_router import places
from hotline_router.directory import Directory
from hotline_router.i18n import LANGUAGES, language, top
from hotline_router.model import Concern
from hotline_router.web import fragments, guides, machine, pages
from hotline_router.web.form import CodeField, SituationForm
from hotline_router.web.headers import CSP, GUIDE
from hotline_router.web.machine import Problem, Refused
from hotline_router.wording import N_

# Colours of embed.css; without one it is that of the site.
ACCENTS = {"blue": N_("blue"), "green": N_("green"), "plum": N_("plum"), "ink": N_("black or white")}
KINDS = {"form": N_("the questions"), "card": N_("a card of one place")}
SANDBOX = "allow-forms allow-scripts allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
WIDTH, HEIGHT = 600, 640  # pixels of a frame where nobody says otherwise; both do for a phone, and the frame scrolls
ORIGIN = re.compile(r"https://[a-z0-9.-]+(:\d+)?|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?")
CARD_FILES = ("site.css", "embed.css", "frame.js", "embed.js")  # of the package: three that its cards load, and the element
OURS = re.compile(rf"https?://(?P<host>[^/?#]+)/(?P<lang>{'|'.join(LANGUAGES)})/(?:in|card)/(?P<region>[A-Z]{{2}})([?#].*)?")
STAMP = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say: the same bytes whenever it is made
FILLED_IN = N_("The page around this frame has already filled something in. You can change it.")
NOT_YET = N_("Other sites cannot show these questions in a frame yet. Who runs this copy must name them first.")
NOT_KNOWN = N_("The page that shows this asked for something that we do not have. You did nothing wrong.")


class EmbedForm(SituationForm):
    """The form in a frame: the colour goes with the answers, so that it needs no place in an address."""

    accent = CodeField(allowed=ACCENTS)


def _directory() -> Directory:
    found: Directory = current_app.extensions["directory"]
    return found


def _chosen(allowed: dict[str, Collection[str]]) -> dict[str, str]:
    """What the page around the frame chose, by codes. Anything else is answered with a page that names what is allowed."""
    found: dict[str, str] = {}
    for name, values in request.args.lists():
        if name not in allowed or len(values) > 1 or (values[0] and values[0] not in allowed[name]):
            _refuse(f"{name}: {', '.join(sorted(allowed[name]))}" if name in allowed else ", ".join(sorted(allowed)))
        if values[0]:
            found[name] = values[0]
    return found


def _refuse(allowed: str) -> NoReturn:
    page = render_template(
        "error.html",
        title=g.language.gettext(pages.ERRORS[400][0]),
        text=g.language.gettext(NOT_KNOWN),
        allowed=allowed,
        emergency=guides.emergency(None, certain=False),
        place=None,
    )
    abort(make_response(page, 400))


def form() -> str:
    """The questions, with what the page around the frame has filled in."""
    chosen = _chosen({"region": places.regions(), "concern": set(Concern), "accent": ACCENTS})
    suggested = places.suggested_region(tag for tag, _ in request.accept_languages)
    notices = [NOT_YET] if not current_app.config["EMBED_ORIGINS"] else []
    notices += [FILLED_IN] if chosen.keys() - {"accent"} else []

    def make() -> Markup:
        page, _status = pages.show_form(
            EmbedForm(MultiDict(chosen), _directory()),
            query="?" + urlencode(chosen) if chosen else "",
            notices=[g.language.gettext(text) for text in notices],
            emergency=guides.emergency(chosen.get("region", suggested), certain=False),  # not the reader's own answer
        )
        return Markup(page)  # noqa: S704 - a whole page of ours

    return fragments.kept(("embed", g.language.code, suggested, tuple(sorted(chosen.items()))), make)


def plan() -> tuple[str, int]:
    """The plan in the frame, or the questions again with what is wrong."""
    return pages.answer(EmbedForm)


def card(code: str) -> Response:
    """The card of a region: to read, on any page, whatever its frame is allowed to do."""
    chosen = _chosen({"accent": ACCENTS})
    page = render_template("embed_card.html", answers=chosen, **guides.card_facts(code))
    headers = {**GUIDE, "X-Robots-Tag": "noindex", "Content-Security-Policy": _policy("*")}
    del headers["X-Frame-Options"]
    return guides.public(page, "text/html", headers)


def _policy(parents: str) -> str:
    """The policy of a page for frames; with our whole origin, as 'self' may mean nothing in a sandboxed frame."""
    base = urlsplit(current_app.config["BASE_URL"])
    own = f"'self' {base.scheme}://{base.netloc}" if base.netloc else "'self'"
    return CSP.replace("'self'", own).replace("frame-ancestors 'none'", f"frame-ancestors {parents}")


def _frame_policy(response: Response) -> Response:
    """Lets the listed sites show what stands under /embed/, errors too; without a list nobody may."""
    if request.path.startswith("/embed/") and "Content-Security-Policy" not in response.headers:
        if request.endpoint == "embed_card":
            response.headers["Content-Security-Policy"] = _policy("*")
        elif origins := current_app.config["EMBED_ORIGINS"]:
            response.headers["Content-Security-Policy"] = _policy(" ".join(origins))
    return response


def _shared() -> dict[str, Any]:
    inside, open_to_all = request.path.startswith("/embed/"), request.endpoint == "embed_card"
    return {
        "layout": "embed_base.html" if inside else "base.html",
        "prefix": "/embed" if inside and not open_to_all else "",
        "frame": {
            "parents": "*" if open_to_all else " ".join(current_app.config["EMBED_ORIGINS"]),
            "root": "/",
            "home": "",
            "suffix": "",
            "version": f"?v={current_app.jinja_env.globals['static_version']}",
        },
    }


def _iframe(address: str, title: str, width: int | str, height: int) -> Markup:
    return Markup(
        '<iframe src="{}" title="{}" width="{}" height="{}" frameborder="0" sandbox="{}" allow="clipboard-write" '
        'referrerpolicy="no-referrer" loading="lazy"></iframe>'
    ).format(address, title, width, height, SANDBOX)


def snippet() -> Response | str:
    """What another site copies into its page, for what is chosen; these choices are the site's and say nothing of a reader."""
    allowed = {"kind": KINDS, "lang": LANGUAGES, "region": places.regions(), "concern": set(Concern), "accent": ACCENTS}
    given = _chosen(allowed)
    chosen = {"kind": "form", "lang": g.language.code, **given}
    kind, tongue = chosen["kind"], language(chosen["lang"])
    missing = kind == "card" and "region" not in given
    names = ("accent",) if kind == "card" else ("region", "concern", "accent")
    query = urlencode({name: given[name] for name in names if name in given})
    base, region = guides.base_url(), given.get("region", "")
    title = f"{places.region_name(region, tongue.code)} – " if region else ""
    title += tongue.gettext("Find the right place")
    page = f"{base}/{tongue.code}/" + (f"in/{region}" if region else "")
    frame = f"{base}/embed/{tongue.code}/" + (f"card/{region}" if kind == "card" else "") + (f"?{query}" if query else "")
    link = Markup('<a href="{}" rel="noreferrer">{}</a>').format(page, title)
    marks = {name: given.get(name) for name in ("region", *names)} | {"kind": "card" if kind == "card" else None}
    attributes = Markup("").join(Markup(' {}="{}"').format(name, value) for name, value in marks.items() if value)
    script = Markup('<script src="{}" integrity="{}" crossorigin="anonymous" defer></script>').format(
        f"{base}/static/embed.js?v={current_app.jinja_env.globals['static_version']}", integrity()
    )
    body = render_template(
        "snippet.html",
        path="/embed",
        base=base,
        chosen=chosen,
        missing=missing,
        kinds=KINDS,
        accents=ACCENTS,
        concerns=[(c, words.title) for c, words in _directory().concerns.items()],
        region_options=fragments.region_options,
        iframe=_iframe(frame, title, "100%", HEIGHT) + Markup("\n<p>{}</p>").format(link),
        element=script + Markup('\n<hotline-router lang="{}"{}>{}</hotline-router>').format(tongue.code, attributes, link),
        address=page if region else None,
        origins=current_app.config["EMBED_ORIGINS"],
    )
    return body if request.args else guides.public(body, "text/html")


def integrity() -> str:
    """The hash of embed.js by which a browser knows that it is the one that the snippet was made for."""
    digest = hashlib.sha384((top("static") / "embed.js").read_bytes()).digest()
    return f"sha384-{base64.b64encode(digest).decode()}"


class OEmbed(msgspec.Struct, frozen=True):
    """An answer of oEmbed 1.0 of the type 'rich'. width and height in pixels."""

    title: str
    html: str
    width: int
    height: int
    provider_name: str
    provider_url: str
    version: str = "1.0"
    type: str = "rich"


def oembed() -> Response:
    """How to show one of our region pages or cards elsewhere. Other parameters than ours are let pass: many askers add some."""
    if request.args.get("format", "json") != "json":
        raise Refused(Problem("Format not offered", 501, "Only format=json is offered.", parameter="format", allowed=("json",)))
    base = guides.base_url()
    asked = OURS.fullmatch(request.args.get("url", ""))
    if not asked or asked["host"] not in {urlsplit(base).netloc, request.host} or asked["region"] not in places.regions():
        raise Refused(Problem("Nothing to show", 404, "Give the address of a page or card of a region here.", parameter="url"))
    tongue, region = language(asked["lang"]), asked["region"]
    name = tongue.gettext("Find the right place")
    title = f"{places.region_name(region, tongue.code)} – {name}"
    width, height = _at_most("maxwidth", WIDTH), _at_most("maxheight", HEIGHT)
    # WordPress keeps these elements alone and gives the frame a sandbox of its own, in which only reading works.
    html = Markup('<blockquote><a href="{}">{}</a></blockquote>').format(f"{base}/{tongue.code}/in/{region}", title)
    html += _iframe(f"{base}/embed/{tongue.code}/card/{region}", title, width, height)
    return machine.answer(msgspec.json.encode(OEmbed(title, str(html), width, height, name, f"{base}/{tongue.code}/")))


def _at_most(name: str, usual: int) -> int:
    said = request.args.get(name, "")
    if said and not re.fullmatch(r"0*[1-9][0-9]{0,5}", said, re.ASCII):
        raise Refused(Problem("No number of pixels", 400, "Give a whole number of pixels.", parameter=name))
    return min(int(said), usual) if said else usual


def _files(app: Flask, base_url: str) -> Iterator[tuple[str, bytes]]:
    frame = {"parents": "*", "root": "../../../", "home": base_url, "suffix": ".html", "version": ""}
    for name in CARD_FILES:
        yield f"static/{name}", (top("static") / name).read_bytes()
    for lang in LANGUAGES:
        for code in sorted(places.regions()):
            with app.test_request_context(f"/embed/{lang}/card/{code}", base_url=base_url):
                g.language = language(lang)
                page = render_template("embed_card.html", answers={}, **{**guides.card_facts(code), "frame": frame})
            yield f"embed/{lang}/card/{code}.html", page.encode()
    readme = app.jinja_env.get_template("embed_readme.txt")
    words = readme.render(base=base_url, languages=LANGUAGES, integrity=integrity(), sandbox=SANDBOX)
    yield "README.txt", f"{words}\n".encode()


def write_zip(app: Flask, path: Path, *, base_url: str) -> None:
    """All cards as files that a site can serve itself, so that its readers ask nothing of us; base_url: where the links lead.

    The bytes depend on the data, the day of the app's clock and base_url alone. Raises ValueError when base_url is no origin.
    """
    base_url = base_url.rstrip("/")
    if not ORIGIN.fullmatch(base_url):
        raise ValueError(f"{base_url!r} is no address such as https://help.example")
    files = dict(_files(app, base_url))
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items()))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as package:
        for name, data in sorted({**files, "SHA256SUMS": sums.encode()}.items()):
            entry = zipfile.ZipInfo(name, STAMP)
            entry.create_system, entry.external_attr, entry.compress_type = 3, 0o644 << 16, zipfile.ZIP_DEFLATED
            package.writestr(entry, data)


def routes() -> Blueprint:
    """The route for programs."""
    found = machine.group("oembed", "/oembed")
    found.add_url_rule("", "oembed", oembed)
    return found


def init(app: Flask, env: dict[str, str]) -> None:
    """The routes for frames.

    Raises ValueError when HOTLINE_ROUTER_EMBED_ORIGINS has anything but origins.
    """
    origins = tuple(env.get("HOTLINE_ROUTER_EMBED_ORIGINS", "").split())
    for origin in origins:
        if not ORIGIN.fullmatch(origin):
            raise ValueError(
                f"HOTLINE_ROUTER_EMBED_ORIGINS has {origin!r}: use origins in small letters, such as https://ngo.example, "
                "with spaces between and without a path"
            )
    app.config["EMBED_ORIGINS"] = origins
    app.after_request(_frame_policy)
    app.context_processor(_shared)
    lang = f"/<any({','.join(LANGUAGES)}):lang>/"
    app.add_url_rule(f"/embed{lang}", "embed_form", form)
    app.add_url_rule(f"/embed{lang}plan", "embed_plan", plan, methods=["POST"])
    app.add_url_rule(f"/embed{lang}card/<code>", "embed_card", card)
    app.add_url_rule(f"{lang}embed", "snippet", snippet)
