"""Offered languages, negotiation, catalogs, direction.

A language is offered only when it stands in LANGUAGES; a test asserts that each of these catalogs is complete.
Catalogs are read from the .po files at first use, so there is nothing to compile and nothing to go stale.
"""

from __future__ import annotations

import io
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import IO, Any

from babel import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

LANGUAGES = ("en", "de", "fr", "es", "ar")
SOURCE = "en"  # the language of the texts in code, templates and data


def top(name: str) -> Path:
    """A top-level folder of the project: beside the package in a checkout, inside it when installed."""
    inside = Path(__file__).parent / name
    return inside if inside.is_dir() else Path(__file__).parent.parent / name


class Language:
    """One offered language: its catalog, direction and own name."""

    def __init__(self, code: str) -> None:
        locale = Locale.parse(code, sep="-")
        self.code = code
        self.direction = locale.text_direction
        self.name = str(locale.get_display_name(code)).capitalize()
        self._catalog = _catalog(code)

    def gettext(self, text: str) -> str:
        """The text in this language."""
        return self._catalog.gettext(text) if text else ""


def _catalog(code: str) -> NullTranslations:
    if code == SOURCE:
        return NullTranslations()
    path = top("translations") / code.replace("-", "_") / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        catalog = read_po(file, locale=code.replace("-", "_"))
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled)


@cache
def language(code: str) -> Language:
    """An offered language.

    Raises KeyError for a code that is not offered.
    """
    if code not in LANGUAGES:
        raise KeyError(code)
    return Language(code)


def negotiate(preferred: Iterable[str]) -> str:
    """The first offered language among BCP 47 tags in order of preference; English when there is none."""
    for tag in preferred:
        try:
            locale = Locale.parse(tag, sep="-")
        except (ValueError, UnknownLocaleError):
            continue
        for code in ("-".join(filter(None, (locale.language, locale.script))), locale.language):
            if code in LANGUAGES:
                return code
    return SOURCE


def extract_toml(
    file: IO[bytes], keywords: Any, tags: Any, options: Any
) -> Iterator[tuple[int, str, str, list[str]]]:  # the signature that Babel asks of an extractor
    """Our words in the data, for the catalogs: concerns, lines of steps, pages, names of generic platforms."""
    data = tomllib.load(file)
    own = ("name",) if data.get("category") == "generic" else ("title", "short", "lead")
    passages = data.get("passages", ())
    lines = [*data.get("advice", data.get("lines", ())), *(line for passage in passages for line in passage["lines"])]
    parts = [(data, own), *((line, ("fear", "text")) for line in lines), *((passage, ("heading",)) for passage in passages)]
    texts = [part[key] for part, keys in parts for key in keys if key in part]
    yield from ((0, "gettext", text, []) for text in texts)
