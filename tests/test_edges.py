"""One plan, one sequence of bytes: the library, the command line, the API, the server for assistants and the files."""

import random

import pytest
from click.testing import CliRunner
from mcp import Client

from hotline_router import assistant, cli, output, places, planning, release
from hotline_router.i18n import LANGUAGES, language
from hotline_router.model import Concern, Role, Situation
from hotline_router.web import create_app
from tests.conftest import NOW, TODAY, run_async

MANY = {"HOTLINE_ROUTER_RATELIMIT_PAGES": "1000000 per minute", "HOTLINE_ROUTER_RATELIMIT_API": "1000000 per minute"}


@pytest.fixture(scope="module")
def asked(directory):
    """Two thousand situations with the language of their answer and the bytes that the planner and the wording give."""
    r = random.Random(20261127)
    regions, platforms = [None, *sorted(places.regions())], [None, *sorted(directory.shown_platforms)]
    found = []
    for _ in range(2000):
        situation = Situation(
            region=r.choice(regions),
            child_region=r.choice(regions) if r.random() < 0.3 else None,
            platform=r.choice(platforms),
            concern=r.choice([*Concern]),
            role=r.choice([None, *Role]),
            danger=r.random() < 0.3,
            tried_platform=r.random() < 0.3,
        )
        spoken = r.choice(LANGUAGES)
        plan = planning.plan(situation, directory, today=TODAY)
        found.append((situation, spoken, output.plan_json(plan, language(spoken))))
    return found


def codes(situation):
    """What is not left out, as a program sends it."""
    return {name: value for name in situation.__struct_fields__ if (value := getattr(situation, name))}


def test_the_api(asked, directory):
    client = create_app(directory, now=lambda: NOW, environment=MANY).test_client()

    for situation, spoken, wanted in asked:
        assert client.post("/api/v1/plan", json={**codes(situation), "language": spoken}).data == wanted


def test_the_command_line(asked, directory, monkeypatch):
    monkeypatch.setattr(cli, "_load", lambda: directory)
    runner = CliRunner()

    for situation, spoken, wanted in asked:
        options = [
            f"--{name.replace('_', '-')}" + (f"={value}" if value is not True else "")
            for name, value in codes(situation).items()
        ]
        said = runner.invoke(cli.main, ["route", "--json", "--today", str(TODAY), "--lang", spoken, *options])
        assert said.stdout_bytes == wanted + b"\n", said.output


def test_the_server_for_assistants(asked, directory):
    async def talk():
        async with Client(assistant.make_server(directory, lambda: TODAY)) as client:
            for situation, spoken, wanted in asked:
                given = {"region": assistant.UNKNOWN, **codes(situation), "language": spoken}
                found = await client.call_tool("plan", given)
                assert found.content[2].text.encode() == wanted

    run_async(talk)


def test_the_files(directory, tmp_path):
    release.write(directory, tmp_path, today=TODAY)
    client = create_app(directory, now=lambda: NOW, environment=MANY).test_client()

    for code in places.regions():
        assert (tmp_path / "plans" / f"{code}.json").read_bytes() == client.get(f"/api/v1/plan?region={code}").data
