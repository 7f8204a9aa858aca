"""The wheel: the same bytes twice, whole, usable on its own, and with a list of what it needs."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PARTS = ("hotline_router", "translations", "static", "deploy")
FILES = ("pyproject.toml", "README.md", "LICENSE", "docs/hsds-profile.md")


def built(folder):
    """The wheel built from a copy of the project in an empty folder."""
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "docs").mkdir()
    for name in FILES:
        shutil.copy(ROOT / name, folder / name)
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    return next((folder / "dist").glob("*.whl"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return built(tmp_path_factory.mktemp("one"))


def test_twice_the_same_bytes(wheel, tmp_path):
    again = built(tmp_path)

    assert again.name == wheel.name
    assert again.read_bytes() == wheel.read_bytes()


def test_it_is_whole_and_nothing_else(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = {p.relative_to(ROOT).as_posix() for p in (ROOT / "hotline_router").rglob("*") if p.is_file()}
    wanted |= {"hotline_router/docs/hsds-profile.md"} | {
        "hotline_router/" + p.relative_to(ROOT).as_posix() for d in ("static", "translations") for p in (ROOT / d).rglob("*.*")
    }

    assert {n for n in wanted if "__pycache__" not in n} == {n for n in names if ".dist-info/" not in n}
    assert not [n for n in names if re.search(r"\.(so|dll|exe|pyc|png|jpg)$", n)]
    assert "hotline_router/py.typed" in names


def test_it_answers_on_its_own(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path)
    command = [sys.executable, "-m", "hotline_router", "route", "--region", "DE", "--lang", "fr"]
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    said = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=True).stdout

    assert "112" in said
    assert "Allemagne" in said


def test_it_lists_what_it_needs(wheel):
    whole = zipfile.ZipFile(wheel)
    name = next(n for n in whole.namelist() if n.endswith(".dist-info/sboms/sbom.cdx.json"))
    listed = {(c["name"], c["version"]) for c in json.loads(whole.read(name))["components"]}
    locked = re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / "requirements.txt").read_text("utf-8"), re.M)

    assert listed == set(locked), "run: make sbom"
