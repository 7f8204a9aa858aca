"""Loading: what is broken is refused with a clear error, and nothing unproved is shown."""

import msgspec
import pytest

from hotline_router.directory import BrokenDirectory, fields, load_directory, shown, unsupported
from hotline_router.model import Channel, Conditions, Evidence, Kind, Service
from tests.conftest import TODAY
from tests.test_lint import unpack


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("toml", "Cannot overwrite a value"),
        ("field", "unknown field `operater`"),
        ("region-known", "unknown region 'QQ'"),
        ("host-declared", "host 'example.net' is not declared"),
        ("replaced", "replaced_by 'no-nothing' does not exist"),
    ],
)
def test_broken_files_are_refused_by_name(name, says, tmp_path):
    unpack(name, tmp_path)

    with pytest.raises(BrokenDirectory, match="services/no/") as caught:
        load_directory(tmp_path)

    assert says in str(caught.value)
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("read = 2026-11-01", 'read = "yesterday"', "Invalid RFC3339"),
        ("read = 2026-11-01", "read = 2026-13-01", "line"),
        ("https://www.example.org/report", "http://www.example.org/report", "matching regex"),
        ("https://www.example.org/report", "https://user@www.example.org/report", "matching regex"),
        ('"hotline"', '"hot-line"', "Invalid enum value 'hot-line'"),
        ('regions = ["NO"]', 'regions = ["NO"]\nconcerns = ["sexual images"]', "Invalid enum value"),
        ('regions = ["NO"]', "regions = []", "length >= 1"),
        ('regions = ["NO"]', 'regions = "NO"', "Expected `array`"),
    ],
)
def test_bad_values_are_refused(old, new, says, tmp_path):
    unpack("duplicate", tmp_path)
    path = tmp_path / "services/no/no-twin.toml"
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")

    with pytest.raises(BrokenDirectory) as caught:
        load_directory(tmp_path)

    assert says in str(caught.value)


def test_every_problem_is_listed_not_only_the_first(tmp_path):
    unpack("toml", tmp_path)
    (tmp_path / "services/no/no-example.toml").rename(tmp_path / "services/no/no-first.toml")
    unpack("field", tmp_path)

    with pytest.raises(BrokenDirectory) as caught:
        load_directory(tmp_path)

    assert [p.check for p in caught.value.problems] == ["field", "toml"]


def test_a_field_without_evidence_is_not_shown():
    service = Service(
        id="no-example",
        name="Example",
        kind=Kind.HOTLINE,
        regions=("NO",),
        languages=("nb",),
        hosts=("example.org",),
        conditions=Conditions(anonymous=True, replies=False),
        channels=(Channel(type="web", url="https://example.org/a"), Channel(type="web", url="https://example.org/b")),
        evidence=(
            Evidence(
                url="https://example.org/",
                kind="official",
                read=TODAY,
                how="published-page",
                supports=("name", "channels.1", "conditions.replies"),
            ),
        ),
    )

    seen = shown(service)

    assert unsupported(service) == ["languages", "conditions.anonymous", "channels.0"]
    assert seen.languages is None
    assert seen.conditions == Conditions(replies=False)
    assert seen.channels == service.channels[1:]


def test_the_version_follows_the_bytes(tmp_path):
    unpack("duplicate", tmp_path)
    (tmp_path / "services/no/no-twin.toml").unlink()
    before = load_directory(tmp_path).version
    path = tmp_path / "services/no/no-example.toml"
    path.write_text(path.read_text("utf-8") + "# a comment\n", "utf-8")

    assert load_directory(tmp_path).version != before


def test_entries_are_immutable(directory):
    with pytest.raises(AttributeError):
        next(iter(directory.services.values())).name = "Other"


def test_unproved_and_retired_entries_serve_nobody(directory):
    for region in ("DE", "UG", None):
        for served in directory.serving(region):
            assert served.service.status == "published"
            assert served.service.channels
            assert unsupported(served.service) == []


def test_every_shown_field_is_listed_for_evidence():
    """A new field of an entry is either proved, or knowingly our own classification."""
    ours = {"id", "name_en", "hosts", "status", "replaced_by", "evidence", "kind", "regions", "concerns", "roles", "category"}
    full = {f.name for struct in (Service,) for f in msgspec.structs.fields(struct)} - ours
    sample = Service(
        id="x",
        name="X",
        operator="X",
        kind=Kind.REMOVAL,
        regions=("NO",),
        languages=("nb",),
        networks=("X",),
        first_for=("grooming",),
        image_age="under-18",
        crisis=True,
        hours=msgspec.convert({"always": True}, msgspec.structs.fields(Service)[-1].type),
        conditions=Conditions(anonymous=True),
        channels=(Channel(type="web", url="https://example.org/"),),
    )

    assert {path.split(".")[0] for path in fields(sample)} == full
