"""Regions, their names in any language, and what libphonenumber knows about numbers."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache

import phonenumbers
import pycountry
from babel import Locale

# Members of the EU by CLDR's territory containment; the world is CLDR's '001'.
EU = frozenset("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())  # noqa: SIM905
EXTRA = frozenset({"XK"})  # in CLDR and libphonenumber, not in ISO 3166


@cache
def regions() -> frozenset[str]:
    """All region codes: the 249 of ISO 3166-1 and XK."""
    return frozenset(c.alpha_2 for c in pycountry.countries) | EXTRA


@cache
def members(code: str) -> frozenset[str]:
    """The regions that a code of a service stands for: a region, a part of one (ISO 3166-2), 'EU' or '001'.

    Raises KeyError for a code that is none of these.
    """
    if code == "001":
        return regions()
    if code == "EU":
        return EU
    if code in regions():
        return frozenset({code})
    if code[2:3] == "-" and code[:2] in regions():  # subdivision_known() looks it up; that list takes long to load
        return frozenset({code[:2]})
    raise KeyError(code)


def subdivision_known(code: str) -> bool:
    """Whether a code is one of ISO 3166-2."""
    return pycountry.subdivisions.get(code=code) is not None


@cache
def region_name(code: str, language: str) -> str:
    """Name of a region in a language, from CLDR; of a part of one, its ISO 3166-2 name."""
    name = Locale.parse(language, sep="-").territories.get(code)
    if name:
        return str(name)
    part = pycountry.subdivisions.get(code=code)
    return str(part.name) if part else code


def sort_key(text: str) -> tuple[str, str]:
    """Order of names in the offered languages, as ICU has it (a test compares): Ö stands near O, the Arabic آ before ا."""
    text = text.replace("آ", "ء")
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return bare, text


@cache
def sorted_regions(language: str) -> tuple[tuple[str, str], ...]:
    """Pairs (code, name) of all regions in the order of their names."""
    pairs = [(code, region_name(code, language)) for code in regions()]
    return tuple(sorted(pairs, key=lambda pair: sort_key(pair[1])))


def suggested_region(accept_language: Iterable[str]) -> str | None:
    """The first region named in the browser's languages ('de-AT' suggests AT); never from an address."""
    for tag in accept_language:
        for part in tag.replace("_", "-").split("-")[1:]:
            if part.upper() in regions():
                return part.upper()
    return None


def language_known(tag: str) -> bool:
    """Whether a BCP 47 tag has a known language, script and region."""
    first, *rest = tag.split("-")
    if not (pycountry.languages.get(alpha_2=first) or pycountry.languages.get(alpha_3=first)):
        return False
    return all(
        pycountry.scripts.get(alpha_4=part) if len(part) == 4 else part in regions() for part in rest
    )  # fmt: skip


def language_name(tag: str, language: str) -> str:
    """Name of a language in a language; the tag itself where CLDR has none."""
    locale = Locale.parse(language, sep="-")
    name = locale.languages.get(tag.replace("-", "_")) or locale.languages.get(tag.split("-")[0])
    return str(name or tag)


def number_valid(number: str, region: str) -> bool:
    """Whether a number is valid: in international form anywhere, else as dialled inside the region."""
    try:
        parsed = phonenumbers.parse(number, None if number.startswith("+") else region)
    except phonenumbers.NumberParseException:
        return False
    if number.startswith("+"):
        return phonenumbers.is_valid_number(parsed)
    return phonenumbers.is_valid_number_for_region(parsed, region) or phonenumbers.is_valid_short_number_for_region(
        parsed, region
    )


def is_emergency_number(number: str, region: str) -> bool:
    """Whether libphonenumber's short-number data calls it an emergency number of the region."""
    return phonenumbers.is_emergency_number(number, region)


def dial(number: str) -> str:
    """The number as a tel: or sms: address wants it; a leading # is escaped, or the phone would cut it off."""
    return "".join(c for c in number if c.isdigit() or c in "+*#").replace("#", "%23")
