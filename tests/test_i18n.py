"""Offered languages are complete, their placeholders fit, and extraction changes nothing."""

import string
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from hotline_router.i18n import LANGUAGES, SOURCE, language, negotiate, top
from tests.conftest import NEVER

ROOT = Path(__file__).parent.parent
OTHERS = [code for code in LANGUAGES if code != SOURCE]


def catalog(code):
    with (top("translations") / code / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=code)


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """The texts as extraction finds them now."""
    path = tmp_path_factory.mktemp("pot") / "messages.pot"
    command = ["-m", "babel.messages.frontend", "extract", "-F", "babel.cfg", "-k", "N_", "--no-location", "--omit-header"]
    command += ["--sort-output", "-w", "110", "--ignore-dirs", ".*", "-o", str(path), "."]
    subprocess.run([sys.executable, *command], cwd=ROOT, check=True, capture_output=True)
    return path


def test_the_template_is_up_to_date(template):
    assert (ROOT / "translations" / "messages.pot").read_text("utf-8") == template.read_text("utf-8"), "run: make catalogs"


@pytest.mark.parametrize("code", OTHERS)
def test_a_catalog_is_complete(code, template):
    with template.open("rb") as file:
        wanted = {m.id for m in read_po(file) if m.id}
    found = catalog(code)

    assert {m.id for m in found if m.id} == wanted
    assert [m.id for m in found if m.id and (not m.string or m.fuzzy)] == []
    assert list(found.obsolete) == []


def slots(text):
    return sorted(p.split(")")[0] for p in text.split("%(")[1:]), text.count("%%")


@pytest.mark.parametrize("code", OTHERS)
def test_placeholders_and_signs_fit(code):
    for m in catalog(code):
        if m.id:
            assert slots(m.id) == slots(m.string), m.id
            assert ("!" in m.string) <= ("!" in m.id)
            assert m.string == m.string.strip() or m.id != m.id.strip()
            assert "HOTLINE_ROUTER" not in m.id or "HOTLINE_ROUTER_CONTACT" in m.string


def test_arabic_texts_are_arabic():
    latin = set(string.ascii_letters)
    for m in catalog("ar"):
        words = [w for w in m.string.replace("%(", " %(").split() if not w.startswith("%(")] if m.id else []
        if len(words) > 3:
            assert sum(c in latin for c in "".join(words)) < len("".join(words)) / 2, m.id


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        (["de-CH", "fr"], "de"),
        (["zh-TW", "no", "iw", "ar"], "ar"),
        (["i-klingon", "", "x", "fr-CA"], "fr"),
        ([], "en"),
        ([NEVER], "en"),
    ],
)
def test_negotiation(asked, given):
    assert negotiate(asked) == given


def test_direction_and_names():
    assert [(language(c).direction, language(c).name) for c in ("en", "ar")] == [("ltr", "English"), ("rtl", "العربية")]
    with pytest.raises(KeyError):
        language(NEVER)
