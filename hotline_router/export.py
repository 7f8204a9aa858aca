"""The static site: every page as a file, with relative links, and the plan without a server."""

from __future__ import annotations

import hashlib
import os
import posixpath
import time
from collections.abc import Collection, Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from html import escape
from html.parser import HTMLParser
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec
from flask import g, render_template

from hotline_router import places
from hotline_router.directory import Directory
from hotline_router.i18n import LANGUAGES, language, top
from hotline_router.web import create_app, guides, pages
from hotline_router.web.form import SituationForm
from hotline_router.web.headers import CSP, SECURITY
from hotline_router.web.offline import Tables, Words

NOWHERE = "https://nowhere.invalid"  # stands for the address of a copy that has none
STATIC = ("site.css", "site.js", "offline.js")
POLICY = CSP.replace("form-action 'self'", "form-action 'none'")  # answers stay in the page
NGINX = """# Include this inside a server block.
access_log off;
error_page 404 /404.html;
charset utf-8;
gzip on;
gzip_types text/css text/javascript application/javascript application/xml;
"""
# A page cannot say in itself who may frame it: that needs the header.
META = POLICY.partition("; frame-ancestors")[0]
HEAD = f"""
  <meta http-equiv="Content-Security-Policy" content="{META}">
  <meta name="referrer" content="no-referrer">"""


class Report(NamedTuple):
    """What was written: the number of files, their bytes, and the seconds that it took."""

    files: int
    size: int
    seconds: float


class Site(NamedTuple):
    """What a copy has. base: its address without a slash at the end, NOWHERE when unknown."""

    languages: tuple[str, ...]
    regions: tuple[str, ...]
    base: str


def file_of(path: str) -> str:
    """The file of a page, from its address on the server: '/de/in/' and '/de/in/AT' are de/in/index.html and de/in/AT.html."""
    if path.startswith(("/static/", "/data/")):
        return path[1:]
    return path[1:] + ("index.html" if path.endswith("/") else ".html")


