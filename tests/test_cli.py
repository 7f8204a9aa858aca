"""The command line, as a person and as a program use it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from hotline_router.cli import main
from hotline_router.lint import lint
from tests.conftest import TODAY

SEXTORTION = ["route", "--region", "DE", "--platform", "instagram", "--concern", "sextortion", "--role", "child"]


@pytest.fixture
def run():
    return lambda *args: CliRunner().invoke(main, list(args))


def test_the_json_of_a_plan(run):
    result = run(*SEXTORTION, "--json", "--today", "2026-11-27")
    found = json.loads(result.output)

    assert result.exit_code == 0
    assert list(found) == ["situation", "language", "advice", "steps", "directory"]
    assert found["situation"] == {
        "region": "DE",
        "child_region": None,
        "platform": "instagram",
        "concern": "sextortion",
        "role": "child",
        "danger": False,
        "tried_platform": False,
    }
    assert found["language"] == "en"
    assert set(found["directory"]) == {"version", "date"}
    assert found["directory"]["version"].startswith("sha256:")
    for line in found["advice"]:
        assert list(line) == ["kind", "text", "source"]
    for step in found["steps"]:
        assert list(step) == ["purpose", "title", "lines", "referrals"]
        for line in step["lines"]:
            assert list(line) == ["kind", "text", "source", "dated"]
        for referral in step["referrals"]:
            keys = ["id", "name", "operator", "kind", "primary", "reason", "channels", "conditions"]
            keys += ["checked", "how", "stale", "expires", "source"] + ["steps_in_app"] * (referral["kind"] == "platform")
            assert list(referral) == keys
            wanted = ["anonymous", "needs", "receives", "platform_first", "replies", "told", "languages", "hours"]
            assert list(referral["conditions"]) == wanted
            for channel in referral["channels"]:
                assert list(channel)[:4] == ["type", "url", "host", "number"]
    assert sum(r["primary"] for step in found["steps"] for r in step["referrals"]) == 1


@pytest.mark.parametrize("region", ["DE", "UG", "ME", None])
def test_a_child_can_follow_the_plan_tonight(run, region):
    """The issue's own cases: something to press or dial in the report, removal and support steps."""
    args = [a for a in SEXTORTION if a not in {"--region", "DE"}] + (["--region", region] if region else [])
    steps = {s["purpose"]: s for s in json.loads(run(*args, "--json").output)["steps"]}

    assert {"report", "remove", "support"} <= set(steps)
    for step in steps.values():
        assert step["referrals"][0]["channels"] or step["referrals"][0]["steps_in_app"]
    assert any(r["id"] == "global-take-it-down" for r in steps["remove"]["referrals"])


def test_plain_text_for_people(run):
    text = run(*SEXTORTION, "--lang", "de", "--danger").output

    assert "112" in text
    assert "Deutschland · Instagram" in text


def test_explain_names_the_rule_of_each_referral(run):
    text = run(*SEXTORTION, "--explain").output

    assert "the platform's own report page and menu: instagram" in text


@pytest.mark.parametrize(
    ("option", "value", "allowed"),
    [
        ("--region", "ZQ", "DE"),
        ("--child-region", "Germany", "XK"),
        ("--platform", "nowhere", "instagram"),
        ("--concern", "else", "sextortion"),
        ("--role", "king", "child"),
        ("--lang", "qqx", "ar"),
    ],
)
def test_unknown_codes_exit_with_2_and_name_the_allowed_ones(run, option, value, allowed):
    result = run("route", option, value)

    assert result.exit_code == 2
    assert allowed in result.output
    assert option in result.output


def test_codes_in_other_letters_are_understood(run):
    assert run("route", "--region", "de", "--platform", "Instagram").exit_code == 0


def test_a_bad_day(run):
    assert run("route", "--today", "tomorrow").exit_code == 2


def test_lint_of_the_data_and_of_a_broken_folder(run, tmp_path):
    assert run("lint", "--today", "2026-11-27").output == "no problem found\n"
    (tmp_path / "platforms").mkdir()
    (tmp_path / "platforms" / "example.toml").write_text("name = 1\n")
    result = run("lint", str(tmp_path))
    assert result.exit_code == 1
    assert result.output.startswith("platforms/example.toml: field: ")


def test_stats(run, directory):
    found = json.loads(run("stats", "--json").output)

    assert found["summary"]["platforms shown"] == len(directory.shown_platforms)
    assert found["regions"]["DE"]["hotline"] >= 1
    assert "\nDE " in run("stats").output


def test_the_readme_quotes_the_summary(run):
    readme = (Path(__file__).parent.parent / "README.md").read_text("utf-8")

    assert run("stats", "--summary").output in readme, "put the output of 'hotline-router stats --summary' into the README"


def test_the_readme_shows_the_decision_table(run):
    readme = (Path(__file__).parent.parent / "README.md").read_text("utf-8")

    assert run("rules").output in readme, "put the output of 'hotline-router rules' into the README"


def test_new_makes_an_entry_that_loads_and_is_not_shown(run, tmp_path):
    for args in (("no-example", "--region", "no", "--kind", "police"), ("example-app",)):
        result = run("new", *args, "--folder", str(tmp_path))
        assert result.exit_code == 0, result.output
    text = (tmp_path / "services/no/no-example.toml").read_text("utf-8")
    filled = text.replace('""', '"Example"').replace('hosts = ["Example"]', 'hosts = ["example.org"]')
    (tmp_path / "services/no/no-example.toml").write_text(filled.replace("https://", "https://example.org/"), "utf-8")
    (tmp_path / "platforms/example-app.toml").unlink()
    assert [p for p in lint(tmp_path, today=TODAY) if p.check != "future"] == []

    assert run("new", "no-example", "--region", "NO", "--folder", str(tmp_path)).exit_code == 2
    assert run("new", "Bad Id", "--folder", str(tmp_path)).exit_code == 2
    assert run("new", "x", "--region", "ZQ", "--folder", str(tmp_path)).exit_code == 2


def test_python_m_works():
    result = subprocess.run([sys.executable, "-m", "hotline_router", "--version"], capture_output=True, text=True, check=True)

    assert result.stdout.startswith("hotline-router, version ")
