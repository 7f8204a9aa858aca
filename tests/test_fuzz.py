"""A hundred thousand requests that no browser would send: no error of ours, no echo, no way off the site, no log line."""

import io
import json
import random
import string

import pytest

from hotline_router.i18n import LANGUAGES
from hotline_router.model import Concern, Role
from hotline_router.web import create_app
from tests.conftest import FORM, NOW

GROUPS, EACH = 10, 10_000
MARK = "zq9x"  # stands in every value that must never come back
NASTY = (
    "{m}", "<script>{m}</script>", "\"'><img src=x onerror={m}>", "{{{{7*7}}}}{m}", "%s%n{m}", "../../etc/{m}", "..%2f..%2f{m}",
    "{m}\r\nSet-Cookie: a={m}", "\x00{m}", "{m}\u202e\u2066", "\ud7ff{m}\ufffe", "//evil.example/{m}", "https://evil.example/{m}",
    "${{jndi:ldap://evil.example/{m}}}", "' OR 1=1 --{m}", "{m}" + "A" * 3000, "\u0661\u0662{m}", "{m}=&;", "DE\t{m}",
    " DE {m}",
)  # fmt: skip
FIELDS = ("concern", "region", "platform", "role", "danger", "tried_platform", "child_region", "change")
QUERIES = (*FIELDS, "accent", "url", "format", "maxwidth", "page", "per_page", "taxonomy_term_id", "modified_after", "language")
TYPES = (
    FORM,
    FORM,
    FORM,
    FORM + "; charset=utf-16",
    "multipart/form-data; boundary=x",
    "application/json",
    "text/plain",
    "",
    "x/y;",
)
METHODS = ("GET", "GET", "GET", "POST", "POST", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "zq9x")
HEADERS = (
    "HTTP_ACCEPT_LANGUAGE", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_REFERER",
    "HTTP_COOKIE", "HTTP_ORIGIN", "HTTP_USER_AGENT", "HTTP_IF_NONE_MATCH", "HTTP_RANGE", "HTTP_X_ORIGINAL_URL",
    "HTTP_FORWARDED", "HTTP_ACCEPT",
)  # fmt: skip


@pytest.fixture(scope="module")
def wsgi(directory):
    env = {
        "HOTLINE_ROUTER_RATELIMIT_PAGES": "10000000 per minute",
        "HOTLINE_ROUTER_RATELIMIT_API": "10000000 per minute",
        "HOTLINE_ROUTER_EMBED_ORIGINS": "https://ngo.example",
        "HOTLINE_ROUTER_CONTACT": "example operator",
        "HOTLINE_ROUTER_BASE_URL": "https://help.example",
    }
    return create_app(directory, now=lambda: NOW, environment=env)


def raw(text):
    """A str as WSGI carries bytes."""
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


