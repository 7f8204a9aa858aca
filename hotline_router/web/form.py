"""The one form: option codes only. No free text, no address, no upload; every field may be skipped."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import Form, StringField, ValidationError

from hotline_router import places
from hotline_router.directory import Directory
from hotline_router.i18n import Language
from hotline_router.model import Concern, Role, Situation
from hotline_router.wording import N_

TWICE = N_("This question was answered twice. Give one answer.")
NOT_OFFERED = {
    "concern": N_("Choose what happened from the list."),
    "region": N_("Choose a place from the list."),
    "child_region": N_("Choose a place from the list."),
    "platform": N_("Choose a platform from the list."),
    "role": N_("Choose who you are from the list."),
    "danger": N_("Tick the box or leave it empty."),
    "tried_platform": N_("Tick the box or leave it empty."),
    "change": N_("Use the buttons of this page."),
    "accent": N_("Use the buttons of this page."),
}
EXTRA = N_("The form had a field that we do not know. Only the answers on this page can be sent.")


class CodeField(StringField):
    """Takes one of the option codes or nothing; the value is never shown again unless it is one of them."""

    def __init__(self, allowed: Container[str] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.allowed = allowed

    def process_formdata(self, valuelist: list[str]) -> None:
        """Raises ValueError when the field was sent twice."""
        self.data = None
        if len(valuelist) > 1:
            raise ValueError(TWICE)
        if valuelist and valuelist[0]:
            self.data = valuelist[0]

    def pre_validate(self, form: Any) -> None:
        """Raises ValidationError for a code that is not offered, and forgets it."""
        if self.data is not None and self.data not in self.allowed:
            self.data = None
            raise ValidationError(NOT_OFFERED[self.short_name])


class SituationForm(Form):
    """Concern, region, platform, role, danger, tried_platform, child_region; 'change' asks for the form again."""

    concern = CodeField(allowed=set(Concern))
    region = CodeField()
    platform = CodeField()
    role = CodeField(allowed=set(Role))
    danger = CodeField(allowed={"yes"})
    tried_platform = CodeField(allowed={"yes"})
    child_region = CodeField()
    change = CodeField(allowed={"yes"})

    def __init__(self, formdata: MultiDict[str, str] | None, directory: Directory) -> None:
        super().__init__(formdata)
        self.region.allowed = self.child_region.allowed = places.regions()
        self.platform.allowed = directory.shown_platforms
        self.extra = not set(formdata or ()) <= set(self._fields)

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether every field holds one offered code or nothing, and there is no other field."""
        return super().validate(extra_validators) and not self.extra

    def problems(self, language: Language) -> Iterator[tuple[str, str]]:
        """Pairs of a field's name and what is wrong with it, in words."""
        for name, errors in self.errors.items():
            yield str(name), language.gettext(str(errors[0]))
        if self.extra:
            yield "concern", language.gettext(EXTRA)

    def answers(self) -> dict[str, str]:
        """The fields that were answered, as codes."""
        return {name: field.data for name, field in self._fields.items() if field.data and name != "change"}

    def situation(self) -> Situation:
        """The situation that the answers describe; call it on a valid form only."""
        return Situation(
            region=self.region.data,
            child_region=self.child_region.data,
            platform=self.platform.data,
            concern=Concern(self.concern.data or Concern.UNSURE),
            role=Role(self.role.data) if self.role.data else None,
            danger=bool(self.danger.data),
            tried_platform=bool(self.tried_platform.data),
        )
