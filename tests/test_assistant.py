"""The server for assistants, driven by the protocol's own client: codes in, verbatim strings out, sentences refused."""

import json
import random
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters, stdio_client

from hotline_router import assistant, opendata, output, places, planning
from hotline_router.i18n import language
from hotline_router.model import Concern, Role, Situation
from tests.conftest import TODAY, free_port, run_async

PROMPTS = Path(__file__).parent.parent / "docs" / "assistant-prompts.md"


@pytest.fixture
def call(directory):
    """Calls tools of the server in this process, in turn; returns the texts of each and whether it was refused."""

    def call(*calls):
        async def talk():
            async with Client(assistant.make_server(directory, lambda: TODAY)) as client:
                return [await client.call_tool(name, given) for name, given in calls]

        return [([part.text for part in found.content], found.is_error) for found in run_async(talk)]

    return call


def strings(value):
    """The contact strings of a document."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in {"number", "url", "keyword"} and isinstance(inner, str):
                yield inner.removeprefix("mailto:")
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def test_the_tools_take_codes_only_and_are_read_only(directory):
    async def tools():
        async with Client(assistant.make_server(directory, lambda: TODAY)) as client:
            return (await client.list_tools()).tools

    found = {tool.name: tool for tool in run_async(tools)}

    assert set(found) == {"plan", "list_regions", "list_platforms", "get_service"}
    for tool in found.values():
        assert tool.annotations.read_only_hint
        assert tool.input_schema["additionalProperties"] is False
        for parameter in tool.input_schema["properties"].values():
            assert parameter["type"] == "boolean" or "enum" in parameter or "pattern" in parameter


def test_a_plan_begins_with_emergency_advice_and_asks_to_quote(call):
    ((texts, refused),) = call(("plan", {"region": "DE", "platform": "instagram", "concern": "sextortion", "role": "child"}))

    assert not refused
    assert texts[0].startswith("In danger right now? Call 112")
    assert assistant.QUOTE in texts[0]
    assert "Instagram" in texts[1]
    document = json.loads(texts[2])
    for step in document["steps"]:
        for referral in step["referrals"]:
            assert {"checked", "expires", "source"} <= set(referral)


def test_without_a_region_the_answer_is_a_question(call):
    given = {"concern": "grooming"}
    asked, null, unknown = call(("plan", given), ("plan", given | {"region": None}), ("plan", given | {"region": "unknown"}))

    assert asked == null == ([assistant.EMERGENCY_UNKNOWN, assistant.ASK_REGION], False)
    assert json.loads(unknown[0][2])["situation"]["region"] is None
    assert unknown[0][0].startswith(assistant.EMERGENCY_UNKNOWN)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("plan", {"region": "Germany, my daughter zq9x"}),
        ("plan", {"region": "DE", "concern": "somebody zq9x"}),
        ("plan", {"region": "DE", "platform": "an app called zq9x"}),
        ("plan", {"region": "DE", "story": "zq9x"}),
        ("plan", {"region": "DE", "danger": "zq9x"}),
        ("plan", {"region": ["zq9x"]}),
        ("list_regions", {"language": "zq9x"}),
        ("get_service", {"service": "the one in zq9x"}),
        ("get_service", {}),
        ("zq9x", {}),
    ],
)
def test_sentences_are_refused_and_never_echoed(call, name, given):
    ((texts, refused),) = call((name, given))

    assert refused
    assert len(texts) == 1
    assert "zq9x" not in texts[0]


def test_every_contact_is_byte_for_byte_that_of_the_data(call, directory):
    known = set()
    for entry in [*directory.services.values(), *directory.shown_platforms.values()]:
        if entry.status != "published":
            continue
        known |= {value for c in entry.channels for value in (c.url, c.number, c.address, c.keyword) if value}
        known |= {e.url for e in entry.evidence} | {f"https://{host}/" for host in entry.hosts}  # a root when all is withheld
    known |= {"/".join(url.split("/")[:3]) + "/" for url in known if url.startswith("https://")}
    r = random.Random(7)
    platforms = sorted(directory.shown_platforms)
    calls = [
        (
            "plan",
            {"region": region, "platform": r.choice(platforms), "concern": r.choice([*Concern]), "role": r.choice([*Role])},
        )
        for region in sorted(places.regions())
    ]
    calls += [("get_service", {"service": service.id}) for service in opendata.services(directory, TODAY)]
    seen = set()
    for texts, refused in call(*calls):
        assert not refused
        document = json.loads(texts[-1])
        for value in strings(document):
            seen.add(value)
            assert value in known, value
            if len(texts) == 3:
                assert value in texts[1], value
    assert len(seen) > 1000


def test_the_bytes_are_those_of_the_command_line_and_the_library(call, directory):
    asked = {"region": "FR", "concern": "own-image", "role": "parent", "danger": True, "language": "fr"}
    ((texts, _),) = call(("plan", asked))
    situation = Situation(region="FR", concern=Concern.OWN_IMAGE, role=Role.PARENT, danger=True)

    plan = planning.plan(situation, directory, today=TODAY)
    assert texts[2].encode() == output.plan_json(plan, language("fr"))


def test_lists_are_those_of_the_open_data(call, directory):
    (regions, platforms) = call(("list_regions", {"language": "ar"}), ("list_platforms", {}))

    assert [row["code"] for row in json.loads(regions[0][0])] == [row.code for row in opendata.regions(language("ar"))]
    assert {row["id"] for row in json.loads(platforms[0][0])} == set(directory.shown_platforms)


def test_over_standard_input_and_output():
    async def talk():
        server = StdioServerParameters(command=sys.executable, args=["-m", "hotline_router", "mcp"])
        async with Client(stdio_client(server)) as client:
            return await client.call_tool("plan", {"region": "GB", "concern": "sexual-images"})

    found = run_async(talk)

    assert "999" in found.content[0].text
    assert "Internet Watch Foundation" in found.content[1].text


def test_over_http_and_nothing_is_logged():
    port = free_port()
    command = [sys.executable, "-m", "hotline_router", "mcp", "--http", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    async def talk():
        for _ in range(100):
            try:
                async with Client(f"http://127.0.0.1:{port}/mcp") as client:
                    bad = await client.call_tool("plan", {"region": "zq9x in AT"})
                    return bad, await client.call_tool("plan", {"region": "AT", "platform": "snapchat", "concern": "grooming"})
            except Exception:
                time.sleep(0.1)
        raise AssertionError("the server did not answer")

    try:
        bad, found = run_async(talk)
    finally:
        process.terminate()
    said = process.communicate(timeout=20)[0]

    assert bad.is_error
    assert json.loads(found.content[2].text)["situation"]["region"] == "AT"
    assert not re.search(r"AT\b|snapchat|grooming|zq9x|127\.0\.0\.1|/mcp", said), said


ROWS = re.findall(r"^\| (.+) \| (\w*) \| ([\w-]+) \| (\w*) \| (.+) \|$", PROMPTS.read_text("utf-8"), re.M)[
    1:
]  # without its head


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[1]}-{row[2]}")
def test_the_prompts_name_what_the_plans_name(call, row):
    _, region, concern, role, wanted = row
    given = {name: code for name, code in (("region", region), ("concern", concern), ("role", role)) if code}
    ((texts, _),) = call(("plan", given))

    if not region:
        assert texts[1] == assistant.ASK_REGION
        return
    ids = [referral["id"] for step in json.loads(texts[2])["steps"] for referral in step["referrals"]]
    assert set(wanted.split(", ")) <= set(ids)
    assert len(ROWS) > 12
