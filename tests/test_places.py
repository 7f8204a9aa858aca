"""Regions, names, suggestions and numbers."""

import pytest

from hotline_router import places


def test_all_regions_have_a_name_in_every_language():
    assert len(places.regions()) == 250
    for code in places.regions():
        for lang in ("en", "de", "fr", "es", "ar"):
            assert places.region_name(code, lang) != code


def test_members():
    assert places.members("XK") == {"XK"}
    assert places.members("CA-MB") == {"CA"}
    assert len(places.members("EU")) == 27
    assert len(places.members("001")) == 250
    assert places.subdivision_known("CA-MB")
    assert not places.subdivision_known("CA-QQ")
    for wrong in ("QQ", "EN", "de", "", "QQ-MB"):
        with pytest.raises(KeyError):
            places.members(wrong)


def test_names_are_sorted_as_read():
    german = [name for _, name in places.sorted_regions("de")]

    assert german.index("Österreich") - german.index("Oman") == 1


@pytest.mark.parametrize(
    ("tags", "code"), [(["de-AT"], "AT"), (["en", "zh-Hant-TW"], "TW"), (["de"], None), (["en-XQ"], None), ([], None)]
)
def test_suggestion(tags, code):
    assert places.suggested_region(tags) == code


@pytest.mark.parametrize(
    ("number", "region", "valid"),
    [
        ("116 111", "DE", True),
        ("0800 1111", "GB", True),
        ("+44 1372 847 161", "ZZ", True),
        ("12345", "DE", False),
        ("+1 111", "ZZ", False),
    ],
)
def test_numbers(number, region, valid):
    assert places.number_valid(number, region) is valid


def test_emergency_numbers_and_dialling():
    assert places.is_emergency_number("112", "NO")
    assert not places.is_emergency_number("116111", "NO")
    assert places.dial("+44 1372 847-161") == "+441372847161"
    assert places.dial("#8103") == "%238103"


@pytest.mark.parametrize(
    ("tag", "known"), [("de", True), ("zh-Hant", True), ("pt-BR", True), ("cnr", True), ("norsk", False), ("en-XQ", False)]
)
def test_language_tags(tag, known):
    assert places.language_known(tag) is known
