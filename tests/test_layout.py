"""Direction of dependency: the core knows no web, no network, no clock and no environment."""

import doctest
import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "hotline_router"
CORE = ("model", "directory", "times", "freshness", "planning", "places", "i18n", "lint", "wording", "hsds")


def test_the_core_does_not_load_flask():
    code = "import sys\n" + "".join(f"import hotline_router.{name}\n" for name in CORE)
    code += "print([m for m in ('flask', 'wtforms', 'click', 'gunicorn', 'urllib.request') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("name", CORE)
def test_the_core_reads_no_clock_and_no_environment(name):
    text = (PACKAGE / f"{name}.py").read_text("utf-8")

    assert not re.search(r"\.now\(|\.today\(|os\.environ|getenv|time\.time|import socket|import flask", text)


def test_only_cli_and_export_import_the_web():
    users = {
        path.name
        for path in PACKAGE.rglob("*.py")
        if path.parent.name != "web" and "hotline_router.web" in path.read_text("utf-8")
    }

    assert users <= {"cli.py", "export.py"}


def test_public_names():
    import hotline_router

    assert hotline_router.__all__ == sorted(hotline_router.__all__)
    for name in hotline_router.__all__:
        assert hasattr(hotline_router, name)


def test_the_style_sheet_is_small_and_has_no_left_or_right():
    css = (PACKAGE.parent / "static" / "site.css").read_text("utf-8")

    assert len(css.encode()) < 10_000
    physical = r"(margin|padding|border|inset)-(left|right)|text-align:\s*(left|right)|[ ;{](left|right):|float:"
    assert not re.search(physical, css)
    assert "url(" not in css
    assert "@import" not in css


def test_the_examples_of_the_readme_run():
    tried = doctest.testfile(str(PACKAGE.parent / "README.md"), module_relative=False)

    assert tried.attempted > 6
    assert tried.failed == 0


def test_a_situation_takes_codes_and_nothing_else():
    from hotline_router import Concern, Role, Situation

    assert Situation(concern="grooming", role="parent") == Situation(concern=Concern.GROOMING, role=Role.PARENT)
    assert Situation(concern="grooming").concern is Concern.GROOMING
    with pytest.raises(ValueError, match="example"):
        Situation(concern="example")
    with pytest.raises(ValueError, match="example"):
        Situation(role="example")
