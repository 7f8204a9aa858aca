"""Every check fires on its broken file and on no other rule's; the runner applies exceptions both ways."""

import re
from pathlib import Path

import pytest

from hotline_router.lint import NAMES, lint
from tests.conftest import TODAY

BAD = Path(__file__).parent / "bad_data"


def unpack(name, folder):
    """Writes the parts of a broken file where their '# as:' lines say."""
    parts = re.split(r"^# as: (\S+)\n", (BAD / f"{name}.toml").read_text("utf-8"), flags=re.M)[1:]
    for path, text in zip(parts[::2], parts[1::2], strict=True):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_each_check_fires_alone_on_its_broken_file(name, tmp_path):
    unpack(name, tmp_path)

    problems = lint(tmp_path, today=TODAY)

    assert {p.check for p in problems} == {name}
    assert all(p.message and p.remedy and p.path for p in problems)


def test_each_broken_file_belongs_to_a_check():
    assert {path.stem for path in BAD.glob("*.toml")} == set(NAMES)


def test_a_sound_entry_has_no_problem(tmp_path):
    unpack("duplicate", tmp_path)
    (tmp_path / "services/no/no-twin.toml").unlink()

    assert lint(tmp_path, today=TODAY) == []


@pytest.mark.parametrize("line", ['concerns = ["grooming"]', 'roles = ["child"]'])
def test_what_decides_where_people_are_sent_needs_evidence(line, tmp_path):
    unpack("duplicate", tmp_path)
    (tmp_path / "services/no/no-twin.toml").unlink()
    (file,) = tmp_path.rglob("*.toml")
    file.write_text(file.read_text("utf-8").replace("kind = ", f"{line}\nkind = ", 1), "utf-8")

    assert [p.message for p in lint(tmp_path, today=TODAY)] == [f"no evidence supports '{line.split()[0]}'"]


def test_an_exception_silences_its_check(tmp_path):
    unpack("names", tmp_path)
    reason = 'check = "names"\nentry = "no-example"\nreason = "The organisation writes itself so."\n'
    (tmp_path / "exceptions.toml").write_text(f"[[exception]]\n{reason}", "utf-8")

    assert lint(tmp_path, today=TODAY) == []


def test_the_real_data_has_no_problem():
    assert lint(today=TODAY) == []
