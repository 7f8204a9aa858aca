"""Pages to read without answering a question: by region, platform and concern, cards, and pages about this site.

They depend on their address and on the day alone, so they may be cached and indexed; every answer on them comes from
the planner.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import msgspec
import segno
from flask import Flask, Response, abort, current_app, g, render_template, request

from hotline_router import places, planning, wording
from hotline_router.directory import Directory
from hotline_router.i18n import LANGUAGES
from hotline_router.model import Channel, Concern, Kind, Purpose, Role, Service, Situation, Step
from hotline_router.web.headers import GUIDE
from hotline_router.wording import N_

C = Concern
SECURITY_DAYS = 180  # RFC 9116 wants less than a year
# What a guide of a region shows: its heading, and the situation and step of the planner that fill it.
REGION = (
    (N_("Report pictures, videos or accounts"), Situation(concern=C.SEXUAL_IMAGES), Purpose.REPORT),
    (N_("Report threats or contact by an adult"), Situation(concern=C.SEXTORTION, role=Role.CHILD), Purpose.REPORT),
    (N_("Report abuse that you know of"), Situation(concern=C.OFFLINE_ABUSE), Purpose.REPORT),
    (N_("A child is missing"), Situation(concern=C.MISSING), Purpose.REPORT),
    (N_("Get pictures of a child taken down"), Situation(concern=C.OWN_IMAGE, role=Role.CHILD), Purpose.REMOVE),
    (N_("Somebody to talk to, for children"), Situation(concern=C.OWN_IMAGE, role=Role.CHILD), Purpose.SUPPORT),
    (N_("Somebody to talk to, for parents"), Situation(concern=C.OWN_IMAGE, role=Role.PARENT), Purpose.SUPPORT),
    (N_("Somebody to talk to, for adults who were hurt as a child"), Situation(role=Role.SURVIVOR), Purpose.SUPPORT),
    (N_("Help with thoughts that worry you"), Situation(concern=C.OWN_THOUGHTS), Purpose.SUPPORT),
    (N_("If the platform does not act"), Situation(concern=C.SEXUAL_IMAGES, tried_platform=True), Purpose.ESCALATE),
)
# What a guide of a platform shows.
PLATFORM = (
    (N_("Report it there"), Situation(concern=C.SEXUAL_IMAGES), Purpose.REMOVE),
    (N_("If they do not act"), Situation(concern=C.SEXUAL_IMAGES, tried_platform=True), Purpose.ESCALATE),
)
# Whose lines a guide of a concern shows, besides those for everybody.
READERS = (
    (Role.CHILD, N_("If you are under 18")),
    (Role.PARENT, N_("If you are a parent or carer")),
    (Role.SURVIVOR, N_("If it happened to you as a child")),
    (Role.PROFESSIONAL, N_("If you work with children")),
    (Role.PROVIDER, N_("If you run a website or app")),
)


def _directory() -> Directory:
    found: Directory = current_app.extensions["directory"]
    return found


def base_url() -> str:
    """Where this copy is reached, without a slash at the end: the operator's setting, else the address of the request."""
    return str(current_app.config["BASE_URL"] or request.host_url).rstrip("/")


def emergency(region: str | None, *, certain: bool) -> dict[str, Any]:
    """The numbers for the emergency line: of a region that the reader chose (certain), or that the browser suggests."""
    channels: tuple[Channel, ...] = ()
    for served in _directory().serving(region) if region else ():
        if served.service.kind is Kind.EMERGENCY and served.reach == 0:
            channels = tuple(c for c in served.service.channels if c.type == "phone")
    name = places.region_name(region, g.language.code) if region else None
    return {"channels": channels, "region": name, "certain": bool(certain and channels)}


def platform_groups() -> list[tuple[str, list[tuple[str, str]]]]:
    """Platforms grouped by category in the order of wording.CATEGORIES, by name inside a group: pairs of id and name."""
    groups: dict[str, list[tuple[str, str]]] = {category: [] for category in wording.CATEGORIES}
    for platform in _directory().shown_platforms.values():
        groups[platform.category].append((platform.id, wording.platform_name(platform, g.language)))
    return [
        (g.language.gettext(wording.CATEGORIES[category]), sorted(found, key=lambda pair: places.sort_key(pair[1])))
        for category, found in groups.items()
        if found
    ]


def _page(template: str, **values: Any) -> Response:
    path = request.path.removeprefix(f"/{g.language.code}")
    return public(render_template(template, path=path, base=base_url(), now=None, **values), "text/html")


