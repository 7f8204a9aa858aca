"""make soak: 200,000 mixed requests to the real server; memory, errors and speed as it goes. Needs wrk.

Exits 1 when an answer is wrong or when the memory of the workers still grows in the second half.
"""

import os
import random
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from hotline_router import places
from hotline_router.directory import load_directory
from hotline_router.i18n import LANGUAGES
from hotline_router.model import Concern, Role
from tests.load import own_memory, started

REQUESTS, SECONDS, WORKERS, CLIENTS = 200_000, 10, 2, 8
GROWTH = 1.05  # what the second half may add to the memory at its beginning
LUA = """
local lines, n = {}, 0
for line in io.lines(os.getenv("SOAK")) do n = n + 1; lines[n] = line end
local i = tonumber(os.getenv("SOAK_FROM"))
function request()
  i = i % n + 1
  local method, path, kind, body = lines[i]:match("^(%S+) (%S+) (%S*) (.*)$")
  return wrk.format(method, path, {["Content-Type"] = kind}, body)
end
wrong = 0
local thread
function setup(one) thread = one end
function response(status)
  if status >= 500 or status == 429 then wrong = wrong + 1 end
end
function done(summary)
  local e = summary.errors
  io.write(string.format("WRONG %d\\n", thread:get("wrong")))
  io.write(string.format("SENT %d BROKEN %d SECONDS %f\\n", summary.requests, e.connect + e.read + e.write + e.timeout,
    summary.duration / 1e6))
end
"""
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


def lines():
    """Requests of every kind, one a line: method, path, type and body."""
    r = random.Random(7)
    d = load_directory()
    regions, platforms = sorted(places.regions()), sorted(d.shown_platforms)
    for _ in range(20_000):
        lang, region, platform = r.choice(LANGUAGES), r.choice(regions), r.choice(platforms)
        concern, role = r.choice([*Concern]), r.choice([*Role])
        yield r.choice(
            (
                f"POST /{lang}/plan {FORM} concern={concern}&region={region}&platform={platform}&role={role}",
                f"POST /{lang}/plan {FORM} concern={concern}&region={region}&tried_platform=yes&danger=yes",
                f'POST /api/v1/plan {JSON} {{"region":"{region}","concern":"{concern}","language":"{lang}"}}',
                f"POST /{lang}/plan {FORM} region=ZZ",
                f"GET /{lang}/in/{region} x ",
                f"GET /{lang}/on/{platform} x ",
                f"GET /{lang}/card/{region} x ",
                f"GET /{lang}/ x ",
                f"GET /api/v1/plan?region={region}&platform={platform} x ",
                f"GET /nowhere/{region} x ",
                "GET /healthz x ",
            )
        )


def main():
    command = [sys.executable, "-m", "hotline_router", "serve", "--workers", str(WORKERS), "--port"]
    server, port, _ = started(command, "/healthz")
    sizes, sent, broken = [], 0, 0
    try:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "lines").write_text("\n".join(lines()) + "\n")
            Path(folder, "soak.lua").write_text(LUA)
            while sent < REQUESTS:
                env = {**os.environ, "SOAK": f"{folder}/lines", "SOAK_FROM": str(sent % 20_000)}
                wrk = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{SECONDS}s", "-s", f"{folder}/soak.lua", f"http://127.0.0.1:{port}"]
                said = subprocess.run(wrk, capture_output=True, text=True, check=True, env=env).stdout
                count, failed, seconds = re.search(r"SENT (\d+) BROKEN (\d+) SECONDS ([\d.]+)", said).groups()
                wrong = re.search(r"WRONG (\d+)", said)
                sent, broken = sent + int(count), broken + int(failed) + int(wrong[1])
                sizes.append([round(m, 1) for m in own_memory(server)])
                print(
                    f"{sent:7} requests, {int(count) / float(seconds):5.0f}/s, {broken} broken, MB a worker: {sizes[-1]}",
                    flush=True,
                )
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)
    half, last = max(sizes[len(sizes) // 2 - 1]), max(sizes[-1])
    print(f"memory: {half} MB after half, {last} MB at the end")
    sys.exit(broken > 0 or last > half * GROWTH)


if __name__ == "__main__":
    main()
