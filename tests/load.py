"""make bench, second part: the real server under wrk on loopback, side by side with a bare Flask on the same settings.

Prints requests per second as ratios to the bare Flask, the 99th percentile, memory, and how cost grows with the data.
Needs wrk; with nginx as well, the plan as a static file stands beside it.
"""

import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from hotline_router.directory import Directory, load_directory
from hotline_router.model import Situation
from hotline_router.planning import plan
from tests.bench import DAY, FULL, median_ms, row
from tests.conftest import free_port

SECONDS, CLIENTS, WORKERS = 4, 16, 2
OPEN = {
    "HOTLINE_ROUTER_RATELIMIT_PAGES": "100000000 per minute",
    "HOTLINE_ROUTER_RATELIMIT_API": "100000000 per minute",
    "HOTLINE_ROUTER_BASE_URL": "https://help.example",
}
BARE = """
import sys
from flask import Flask
from hotline_router.web import server
app = Flask("bare")
app.add_url_rule("/", "hello", lambda: "<!doctype html><title>hello</title>hello")
server.run(lambda: app, f"127.0.0.1:{sys.argv[1]}", 2)
"""
POST = 'wrk.method = "POST"\nwrk.body = "{}"\nwrk.headers["Content-Type"] = "application/x-www-form-urlencoded"\n'
API = 'wrk.method = "POST"\nwrk.body = %s\nwrk.headers["Content-Type"] = "application/json"\n'
NGINX = """
daemon off; pid {folder}/pid; error_log /dev/null crit; worker_processes 2;
events {{ worker_connections 256; }}
http {{ access_log off; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e; default_type text/html;
  server {{ listen 127.0.0.1:{port}; root {folder}/www; }} }}
"""


def wrk(port, path, script=None):
    """Requests per second, the 99th percentile in ms, and the number of answers that were errors."""
    command = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{SECONDS}s", "--latency", *(["-s", script] if script else [])]
    said = subprocess.run([*command, f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True).stdout
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", said).groups()
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    return rate, float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit], int(bad[1]) if bad else 0


def started(command, path="/"):
    """A process that answers on a port, and how long that took in ms."""
    port = free_port()
    began = time.perf_counter()
    process = subprocess.Popen(
        [*command, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **OPEN}
    )
    while subprocess.run(["curl", "-sf", "-o", "/dev/null", f"http://127.0.0.1:{port}{path}"], check=False).returncode:
        time.sleep(0.02)
    return process, port, (time.perf_counter() - began) * 1000


def own_memory(process):
    """Proportional memory of each worker in MB."""
    found = subprocess.run(["ps", "--ppid", str(process.pid), "-o", "pid="], capture_output=True, text=True, check=False).stdout
    for pid in found.split():
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        yield next(int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:"))


def growth():
    """The cost of one plan with ten times the data, as a ratio."""
    d = load_directory()
    many = dict(d.services)
    for i in range(9):
        for s in d.services.values():
            copy = msgspec.structs.replace(s, id=f"{s.id}-{i}", regions=("BV",))
            many[copy.id] = copy
    tenfold = Directory(many, d.platforms, d.concerns, d.steps, d.pages, d.exemptions, d.version)
    asked = Situation(region="DE", platform="instagram", concern="sextortion", role="child")
    times = [median_ms(lambda d=d: plan(asked, d, today=DAY), 1000) for d in (d, tenfold)]
    return times[1] / times[0], len(many)


def main():
    ratio, services = growth()
    row(f"one plan, {services} services against a tenth", ratio, "×", "aim: flat")
    if not shutil.which("wrk"):
        print("install wrk (and nginx) to put the server under load: apt-get install wrk nginx-light")
        return
    print(f"\n{CLIENTS} connections for {SECONDS} s each, {WORKERS} workers, {os.cpu_count()} processors")
    bare, bare_port, _ = started([sys.executable, "-c", BARE])
    ours, port, cold = started(
        [sys.executable, "-m", "hotline_router", "serve", "--workers", str(WORKERS), "--port"], "/healthz"
    )
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "post.lua"
        script.write_text(POST.format("&".join(f"{k}={v}" for k, v in FULL.items())))
        api = Path(folder) / "api.lua"
        api.write_text(API % json.dumps(json.dumps(FULL)))
        rates = []
        for _ in range(3):
            rates.append(wrk(bare_port, "/")[0])
        reference = statistics.median(rates)
        row("bare Flask", reference, "/s", "1.00")
        for what, path, lua, aim in (
            ("form", "/en/", None, ""),
            ("plan (POST)", "/en/plan", str(script), "aim 0.5"),
            ("guide of a region", "/en/in/DE", None, "aim 0.8"),
            ("API: plan (POST)", "/api/v1/plan", str(api), ""),
            ("API: a region", "/api/v1/regions/DE", None, "aim 0.8"),
            ("HSDS: the services", "/hsds/services", None, "aim 0.8"),
            ("health", "/healthz", None, ""),
        ):
            rate, p99, bad = wrk(port, path, lua)
            row(what, rate, "/s", f"{rate / reference:.2f} of bare, p99 {p99:.0f} ms, {bad} errors  {aim}")
        if shutil.which("nginx"):
            www = Path(folder) / "www"
            www.mkdir()
            os.chmod(folder, 0o755)
            subprocess.run(["curl", "-sf", "-d", "&".join(f"{k}={v}" for k, v in FULL.items()), "-o", www / "plan.html",
                            f"http://127.0.0.1:{port}/en/plan"], check=True)  # fmt: skip
            static = free_port()
            (Path(folder) / "nginx.conf").write_text(NGINX.format(folder=folder, port=static))
            nginx = subprocess.Popen(["nginx", "-c", f"{folder}/nginx.conf"], stderr=subprocess.DEVNULL)
            time.sleep(0.5)
            rate, p99, bad = wrk(static, "/plan.html")
            row(
                "the same plan as a file behind nginx",
                rate,
                "/s",
                f"{rate / reference:.2f} of bare, p99 {p99:.0f} ms, {bad} errors",
            )
            nginx.terminate()
            nginx.wait()
    row("memory of a worker after that", max(own_memory(ours)), "MB")
    row("cold start until it answers", cold)
    for process in (bare, ours):
        process.send_signal(signal.SIGTERM)
        process.wait(20)


if __name__ == "__main__":
    main()
