"""Every real file, one test each, so that a failure names the file."""

import pytest

from hotline_router import wording
from hotline_router.directory import DATA
from hotline_router.lint import AVOIDED
from hotline_router.model import Concern, Kind, Reason, Role, Service, Situation
from hotline_router.planning import advice_for

FILES = sorted(path for path in DATA.rglob("*.toml") if path.name != "exceptions.toml")


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_file(path, directory):
    group = path.relative_to(DATA).parts[0]
    entry = getattr(directory, group)[Concern(path.stem) if group == "concerns" else path.stem]

    if group in {"steps", "pages"}:
        passages = entry.passages if group == "pages" else [entry]
        for line in (line for passage in passages for line in passage.lines):
            assert not AVOIDED.search(line.text)
            assert "!" not in line.text
        return
    if group == "concerns":
        for text in (entry.title, entry.short, *(line.text for line in entry.advice)):
            assert not AVOIDED.search(text)
            assert "!" not in text
        return
    if entry.status == "published":
        assert entry.newest
    if isinstance(entry, Service) and entry.status == "published" and entry.kind in {Kind.HOTLINE, Kind.POLICE}:
        assert entry.evidence


def test_every_concern_has_its_words(directory):
    assert list(directory.concerns) == list(Concern)


@pytest.mark.parametrize("concern", list(Concern))
@pytest.mark.parametrize("role", [None, *Role])
def test_each_concern_and_role_has_advice(directory, concern, role):
    every = advice_for(Situation(concern=concern, role=role), directory)
    lines = [line for line in every if not line.fear]
    kinds = [line.kind for line in lines]

    assert 3 <= len(lines) <= 9
    assert {"know", "do"} <= set(kinds)
    assert len(every) - len(lines) <= 6
    assert len({line.text for line in lines}) == len(lines)


def test_no_advice_to_take_a_screenshot(directory):
    for text in directory.concerns.values():
        for line in text.advice:
            if "screenshot" in line.text.lower():
                assert line.kind == "dont"


def test_every_code_has_words():
    assert set(wording.REASONS) == set(Reason)
    assert set(wording.ROLES) == set(Role)
    assert set(wording.KINDS) == set(Kind)