def public(body: str | bytes, mimetype: str, headers: dict[str, str] = GUIDE) -> Response:
    """A body that depends on its address and the day alone, with a tag."""
    response = Response(body, mimetype=mimetype, headers=headers)
    response.add_etag()
    response.make_conditional(request)
    return response


def _steps(rows: tuple[tuple[str, Situation, Purpose], ...], **answers: str | None) -> list[tuple[str, Step]]:
    """The rows of a guide that have something to show, with the planner's step."""
    today = current_app.extensions["now"]().date()
    found = []
    for title, situation, purpose in rows:
        asked = msgspec.structs.replace(situation, **answers)
        for step in planning.plan(asked, _directory(), today=today).steps:
            if step.purpose is purpose and step.referrals:
                found.append((title, step))
    return found


def regions() -> Response:
    """All regions in the order of their names, under their first letters."""
    letters: dict[str, list[tuple[str, str]]] = {}
    for code, name in places.sorted_regions(g.language.code):
        letters.setdefault(places.sort_key(name)[0][0].upper(), []).append((code, name))
    return _page("regions.html", letters=letters)


def region(code: str) -> Response:
    """Everything known for one region."""
    if code not in places.regions():
        abort(404)
    steps = _steps(REGION, region=code)
    seen: set[str] = set()
    parts = []
    for title, step in steps:  # each place in full once, and by name after that
        fresh = [r for r in step.referrals if r.entry.id not in seen]
        parts.append((title, step, fresh, [r.entry for r in step.referrals if r.entry.id in seen]))
        seen |= {r.entry.id for r in fresh}
    return _page(
        "region.html",
        code=code,
        name=places.region_name(code, g.language.code),
        parts=parts,
        emergency=emergency(code, certain=True),
        linked=list(_linked_data(steps, code)),
    )


def _linked_data(steps: list[tuple[str, Step]], code: str) -> Iterator[dict[str, Any]]:
    """schema.org ContactPoints of the organisations whose numbers the page shows."""
    seen = set()
    for referral in (r for _, step in steps for r in step.referrals):
        entry = referral.entry
        numbers = [c.number for c in referral.channels if c.type == "phone"]
        if not isinstance(entry, Service) or entry.kind is Kind.EMERGENCY or entry.id in seen or not numbers:
            continue
        seen.add(entry.id)
        point = {"@type": "ContactPoint", "telephone": numbers[0], "areaServed": code, "contactType": entry.kind.value}
        if entry.languages:
            point["availableLanguage"] = list(entry.languages)  # type: ignore[assignment]
        urls = [c.url for c in referral.channels if c.url]
        yield {
            "@context": "https://schema.org",
            "@type": "Organization",
            "name": entry.operator or entry.name,
            **({"url": urls[0]} if urls else {}),
            "contactPoint": point,
        }


def card_facts(code: str) -> dict[str, Any]:
    """What a card of a region says: numbers, one place to report, who listens, and where to read on.

    Raises NotFound for a code that is no region.
    """
    if code not in places.regions():
        abort(404)
    found = {step.purpose: step for _, step in _steps((REGION[0], REGION[5]), region=code)}
    return {
        "code": code,
        "name": places.region_name(code, g.language.code),
        "report": next(iter(found[Purpose.REPORT].referrals)),
        "support": [r for r in found[Purpose.SUPPORT].referrals if any(c.number for c in r.channels)][:2]
        or list(found[Purpose.SUPPORT].referrals)[:1],
        "emergency": emergency(code, certain=True),
        "address": f"{base_url()}/{g.language.code}/in/{code}{current_app.config.get('SUFFIX', '')}",
        "date": _directory().date,
    }


def card(code: str, large: bool = False) -> Response:
    """A card of a region to print and hang up, with a QR code to the region's page, never to an answer."""
    facts = card_facts(code)
    return _page(
        "card.html",
        **facts,
        qr=segno.make(facts["address"], error="m", micro=False).svg_inline(
            scale=4, border=4, omitsize=True, svgclass="qr", lineclass=None
        ),
        large=large,
    )


def large_card(code: str) -> Response:
    """The same card in large print."""
    return card(code, large=True)


def platforms() -> Response:
    """All platforms by category."""
    return _page("platforms.html", groups=platform_groups())


def platform(code: str) -> Response:
    """How to report on one platform."""
    if code not in _directory().shown_platforms:
        abort(404)
    found = _directory().shown_platforms[code]
    parts = [(title, r) for title, step in _steps(PLATFORM, platform=code) for r in step.referrals if r.entry.id == code]
    return _page("platform.html", found=found, parts=parts, emergency=emergency(None, certain=False))