class Relative(HTMLParser):
    """Makes a page of the server one that works in a file: start and end of what changes, and what stands there then."""

    def __init__(self, html: str, file: str, site: Site) -> None:
        super().__init__(convert_charrefs=False)
        self.html, self.file, self.site = html, file, site
        self.starts = [0]
        for line in html.split("\n"):  # as the parser counts lines
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.edits: list[tuple[int, int, str]] = []
        self.dropping: int | None = None
        self.feed(html)
        self.close()

    def text(self) -> str:
        """The page with its changes."""
        parts, done = [], 0
        for start, end, text in self.edits:
            parts += [self.html[done:start], text]
            done = end
        return "".join([*parts, self.html[done:]])

    def address(self, path: str) -> str:
        """Where a link of the page leads in the copy."""
        path, mark, rest = path.partition("#") if "#" in path else path.partition("?")
        file = file_of(path)
        if self.file == "404.html":  # shown for any address, so no relative link would do
            return f"{urlsplit(self.site.base).path}/{file}{mark}{rest}"
        return posixpath.relpath(file, posixpath.dirname(self.file) or ".") + mark + rest

    def place(self) -> int:
        """Where the parser stands in the page."""
        line, column = self.getpos()
        return self.starts[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Changes addresses; drops what needs a server or the address of the copy."""
        if self.dropping is not None:
            return
        given, start, raw = dict(attrs), self.place(), self.get_starttag_text() or ""
        text = raw
        if tag == "link" and given.get("rel") in {"canonical", "alternate"}:
            text = self._link(raw, given)
        elif tag == "meta" and "charset" in given:
            text = raw + HEAD
        elif tag == "div" and given.get("class") == "code" and self.site.base == NOWHERE:
            self.dropping = start  # the code on a card leads to an address that this copy does not know
            return
        else:
            for name in ("href", "src"):
                value = given.get(name) or ""
                if value.startswith("/"):
                    text = text.replace(f'{name}="{escape(value)}"', f'{name}="{escape(self.address(value))}"')
        if text != raw:
            self.edits.append((start, start + len(raw), text))

    def handle_endtag(self, tag: str) -> None:
        """Ends what is dropped."""
        if self.dropping is not None and tag == "div":
            self.edits.append((self.dropping, self.place() + len("</div>"), ""))
            self.dropping = None

    def _link(self, raw: str, given: Mapping[str, str | None]) -> str:
        path = (given.get("href") or "").removeprefix(self.site.base)
        if self.site.base == NOWHERE or "type" in given or given.get("hreflang") not in {None, *self.site.languages}:
            return ""  # no address, no server that could describe the page, or a language that the copy does not have
        return raw.replace(f'{path}"', f'/{file_of(path)}"')


class Maker:
    """One app and what it writes; each process has its own."""

    def __init__(self, folder: Path, directory: Directory, site: Site, environment: dict[str, str], now: datetime) -> None:
        self.folder, self.directory, self.site = folder, directory, site
        own = {"HOTLINE_ROUTER_BASE_URL": site.base, "HOTLINE_ROUTER_RATELIMIT_PAGES": "1000000 per second"}
        self.app = create_app(directory, now=lambda: now, environment={**environment, **own})
        self.app.config["SUFFIX"] = ".html"
        self.app.jinja_env.globals["offline"] = True
        offered = [language(code) for code in site.languages]
        self.app.context_processor(lambda: {"languages": offered, "made": now.date()})
        self.app.view_functions["form"] = self.form
        self.version = ""
        self.client = self.app.test_client()
        self.files = self.size = 0

    def form(self) -> str:
        """The questions, with the script that answers them."""
        form = SituationForm(None, self.directory)
        return pages.show_form(form, template="offline.html", data_version=self.version)[0]

    def write(self, file: str, data: str | bytes) -> None:
        """Writes a file and counts it."""
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        data = data.encode() if isinstance(data, str) else data
        path.write_bytes(data)
        self.files, self.size = self.files + 1, self.size + len(data)

    def page(self, path: str, file: str, status: int = 200) -> None:
        """Writes the server's answer as a file. Raises ValueError when it is not what was expected."""
        response = self.client.get(path)
        if response.status_code != status:
            raise ValueError(f"{path} answered {response.status_code}")
        self.write(file, Relative(response.get_data(as_text=True), file, self.site).text())

    def paths(self, code: str) -> list[str]:
        """The addresses of the guides of a language, as the server has them."""
        with self.app.app_context():
            paths = [p for p in guides.addresses() if not p.startswith("/in/") or p == "/in/" or p[4:] in self.site.regions]
        return [f"/{code}{path}" for path in paths]

    def guides(self, code: str) -> None:
        """Everything of a language that needs no question."""
        cards = [f"/{code}/card/{region}{size}" for region in self.site.regions for size in ("", "/large")]
        for path in (*self.paths(code), *cards):
            self.page(path, file_of(path))

    def questions(self, code: str, tables: Tables, version: str) -> None:
        """The questions of a language and the words of the answers."""
        self.version = version
        file = f"{code}/index.html"
        self.page(f"/{code}/", file)
        words = Words(self.app, tables, lambda html: Relative(html, file, self.site).text()).document(code)
        self.write(f"data/{code}.js", _script("WORDS", {"version": version, **words}))

    def shared(self) -> None:
        """What all languages share: the choice of a language, styles and scripts, and how a host should serve all this."""
        with self.app.test_request_context("/"):
            g.language = language(self.site.languages[0])
            self.write("index.html", Relative(render_template("start.html"), "index.html", self.site).text())
        self.page(f"/{self.site.languages[0]}/nowhere", "404.html", 404)
        for name in STATIC:
            self.write(f"static/{name}", (top("static") / name).read_bytes())
        robots = self.client.get("/robots.txt").get_data(as_text=True)
        if self.site.base == NOWHERE:
            self.write("robots.txt", robots.partition("Sitemap:")[0])
        else:
            self.write("robots.txt", robots)
            self.write("sitemap.xml", self._sitemap())
        if self.app.config["SECURITY_CONTACT"]:
            self.write(".well-known/security.txt", self.client.get("/.well-known/security.txt").data)
        fields = {**SECURITY, "Content-Security-Policy": POLICY, "Cache-Control": "public, max-age=3600"}
        self.write("_headers", "/*\n" + "".join(f"  {name}: {value}\n" for name, value in fields.items()))
        lines = "".join(f'add_header {name} "{value}" always;\n' for name, value in fields.items())
        self.write("nginx.conf", NGINX + lines)

    def _sitemap(self) -> str:
        have = {path for code in self.site.languages for path in (f"/{code}/", *self.paths(code))}
        lines = self.client.get("/sitemap.xml").get_data(as_text=True).splitlines(keepends=True)
        kept = []
        for line in lines:
            path = line.partition("<loc>")[2].partition("</loc>")[0].removeprefix(self.site.base)
            if not path or path in have:
                kept.append(line.replace(f"{path}</loc>", f"/{file_of(path)}</loc>") if path else line)
        return "".join(kept)


def _script(name: str, document: object) -> bytes:
    return f"window.{name}=".encode() + msgspec.json.encode(document) + b";\n"


_maker: Maker  # of this process


def _start(*given: Any) -> None:
    global _maker
    _maker = Maker(*given)


def _work(method: str, *given: Any) -> tuple[int, int]:
    """Has the maker of this process write something; gives the files and bytes."""
    _maker.files = _maker.size = 0
    getattr(_maker, method)(*given)
    return _maker.files, _maker.size


def write_site(
    folder: Path,
    directory: Directory,
    *,
    languages: Collection[str] = LANGUAGES,
    base_url: str = "",
    now: datetime,
    regions: Collection[str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Report:
    """Writes the whole site into a folder: the same bytes for the same data, day and settings.

    base_url: where the copy will be reached; without it there are no codes on the cards, no sitemap and no canonical links.
    regions: all when left out. environment: the settings of the README, os.environ when left out.
    Raises ValueError when the folder is not empty, or for a setting that cannot be.
    """
    began = time.monotonic()
    if folder.exists() and any(folder.iterdir()):
        raise ValueError(f"{folder} is not empty: name a new folder, so that no old page stays behind")
    offered = tuple(code for code in LANGUAGES if code in languages)
    site = Site(offered, tuple(sorted(regions or places.regions())), base_url.rstrip("/") or NOWHERE)
    settings = dict(os.environ if environment is None else environment)
    given = (folder, directory, site, settings, now)
    with ProcessPoolExecutor(min(os.cpu_count() or 1, len(offered)), get_context("spawn"), _start, given) as pool:
        jobs = [pool.submit(_work, "guides", code) for code in offered]
        _start(*given)
        tables = Tables(directory, now.date(), site.regions)
        document = tables.document()
        version = hashlib.sha256(msgspec.json.encode(document)).hexdigest()[:12]
        jobs += [pool.submit(_work, "questions", code, tables, version) for code in offered]
        done = [_work("shared"), _work("write", "data/places.js", _script("PLACES", {"version": version, **document}))]
        done += [job.result() for job in jobs]
    return Report(sum(files for files, _ in done), sum(size for _, size in done), time.monotonic() - began)
