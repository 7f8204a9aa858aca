"""What a program may ask: option codes only, checked against the directory, refused by name and never echoed."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any

import msgspec

from hotline_router import places
from hotline_router.directory import Directory
from hotline_router.i18n import LANGUAGES
from hotline_router.model import Concern, Kind, Role, Situation

NO_CODE = "The value is none of those allowed."


class Question(Situation, frozen=True, kw_only=True):
    """The whole situation. Everything may be left out; option codes only, never what was seen."""

    language: str = "en"

    @property
    def situation(self) -> Situation:
        """What is asked, without the language of the answer."""
        return Situation(**{name: getattr(self, name) for name in Situation.__struct_fields__})


# What each field and parameter may be. What is not shown is as unknown as what does not exist.
CODES: dict[str, Callable[[Directory], Collection[str]]] = {
    "region": lambda _: places.regions(),
    "child_region": lambda _: places.regions(),
    "platform": lambda d: d.shown_platforms,
    "concern": lambda _: [*Concern],
    "role": lambda _: [*Role],
    "kind": lambda _: [*Kind],
    "language": lambda _: LANGUAGES,
    "service": lambda d: d.shown_services,
}


class Unknown(ValueError):
    """Something that may not be asked. field: its name, when it is one of ours. allowed: the values or names that may."""

    def __init__(self, detail: str, allowed: Collection[str], field: str | None = None) -> None:
        super().__init__(detail)
        self.detail, self.field, self.allowed = detail, field, tuple(sorted(allowed))


def code(field: str, value: object, directory: Directory) -> str:
    """The value of a field, when it is one of those allowed. Raises Unknown, which names them, when it is not."""
    allowed = CODES[field](directory)
    if not isinstance(value, str) or value not in allowed:
        raise Unknown(NO_CODE, allowed, field)
    return value


def read(raw: dict[str, Any] | bytes, directory: Directory) -> Question:
    """A question from an object or from JSON. Raises Unknown when it holds anything but our fields and their codes."""
    fields = Question.__struct_fields__
    try:
        asked = msgspec.json.decode(raw, type=Question) if isinstance(raw, bytes) else msgspec.convert(raw, Question)
    except msgspec.ValidationError as error:
        where = re.search(r"`\$\.(\w+)`", str(error))
        field = where[1] if where and where[1] in fields else None
        if field is None:
            raise Unknown("Send an object with only these fields.", fields) from None
        raise Unknown(NO_CODE, CODES[field](directory) if field in CODES else ("true", "false"), field) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Unknown("Send a JSON object with these fields.", fields) from None
    for field in ("region", "child_region", "platform", "language"):
        if (value := getattr(asked, field)) is not None:
            code(field, value, directory)
    return asked
