"""Response headers: one table for every answer, and no cookie ever."""

from __future__ import annotations

from wsgiref.headers import Headers

CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
SECURITY = {
    "Content-Security-Policy": CSP,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HSTS = ("Strict-Transport-Security", "max-age=31536000")  # only where the request came over TLS
PAGE = {**SECURITY, "Cache-Control": "no-store", "X-Robots-Tag": "noindex"}

GUIDE = {**PAGE, "Cache-Control": "public, max-age=3600", "X-Robots-Tag": "all"}  # an hour: a correction is soon everywhere
# A sandboxed frame has no origin of its own: whatever it loads comes from another.
IN_FRAMES = {"site.css", "site.js", "embed.css", "frame.js", "embed.js"}


def add_static(found: Headers, path: str, url: str) -> None:
    """The security headers for a static file."""
    for name, value in SECURITY.items():
        found[name] = value
    if url.removeprefix("/static/") in IN_FRAMES:
        found["Cross-Origin-Resource-Policy"] = "cross-origin"
    if url == "/static/embed.js":  # pages of others load it and check its hash, for which they must be able to read it
        found["Access-Control-Allow-Origin"] = "*"