class Maker:
    """Makes one odd request after the other, the same ones for the same seed."""

    def __init__(self, seed, directory):
        self.r = random.Random(seed)
        self.good = {
            "concern": [*Concern],
            "region": ["DE", "US", "XK", "MA"],
            "child_region": ["FR", "AQ"],
            "platform": [*directory.shown_platforms],
            "role": [*Role],
            "danger": ["yes"],
            "tried_platform": ["yes"],
            "change": ["yes"],
        }

    def value(self, field):
        r = self.r
        kind = r.random()
        if kind < 0.5:
            return r.choice(self.good[field])
        if kind < 0.9:
            return r.choice(NASTY).format(m=MARK)
        return MARK + "".join(r.choice(string.printable) for _ in range(r.randrange(20)))

    def body(self):
        r = self.r
        if r.random() < 0.1:
            return r.randbytes(r.randrange(200))
        if r.random() < 0.2:
            fields = {r.choice((*FIELDS, "language", MARK)): self.value(r.choice(FIELDS)) for _ in range(r.randrange(9))}
            return json.dumps(fields, ensure_ascii=r.random() < 0.5).encode("utf-8", "surrogatepass")
        names = [r.choice(FIELDS) if r.random() < 0.95 else r.choice(NASTY).format(m=MARK) for _ in range(r.randrange(9))]
        pairs = ((name, self.value(name) if name in self.good else MARK) for name in names)
        quote = "%{:02x}".format
        text = "&".join(
            name + "=" + ("".join(map(quote, value.encode("utf-8", "surrogatepass"))) if r.random() < 0.7 else value)
            for name, value in pairs
        )
        return text.encode("utf-8", "surrogatepass")

    def path(self):
        r = self.r
        lang = r.choice(LANGUAGES) if r.random() < 0.9 else r.choice(NASTY).format(m=MARK)
        kind = r.randrange(12)
        if kind < 3:
            return f"/{lang}/plan"
        if kind < 6:
            last = self.value(r.choice(("region", "platform", "concern")))
            return f"/{lang}/{r.choice(('in', 'on', 'about', 'help', 'card'))}/{last}{r.choice(('', '/large', '/', '//'))}"
        if kind == 6:
            return r.choice(("/", "/healthz", "/robots.txt", "/.well-known/security.txt", "/static/site.css", f"/{lang}/"))
        if kind == 7:
            return f"/embed/{lang}/" + r.choice(("", "plan", "plan", "card/" + self.value("region")))
        if kind == 8:
            return "/oembed"
        if kind == 9:
            return "/api/v1/" + r.choice(
                ("", "plan", "plan", "plan", "regions/" + self.value("region"), "services", "openapi.json")
            )
        if kind == 10:
            return "/hsds/" + r.choice(("", "services", "taxonomy_terms", "services/" + self.value("region"), MARK))
        return "/" + r.choice(NASTY).format(m=MARK)

    def environ(self):
        r = self.r
        body = self.body()
        method = r.choice(METHODS)
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": raw(self.path()),
            "QUERY_STRING": raw(f"{r.choice(QUERIES)}={r.choice(NASTY).format(m=MARK)}") if r.random() < 0.4 else "",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "192.0.2.1",
            "HTTP_HOST": "localhost"
            if r.random() < 0.8
            else r.choice(("evil.example", f"{MARK}.example", MARK + "@x", "[::1", "")),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": r.choice(("http", "https")),
            "wsgi.input": io.BytesIO(body),
            "wsgi.input_terminated": True,
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "CONTENT_TYPE": r.choice(TYPES),
        }
        if r.random() < 0.9:
            said = r.choice(("-1", "99999999", "abc", "0"))
            environ["CONTENT_LENGTH"] = str(len(body)) if r.random() < 0.9 else said
        for name in r.sample(HEADERS, r.randrange(4)):
            environ[name] = raw(r.choice(NASTY).format(m=MARK)).replace("\r", "").replace("\n", "")
        return environ


def answer(wsgi, environ):
    found = {}

    def start(status, headers, exc_info=None):
        found.update(status=int(status.split()[0]), headers=headers)

    chunks = wsgi(environ, start)
    found["body"] = b"".join(chunks)
    if hasattr(chunks, "close"):
        chunks.close()
    return found


@pytest.mark.parametrize("seed", range(GROUPS))
def test_odd_requests(wsgi, directory, seed, caplog):
    maker = Maker(seed, directory)
    mark = MARK.encode()
    seen = set()
    for i in range(EACH):
        environ = maker.environ()
        errors = environ["wsgi.errors"]
        found = answer(wsgi, environ)
        case = (seed, i, environ["REQUEST_METHOD"], environ["PATH_INFO"], found["status"])
        seen.add(found["status"])
        unmade = environ["PATH_INFO"] == "/oembed" and found["status"] == 501  # a format that oEmbed lets a site not make
        assert found["status"] < 500 or unmade, case
        assert mark not in found["body"], case
        for name, value in found["headers"]:
            assert MARK not in value, case
            assert name.lower() != "set-cookie", case
            if name.lower() == "location":
                assert value[0] == "/", case
                assert value[:2] != "//", case
        assert errors.getvalue() == "", case
    assert caplog.records == []
    assert {200, 400, 404, 405, 415} <= seen
