"""What an operator copies: every setting is explained, and no example keeps a log of anybody."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
SETTING = re.compile(r"HOTLINE_ROUTER_[A-Z]+(?:_[A-Z]+)*")


def text(name):
    return (ROOT / name).read_text("utf-8")


def test_the_readme_explains_every_setting_and_no_other():
    used = {name for file in (ROOT / "hotline_router").rglob("*.py") for name in SETTING.findall(file.read_text("utf-8"))}
    explained = set(re.findall(r"^\| `(HOTLINE_ROUTER_[A-Z_]+)`", text("README.md"), re.M))

    assert used == explained


@pytest.mark.parametrize("name", ["compose.yaml", "hotline-router.service", "Containerfile", "nginx.conf", "torrc"])
def test_an_example_sets_only_what_exists(name):
    known = set(re.findall(r"^\| `(HOTLINE_ROUTER_[A-Z_]+)`", text("README.md"), re.M))

    assert set(SETTING.findall(text(f"deploy/{name}"))) <= known


def test_the_compose_file_keeps_nothing_and_writes_nowhere():
    found = yaml.safe_load(text("deploy/compose.yaml"))

    for name, service in found["services"].items():
        assert service["logging"] == {"driver": "none"}, name
        if name != "proxy":
            assert service["read_only"] is True
            assert service["cap_drop"] == ["ALL"]
            assert not service.get("volumes")
            assert not service.get("ports")
    assert "--save" in found["services"]["store"]["command"]


def test_the_proxies_write_no_log_and_pass_on_nothing_of_the_reader():
    nginx, caddy = text("deploy/nginx.conf"), text("deploy/Caddyfile")

    assert "access_log off;" in nginx
    assert "error_log /dev/null crit;" in nginx
    assert not re.search(r"^\s*log\b", caddy, re.M)
    for header in ("User-Agent", "Referer", "Cookie"):
        assert f'proxy_set_header {header} "";' in nginx
        assert f"header_up -{header}" in caddy
    assert "$proxy_add_x_forwarded_for" not in nginx  # it would pass on what the client claims


def test_the_container_runs_as_nobody():
    found = text("deploy/Containerfile")

    assert "USER 65534:65534" in found
    assert "--require-hashes" in found
    assert found.index("USER") < found.index('CMD ["/app/bin/hotline-router"')


def test_the_unit_takes_every_right_away():
    found = text("deploy/hotline-router.service")

    for line in ("DynamicUser=yes", "ProtectSystem=strict", "NoNewPrivileges=yes", "CapabilityBoundingSet=", "PrivateTmp=yes"):
        assert f"\n{line}\n" in found
    assert "StandardOutput=null" in found
