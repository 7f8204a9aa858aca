"""The pages: form, plan, errors, health. They fetch, plan and show; the rules are in planning.py."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, abort, current_app, g, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from hotline_router import output, places, planning, wording
from hotline_router.directory import Directory
from hotline_router.i18n import LANGUAGES, language, negotiate
from hotline_router.model import Concern, Purpose, Role, Situation
from hotline_router.web import fragments, guides, machine
from hotline_router.web.form import SituationForm
from hotline_router.wording import N_

FORM_TYPE = "application/x-www-form-urlencoded"
ERRORS = {
    400: (N_("We could not read that"), N_("The page got something that it does not understand.")),
    404: (N_("This page does not exist"), N_("The address may be mistyped, or the page has moved.")),
    405: (N_("Start with the questions"), N_("This page needs your answers. They are never part of an address.")),
    413: (
        N_("That was too much"),
        N_("This site takes only the answers on its form. It never takes pictures or files."),
    ),
    415: (
        N_("This site takes no files"),
        N_("It takes only the answers on its form. It never takes pictures or files."),
    ),
    429: (N_("Too many requests"), N_("Please wait a minute and try again. You did nothing wrong.")),
    500: (N_("Something went wrong here"), N_("This is our fault, not yours. Please try again.")),
}


def _directory() -> Directory:
    found: Directory = current_app.extensions["directory"]
    return found


def _accepted() -> list[str]:
    return [tag for tag, _ in request.accept_languages]


def _emergency(chosen: str | None) -> dict[str, Any]:
    return guides.emergency(chosen or places.suggested_region(_accepted()), certain=bool(chosen))


def show_form(form: SituationForm, status: int = 200, *, template: str = "form.html", **more: Any) -> tuple[str, int]:
    """The questions with the answers that the form has; more: values for the template, before those made here."""
    suggested = places.suggested_region(_accepted())
    return (
        render_template(
            template,
            form=form,
            answers=form.answers(),
            problems=list(form.problems(g.language)) if status != 200 else [],
            concerns=[(c, _directory().concerns[c].title) for c in Concern if c in _directory().concerns],
            roles=[(role, wording.ROLES[role]) for role in Role],
            suggested=(suggested, places.region_name(suggested, g.language.code)) if suggested else None,
            region_options=fragments.region_options,
            platform_options=lambda chosen: fragments.platform_options(guides.platform_groups, chosen),
            **{"emergency": _emergency(form.region.data), **more},
        ),
        status,
    )


def start() -> Response:
    """Sends the reader to the form in a language that the browser asks for."""
    response = redirect(url_for("form", lang=negotiate(_accepted())))
    response.headers["Vary"] = "Accept-Language"
    return response  # type: ignore[return-value]


def form() -> str:
    """The questions; without answers, they are the same for everybody of a language and a suggested region."""
    key = ("form", g.language.code, places.suggested_region(_accepted()))
    return fragments.kept(key, lambda: Markup(show_form(SituationForm(None, _directory()))[0]))  # noqa: S704


def answer(kind: type[SituationForm] = SituationForm) -> tuple[str, int]:
    """The plan for the answers, or the form again with what is wrong."""
    if request.mimetype != FORM_TYPE:
        abort(415)
    if request.content_length and not request.form:  # bytes that are no form at all
        abort(400)
    asked = kind(request.form, _directory())
    if not asked.validate():
        return show_form(asked, 400)
    if asked.change.data:
        return show_form(asked)
    return _show_plan(asked.situation(), asked.answers()), 200


def _show_plan(situation: Situation, answers: dict[str, str]) -> str:
    now = current_app.extensions["now"]()
    found = planning.plan(situation, _directory(), today=now.date())
    danger = next((step for step in found.steps if step.purpose is Purpose.DANGER), None)
    return render_template(
        "plan.html",
        plan=found,
        danger=danger,
        large=bool(danger) and planning.large(situation),
        steps=[step for step in found.steps if step.purpose is not Purpose.DANGER],
        crisis=wording.crisis(found),
        now=now,
        brief=output.brief(found, _directory(), g.language),
        summary=wording.summary(found, _directory(), g.language),
        answers=answers,
        emergency=_emergency(situation.region),
    )


def health() -> dict[str, Any]:
    """Whether the app is up and which data it serves."""
    d = _directory()
    return {
        "status": "ok",
        "directory": {"version": d.version, "date": d.date.isoformat()},
        "services": len(d.services),
        "platforms": len(d.platforms),
    }


def _error(error: HTTPException) -> tuple[str, int]:
    code = error.code if error.code in ERRORS else 400 if (error.code or 500) < 500 else 500
    title, text = ERRORS[code]
    page = render_template(
        "error.html",
        title=g.language.gettext(title),
        text=g.language.gettext(text),
        emergency=_emergency(None),
        place=places.suggested_region(_accepted()),
    )
    return page, error.code or 500


def handle(error: HTTPException) -> Any:
    """Every error as a page with the emergency line, or as a problem for programs; redirects pass through."""
    if error.code is not None and error.code < 400:
        return error
    programs = request.path.startswith(machine.PATHS)
    response = machine.problem_of(error) if programs else current_app.make_response(_error(error))
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def _whole_bodies_only() -> None:
    """Refuses a body in chunks: no browser sends a form so, and its end cannot be checked."""
    if "Transfer-Encoding" in request.headers:
        abort(411)


def _set_language() -> None:
    code = (request.view_args or {}).pop("lang", None)
    if code is None:
        named = [part for part in request.path.split("/")[1:3] if part in LANGUAGES]
        code = named[0] if named else negotiate(_accepted())
    g.language = language(code)


def _translated(text: str, **values: Any) -> Markup:
    # Our own texts may hold HTML; what is put into them is escaped.
    found = Markup(g.language.gettext(text))  # noqa: S704
    return found % values if values else found


def init(app: Flask) -> None:
    """Routes, languages and error pages."""
    app.before_request(_set_language)
    app.before_request(_whole_bodies_only)
    lang = f"/<any({','.join(LANGUAGES)}):lang>/"
    app.add_url_rule("/", "start", start)
    app.add_url_rule("/healthz", "health", health)
    app.add_url_rule(lang, "form", form)
    app.add_url_rule(lang + "plan", "plan", answer, methods=["POST"])
    guides.init(app)
    app.register_error_handler(HTTPException, handle)
    app.jinja_env.globals.update(
        _=_translated,
        w=wording,
        block=fragments.referral_block,
        line_part=fragments.line_part,
        advice_parts=fragments.advice_parts,
        more_pages=fragments.more_pages,
    )

    @app.context_processor
    def shared() -> dict[str, Any]:
        return {
            "language": g.language,
            "languages": [language(code) for code in LANGUAGES],
            "exit_url": app.config["EXIT_URL"],
            "contact": app.config["CONTACT"],
        }