def concerns() -> Response:
    """What a person can ask about."""
    return _page("concerns.html", concerns=_directory().concerns)


def concern(code: str) -> Response:
    """What to do and what not to do, for everybody and for each kind of reader."""
    if code not in set(Concern):
        abort(404)
    asked = Concern(code)
    common = planning.advice_for(Situation(concern=asked), _directory())
    own = [
        (title, [line for line in planning.advice_for(Situation(concern=asked, role=role), _directory()) if line not in common])
        for role, title in READERS
    ]
    return _page(
        "concern.html",
        asked=asked,
        words=_directory().concerns[asked],
        common=common,
        own=[(title, lines) for title, lines in own if lines],
        emergency=emergency(None, certain=False),
    )


def text(code: str) -> Response:
    """A page of our own words."""
    if code not in _directory().pages:
        abort(404)
    return _page("text.html", found=_directory().pages[code], emergency=emergency(None, certain=False))


def addresses() -> Iterator[str]:
    """The paths of all guide pages behind the language."""
    d = _directory()
    yield from ("/in/", "/on/", "/about/")
    yield from (f"/in/{code}" for code in sorted(places.regions()))
    yield from (f"/on/{code}" for code in sorted(d.shown_platforms))
    yield from (f"/about/{code}" for code in d.concerns)
    yield from (f"/help/{code}" for code in d.pages)


def sitemap() -> Response:
    """All guide pages in all languages, for search engines."""
    paths = ["/", *addresses()]
    urls = "".join(f"<url><loc>{base_url()}/{lang}{path}</loc></url>\n" for lang in LANGUAGES for path in paths)
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}</urlset>\n'
    return public(body, "application/xml")


def robots() -> Response:
    """Guides may be indexed; plans have no address."""
    body = f"User-agent: *\nDisallow: /*/plan\nSitemap: {base_url()}/sitemap.xml\n"
    return public(body, "text/plain")


LLMS = """\
# hotline_router

> Official channels for reporting child sexual abuse material, grooming, sextortion and the like, by country, platform, what
> happened and who asks: one ordered plan with dated evidence.

Rules for assistants: begin with the emergency number. Ask for the country first. Quote names, numbers and addresses
letter by letter, say when each was checked, show nothing after its 'expires' day, and never complete or add one from memory.
Send option codes only: never what a person saw, wrote or was sent, and never ask for it.

- [API, keyless, JSON]({base}/api/v1/docs)
- [OpenAPI description]({base}/api/v1/openapi.json)
- [Plan for one region, example]({base}/api/v1/plan?region=DE)
- [Services as open referral data (HSDS)]({base}/hsds/)
- [Everything known for each region, to read]({base}/en/in/)
- [How to report on each platform]({base}/en/on/)
- [What to do and not to do]({base}/en/about/)
- A server of the Model Context Protocol comes with the program: `hotline-router mcp`
"""


def llms() -> Response:
    """What an assistant should know before it quotes us."""
    return public(LLMS.format(base=base_url()), "text/plain")


def security() -> Response:
    """Where to tell of a weakness (RFC 9116); there is none until the operator names an address."""
    contact = str(current_app.config["SECURITY_CONTACT"])
    if not contact:
        abort(404)
    until = current_app.extensions["now"]() + timedelta(days=SECURITY_DAYS)
    lines = (
        "# Never send pictures of children, or links to them, to this address. Where to report them: " + base_url(),
        f"Contact: {contact}",
        f"Expires: {until:%Y-%m-%dT00:00:00Z}",
        f"Canonical: {base_url()}/.well-known/security.txt",
        f"Preferred-Languages: {', '.join(LANGUAGES)}",
    )
    return public("\n".join(lines) + "\n", "text/plain")


def init(app: Flask) -> None:
    """The routes of the guides."""
    lang = f"/<any({','.join(LANGUAGES)}):lang>"
    rows: tuple[tuple[str, Callable[..., Response]], ...] = (
        ("/in/", regions),
        ("/in/<code>", region),
        ("/card/<code>", card),
        ("/card/<code>/large", large_card),
        ("/on/", platforms),
        ("/on/<code>", platform),
        ("/about/", concerns),
        ("/about/<code>", concern),
        ("/help/<code>", text),
    )
    for path, view in rows:
        app.add_url_rule(lang + path, view.__name__, view)
    app.add_url_rule("/sitemap.xml", "sitemap", sitemap)
    app.add_url_rule("/.well-known/security.txt", "security", security)
    app.add_url_rule("/robots.txt", "robots", robots)
    app.add_url_rule("/llms.txt", "llms", llms)
