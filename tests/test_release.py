"""Open data as files: the same bytes twice, checksums and signature that catch a change, and what changed since."""

import csv
import json
import random
import shutil
import subprocess

import msgspec
import pytest
from click.testing import CliRunner
from minisign import KeyPair

from hotline_router import planning, release
from hotline_router.cli import main
from hotline_router.directory import load_directory
from hotline_router.model import Concern, Purpose, Role, Situation
from tests.conftest import TODAY


@pytest.fixture(scope="module")
def written(directory, tmp_path_factory):
    folder = tmp_path_factory.mktemp("release")
    release.write(directory, folder, today=TODAY)
    return folder


@pytest.fixture
def copy(written, tmp_path):
    shutil.copytree(written, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    pair = KeyPair.generate()
    (folder / "key").write_bytes(bytes(pair.secret_key))
    (folder / "key.pub").write_bytes(bytes(pair.public_key))
    return folder


def files(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def rows(folder, name):
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def run(*args, **env):
    return CliRunner().invoke(main, [str(a) for a in args], env=env)


def test_twice_the_same_bytes(written, tmp_path):
    release.write(load_directory(), tmp_path, today=TODAY)

    assert files(written) == files(tmp_path)


def test_the_tables_say_what_the_json_says(written):
    whole = json.loads((written / "directory.json").read_bytes())
    entries = whole["services"] + whole["platforms"]

    assert [r["id"] for r in rows(written, "services.csv")] == [s["id"] for s in whole["services"]]
    assert [r["id"] for r in rows(written, "platforms.csv")] == [p["id"] for p in whole["platforms"]]
    channels = [(e["id"], c["number"] or "", c["url"] or "") for e in entries for c in e["channels"]]
    assert [(r["entry"], r["number"], r["url"]) for r in rows(written, "channels.csv")] == channels
    assert len(rows(written, "evidence.csv")) == sum(len(e["evidence"]) for e in entries)


def test_nothing_hidden_is_in_it(written, directory):
    ids = {r["id"] for r in rows(written, "services.csv")}

    assert ids.isdisjoint(s.id for s in directory.services.values() if s.status != "published")


def test_the_table_of_plans_is_the_planners(written, directory):
    found = {(r["region"], r["concern"], r["role"]): r for r in rows(written, "plans.csv")}

    assert len(found) == 251 * len(Concern) * (len(Role) + 1)
    for region, concern, role in random.Random(7).sample(sorted(found), 500):
        asked = Situation(region=region or None, concern=Concern(concern), role=Role(role) if role else None)
        steps = {s.purpose: [r.entry.id for r in s.referrals] for s in planning.plan(asked, directory, today=TODAY).steps}
        row = found[region, concern, role]
        assert {p: row[p.value] for p in Purpose} == {p: "; ".join(steps.get(p, [])) for p in Purpose}


def test_the_checksums_are_those_of_the_usual_tool(written):
    said = subprocess.run(["sha256sum", "-c", release.SUMS], cwd=written, capture_output=True, text=True)

    assert said.returncode == 0, said.stderr
    assert release.verify(written) == []


def test_each_change_of_the_files_is_found(copy):
    (copy / "services.csv").write_text("id\nexample\n", "utf-8")
    (copy / "plans.csv").unlink()
    (copy / "more.txt").write_text("x", "utf-8")

    assert release.verify(copy) == ["plans.csv: is missing", "more.txt: is not of this release", "services.csv: was changed"]
    (copy / release.SUMS).unlink()
    assert release.verify(copy) == ["SHA256SUMS: there is none that can be read"]


def test_the_signature_is_the_publishers(copy, keys):
    assert release.verify(copy, keys / "key.pub") == ["SHA256SUMS.minisig: there is none"]
    release.sign(copy, keys / "key", None)
    assert release.verify(copy, keys / "key.pub") == []

    other = KeyPair.generate()
    (keys / "other.pub").write_bytes(bytes(other.public_key))
    assert release.verify(copy, keys / "other.pub") == ["SHA256SUMS.minisig: was not made with this key"]
    with (copy / release.SUMS).open("a") as file:
        file.write("0  x\n")
    assert "SHA256SUMS.minisig: was not made with this key" in release.verify(copy, keys / "key.pub")


def test_a_key_with_a_password(copy, keys):
    pair = KeyPair.generate()
    pair.secret_key.encrypt("example", opslimit=32768, memlimit=1 << 24)
    (keys / "key").write_bytes(bytes(pair.secret_key))

    with pytest.raises(ValueError, match=r"."):
        release.sign(copy, keys / "key", "wrong")
    release.sign(copy, keys / "key", "example")
    (keys / "key.pub").write_bytes(bytes(pair.public_key))
    assert release.verify(copy, keys / "key.pub") == []


def test_what_changed_since_a_release(directory, copy):
    before = release.read(copy)
    first, second, *rest = before.services
    renamed = msgspec.structs.replace(first, name="example", networks=("example",))
    new = msgspec.structs.replace(before, version="sha256:new", services=[renamed, *rest], platforms=before.platforms[1:])

    found = release.changes(before, new)

    assert found.added == []
    assert found.removed == sorted([second.id, before.platforms[0].id])
    assert found.changed == {first.id: ["name", "networks"]}
    release.write(directory, copy, today=TODAY, since=copy)
    same = json.loads((copy / "changes.json").read_bytes())
    assert (same["added"], same["removed"], same["changed"]) == ([], [], {})


def test_from_the_command_line(tmp_path, keys):
    out = tmp_path / "out"
    made = run("export", "--data", out, "--sign", keys / "key", "--today", TODAY)
    assert made.exit_code == 0, made.output
    assert "258 files" in made.output
    checked = run("verify-data", out, "--key", keys / "key.pub")
    assert (checked.exit_code, checked.output) == (
        0,
        "all files are as they were published; and the signature is the publisher's\n",
    )
    assert "was not looked at" in run("verify-data", out).output
    (out / "README.txt").write_text("example", "utf-8")
    changed = run("verify-data", out)
    assert (changed.exit_code, changed.output) == (1, "README.txt: was changed\n")


def test_what_cannot_be_done_is_said(tmp_path, keys):
    nothing = run("export")
    assert (nothing.exit_code, "--data" in nothing.output) == (2, True)
    (keys / "key").write_text("example", "utf-8")
    refused = run("export", "--data", tmp_path / "out", "--sign", keys / "key")
    assert refused.exit_code == 1
    assert "cannot be used to sign" in refused.output
    (tmp_path / "old").mkdir()
    since = run("export", "--data", tmp_path / "out", "--since", tmp_path / "old")
    assert (since.exit_code, "holds no release that can be read" in since.output) == (1, True)
