"""make bench: how long things take here. Prints figures and ratios; asserts nothing."""

import gzip
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime

from hotline_router.directory import load_directory
from hotline_router.i18n import language
from hotline_router.model import Concern, Role, Situation
from hotline_router.output import plan_json
from hotline_router.planning import plan
from hotline_router.web import create_app

NOW = datetime(2026, 11, 27, 20, 0, tzinfo=UTC)
DAY = NOW.date()
FULL = {"concern": "sextortion", "region": "DE", "platform": "instagram", "role": "child"}


def median_ms(call, runs):
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        call()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def row(what, value, unit="ms", aim=""):
    print(f"{what:44} {value:10.3f} {unit:3} {aim}")


def main():
    directory = load_directory()
    print(f"{len(directory.services)} services, {len(directory.platforms)} platforms\n")
    asked = Situation(region="DE", platform="instagram", concern=Concern.SEXTORTION, role=Role.CHILD)
    row("load the directory", median_ms(load_directory, 7), aim="aim < 150")
    one = median_ms(lambda: plan(asked, directory, today=DAY), 2000)
    row("one plan", one, aim="aim < 0.5")
    found = plan(asked, directory, today=DAY)
    row("the plan as JSON", median_ms(lambda: plan_json(found, language("de")), 500))
    command = [sys.executable, "-m", "hotline_router", "route", "--region", "DE", "--concern", "grooming", "--json"]
    row("route from the shell", median_ms(lambda: subprocess.run(command, capture_output=True, check=True), 7), aim="aim < 500")
    app = create_app(directory, now=lambda: NOW, environment={"HOTLINE_ROUTER_RATELIMIT_PAGES": "1000000 per second"})
    client = app.test_client()
    health = median_ms(lambda: client.get("/healthz"), 300)
    row("request: health (the smallest)", health)
    for what, call in (
        ("request: form", lambda: client.get("/en/")),
        ("request: plan", lambda: client.post("/en/plan", data=FULL)),
        ("request: a region's guide", lambda: client.get("/en/in/DE")),
        ("request: a card", lambda: client.get("/en/card/DE")),
    ):
        spent = median_ms(call, 100)
        row(what, spent, aim=f"{spent / health:.1f} × health")
        row(f"{what}, compressed", len(gzip.compress(call().data)) / 1000, "kB")
    first = ("/en/", "/static/site.css", "/static/site.js")
    sizes = [len(gzip.compress(client.get(path).data)) / 1000 for path in first]
    for path, size in zip(first[1:], sizes[1:], strict=True):
        row(f"{path}, compressed", size, "kB")
    row(f"first view, {len(first)} requests, compressed", sum(sizes), "kB", "aim < 14")


if __name__ == "__main__":
    main()
