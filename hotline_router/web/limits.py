"""Rate limits that keep no address and open when their store is out of reach."""

from __future__ import annotations

import hmac
import ipaddress
import logging
import secrets
from collections.abc import Callable
from typing import Any

from flask import Flask, request
from flask_limiter import Limiter
from werkzeug.middleware.proxy_fix import ProxyFix

PAGES = "240 per minute"  # generous: a school or a mobile carrier shares one address
STORE_SECONDS = 0.05  # a store that does not answer in this time counts as down: a page waits for it at most twice as long


def bucket(address: str, key: bytes) -> str:
    """The limit key of an address: an HMAC of its network (/24 of IPv4, /48 of IPv6), never the address."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        network = b"unknown"
    else:
        if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
            ip = ip.ipv4_mapped
        network = ip.packed[: 3 if ip.version == 4 else 6]
    return hmac.digest(key, network, "sha256").hex()[:32]


def _key_func(key: bytes) -> Callable[[], str]:
    return lambda: bucket(request.environ.get("REMOTE_ADDR", ""), key)


def trust_proxies(app: Flask, env: dict[str, str]) -> None:
    """Believes what so many proxies in front say of the client's address and of TLS; by default none.

    Raises ValueError for a number that is none.
    """
    said = env.get("HOTLINE_ROUTER_TRUSTED_PROXIES") or "0"
    if said not in {"0", "1", "2", "3"}:
        raise ValueError(f"HOTLINE_ROUTER_TRUSTED_PROXIES is {said!r}: use 0, 1, 2 or 3, the number of proxies in front")
    if proxies := int(said):
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=0)  # type: ignore[method-assign]


def init(app: Flask, env: dict[str, str]) -> Limiter:
    """Limits every page, and gives the limiter for tighter ones.

    Several workers share the key and the store through the environment.
    """
    key = env.get("HOTLINE_ROUTER_RATELIMIT_KEY", "").encode() or secrets.token_bytes(32)
    storage = env.get("HOTLINE_ROUTER_RATELIMIT_STORAGE", "memory://")
    # The library logs the address of the store and a traceback per request while the store is down.
    logging.getLogger("flask-limiter").setLevel(logging.CRITICAL)
    options: dict[str, Any] = {}
    if not storage.startswith("memory"):
        options = {"socket_connect_timeout": STORE_SECONDS, "socket_timeout": STORE_SECONDS}
    return Limiter(
        _key_func(key),
        app=app,
        default_limits=[env.get("HOTLINE_ROUTER_RATELIMIT_PAGES", PAGES)],
        storage_uri=storage,
        storage_options=options,
        strategy="fixed-window",
        swallow_errors=True,
        headers_enabled=False,
        key_prefix="hotline-router",
    )
