"""The plan without a server: what the planner says, as tables that static/offline.js looks up.

No rule is written a second time. The planner answers every region, concern and role, with and without a platform; its lists of
referrals are numbered, and the templates render each referral once. The script puts together what stands in two lists
only: those of the reader's region with those of the child's, and the platform's own place. A test compares it with the server.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable
from datetime import date
from typing import Any

import msgspec
from flask import Flask, g, render_template
from jinja2 import Template
from markupsafe import Markup

from hotline_router import output, places, planning, wording
from hotline_router.directory import Directory
from hotline_router.i18n import Language, language
from hotline_router.model import Concern, Kind, Plan, Platform, Purpose, Reason, Referral, Situation, Step
from hotline_router.web import fragments, guides
from hotline_router.web.fragments import ROLES

CHILD = tuple(rule for rule in planning.RULES if rule.reason is Reason.CHILD_REGION)
LAST = {rule.reason for rule in planning.RULES[planning.RULES.index(CHILD[0]) + 1 :] if rule.purpose is Purpose.REPORT}
OWN, TELL = -1, -2  # in a list: the platform's own referral, and the first one of the report step once more
SLOTS = ("comfort", "danger", "action", "summary", "first", "steps", "card", "brief")


class Numbers(dict[Any, int]):
    """A number for each value, in the order in which they came."""

    def of(self, value: Hashable) -> int:
        """The number of a value, a new one for a new value."""
        return self.setdefault(value, len(self))


class Tables:
    """What the planner says, as numbers: the same for all languages.

    A referral as it is shown is a number, a list of them is one, and so on upwards: a cell holds the lists of one situation, a
    vector the cells of a region by concern, role, tried_platform and whether a platform is given.
    """

    def __init__(self, directory: Directory, today: date, regions: Collection[str]) -> None:
        self.directory, self.today = directory, today
        self.where: list[str | None] = [None, *sorted(regions)]
        self.shown: list[tuple[Referral, bool]] = []  # by number: as planned, and whether it is of the report step
        self.numbers, self.entries = Numbers(), Numbers()
        self.lists, self.notes, self.cells, self.vectors = Numbers(), Numbers(), Numbers(), Numbers()
        self.lists.of(())
        self.notes.of(())
        self.danger: dict[int, Step] = {}  # by number of its list
        self.own = {p.id: self._own(p) for p in directory.shown_platforms.values()}
        self.regions = {region or "": self._grid(region) for region in self.where}
        self.child = {region: self._child(None, region) for region in sorted(regions)}
        self.near = {region: self._near(region) for region in sorted(regions)}
        self.tell = self._tell()
        self.frames = Numbers()
        self.titled: list[tuple[Purpose, Plan]] = []  # by number of the frame: a step and a plan that give its heading
        self.headings = [[self._headings(c, tried) for tried in (False, True)] for c in Concern]

    def number(self, referral: Referral, *, report: bool = False) -> int:
        """The number of a referral as it is shown."""
        key = (referral.entry.id, referral.reason, report, referral.channels, referral.in_app)
        if key not in self.numbers:
            self.shown.append((msgspec.structs.replace(referral, primary=False), report))
        return self.numbers.of(key)

    def plan(self, **answers: Any) -> Plan:
        """The planner's answer."""
        return planning.plan(Situation(**answers), self.directory, today=self.today)

    def _own(self, platform: Platform) -> tuple[int, int]:
        """A platform's referrals in the remove and escalate steps, -1 for none."""
        found = {
            step.purpose: self.number(step.referrals[0])
            for step in self.plan(platform=platform.id, concern=Concern.SEXUAL_IMAGES, tried_platform=True).steps
            if step.referrals and step.referrals[0].entry.id == platform.id
        }
        return found.get(Purpose.REMOVE, -1), found.get(Purpose.ESCALATE, -1)

    def _grid(self, region: str | None) -> int:
        model = next(p for p in self.directory.shown_platforms.values() if p.home == "US" and min(self.own[p.id]) >= 0)
        cells = []
        for concern in Concern:
            for role in ROLES:
                for tried in (False, True):
                    # In danger: what is shown of the emergency number when it is large. In small it is the same number.
                    answers = {"region": region, "concern": concern, "role": role, "tried_platform": tried, "danger": True}
                    bare, full = self.plan(**answers), self.plan(platform=model.id, **answers)
                    cells += [self._cell(bare, bare), self._cell(bare, full)]
        return self.vectors.of(tuple(cells))

    def _cell(self, bare: Plan, plan: Plan) -> int:
        """One situation: its lists, the lines of its steps, and its crisis line.

        The lists: danger; report as far as where the child's region comes in, what an American platform adds, and the rest;
        remove; support; escalate.
        """
        steps = {step.purpose: step for step in plan.steps}
        found = {purpose: steps[purpose].referrals if purpose in steps else () for purpose in Purpose}
        report = next((step.referrals for step in bare.steps if step.purpose is Purpose.REPORT), ())
        lists = [
            self._list(found[Purpose.DANGER]),
            self._list((r for r in report if r.reason not in LAST), report=True),
            self._list((r for r in found[Purpose.REPORT] if r.reason is Reason.PLATFORM_HOME), report=True),
            self._list((r for r in report if r.reason in LAST), report=True),
            *(self._list(found[purpose]) for purpose in (Purpose.REMOVE, Purpose.SUPPORT, Purpose.ESCALATE)),
        ]
        self.danger[lists[0]] = steps[Purpose.DANGER]
        lines = [self.notes.of(planning.lines_for(p, plan.situation, self.directory)) for p in list(Purpose)[1:]]
        crisis = wording.crisis(plan)
        return self.cells.of((*lists, *lines, self.number(crisis) if crisis else -1))

    def _list(self, referrals: Iterable[Referral], *, report: bool = False) -> int:
        numbers = []
        for referral in referrals:
            if isinstance(referral.entry, Platform):
                numbers.append(OWN)
            elif referral.reason is Reason.TELL_HOTLINE:
                numbers.append(TELL)
            else:
                numbers.append(self.number(referral, report=report))
        return self.lists.of(tuple(numbers))

    def _child(self, region: str | None, child: str) -> int:
        """What the planner adds for a child elsewhere, by concern and role."""
        lists = []
        for concern in Concern:
            for role in ROLES:
                asked = Situation(region=region, child_region=child, concern=concern, role=role)
                found = planning.trace(asked, self.directory, today=self.today, rules=CHILD)
                lists.append(self._list((r for _, added in found for r in added), report=True))
        return self.vectors.of(tuple(lists))

    def _near(self, child: str) -> dict[str, int]:
        """The same, where it differs, for readers in a region that shares a service with the child's: local numbers work."""
        shared = {
            code[:2]
            for served in self.directory.serving(child)
            if served.reach == 0 and served.service.kind in {Kind.HOTLINE, Kind.POLICE}
            for code in served.service.regions
            if code not in {"EU", "001"}
        }
        found = {region: self._child(region, child) for region in sorted(shared - {child}) if region in self.regions}
        return {region: number for region, number in found.items() if number != self.child[child]}

    def _tell(self) -> dict[int, int]:
        again = {}
        for number, (referral, report) in enumerate(self.shown.copy()):
            if report and referral.reason not in LAST:
                told = msgspec.structs.replace(referral, reason=Reason.TELL_HOTLINE, in_app=())
                again[number] = self.number(told)
        return again

    def longest(self) -> int:
        """The most referrals that a step can have."""
        sizes = [len(row) for row in self.lists]
        vectors = list(self.vectors)
        there = {number for found in (self.child, *self.near.values()) for number in found.values()}
        child = max((sizes[number] for vector in there for number in vectors[vector]), default=0)
        report: int = max(sum(sizes[number] for number in cell[1:4]) for cell in self.cells)
        return max(report + child, *sizes)

    def rank(self, referral: Referral) -> int:
        """Where the planner sorts a referral of the report step: the lower, the earlier."""
        return 2 * referral.withheld + (referral.entry.id not in self.directory.proved)

    def _headings(self, concern: Concern, tried: bool) -> list[int]:
        """The headings of the steps, as numbers of frames, in the order of Purpose."""
        plan = self.plan(concern=concern, tried_platform=tried)
        found = []
        for purpose in Purpose:
            found.append(self.frames.of((purpose, wording.step_title(Step(purpose, (), ()), plan))))
            if found[-1] == len(self.titled):
                self.titled.append((purpose, plan))
        return found

    def document(self) -> dict[str, Any]:
        """The tables for the script."""
        orders = [
            [
                [list(Purpose).index(p) for p in planning.step_order(Situation(concern=c, danger=danger, tried_platform=tried))]
                for danger in (False, True)
                for tried in (False, True)
            ]
            for c in Concern
        ]
        return {
            "concerns": list(Concern),
            "large": [planning.large(Situation(concern=c)) for c in Concern],
            "roles": [role or "" for role in ROLES],
            "regions": self.regions,
            "child": self.child,
            "near": {child: found for child, found in self.near.items() if found},
            "platforms": {p.id: [*self.own[p.id], int(p.home == "US")] for p in self.directory.shown_platforms.values()},
            "entries": [self.entries.of(r.entry.id) for r, _ in self.shown],
            "ranks": [self.rank(r) for r, _ in self.shown],
            "tell": self.tell,
            "orders": orders,
            "frames": self.headings,
            "lists": list(self.lists),
            "cells": list(self.cells),
            "vectors": list(self.vectors),
        }


class Words:
    """The words of the tables in one language, rendered by the templates; texts are lists of numbers of lines."""

    def __init__(self, app: Flask, tables: Tables, relative: Callable[[str], str]) -> None:
        self.app, self.tables, self.relative = app, tables, relative
        self.lines, self.texts = Numbers(), Numbers()
        self.templates: dict[tuple[str, tuple[str, ...]], Template] = {}
        self.text("")

    def text(self, html: str) -> int:
        """The number of a text. Lines that many texts share, such as 'can I stay anonymous: yes', are kept once."""
        return self.texts.of(tuple(self.lines.of(line) for line in str(html).splitlines(keepends=True)))

    def part(self, block: str, /, *slots: str, **values: Any) -> str:
        """One block of plan.html, with a slot, <!--name-->, in place of each of the blocks named."""
        if (block, slots) not in self.templates:
            env = self.app.jinja_env
            source = "{% extends 'plan.html' %}" + "".join(f"{{% block {n} %}}<!--{n}-->{{% endblock %}}" for n in slots)
            self.templates[block, slots] = env.from_string(source)
        layout = self.app.jinja_env.from_string(f"{{% block {block} %}}{{% endblock %}}")
        return render_template(self.templates[block, slots], layout=layout, now=None, **values)

    def document(self, code: str) -> dict[str, Any]:
        """All words of a language for the script."""
        with self.app.test_request_context(f"/{code}/"):
            g.language = language(code)
            return self._document(g.language)

    def _document(self, language: Language) -> dict[str, Any]:
        t = self.tables
        d = t.directory
        plans = [t.plan(concern=concern, role=role) for concern in Concern for role in ROLES]
        crises = sorted({cell[-1] for cell in t.cells} - {-1})
        anyone = plans[0]
        card = self.part("card", plan=t.plan(region=t.where[-1]))
        return {
            "page": self.text(self.part("main", *SLOTS, answers={}, plan=anyone)),
            "elsewhere": self.text(f"<p>{language.gettext(wording.CHILD_ELSEWHERE)}</p>"),
            "comfort": [self.text(self.part("comfort", plan=plan)) for plan in plans],
            "first": [self.text(self.part("first", "crisis", plan=plan)) for plan in plans],
            "crisis": {n: self.text(self.part("crisis", crisis=t.shown[n][0])) for n in crises},
            "danger": {n: self.text(self.part("danger", "elsewhere", large=True, danger=step)) for n, step in t.danger.items()},
            "small": {region or "": self.text(self._small(region)) for region in t.where},
            "notes": [self.text(self.part("notes", step=Step(Purpose.REPORT, lines, ()))) for lines in t.notes],
            "frames": [self._frame(purpose, plan, language) for purpose, plan in t.titled],
            "referrals": [self._referral(referral, report, language) for referral, report in t.shown],
            "card": self.text(self.relative(card).replace(f"{t.where[-1]}.html", "<!--region-->.html")),
            "places": {region: places.region_name(region, language.code) for region in t.where if region},
            "platforms": {p.id: wording.platform_name(p, language) for p in d.shown_platforms.values()},
            "short": [language.gettext(d.concerns[concern].short) for concern in Concern],
            "advice": [output.brief_advice(plan, language) for plan in plans],
            "unknown": language.gettext(wording.DANGER_UNKNOWN),
            "end": language.gettext(wording.NO_PICTURES),
            "room": output.BRIEF,
            "texts": list(self.texts),
            "lines": list(self.lines),
        }

    def _small(self, region: str | None) -> str:
        emergency = guides.emergency(region, certain=region is not None)
        return self.part("danger", large=False, emergency=emergency)

    def _frame(self, purpose: Purpose, plan: Plan, language: Language) -> list[Any]:
        """The heading of a step, its weight in the short text, and for each number of referrals a step with so many slots."""

        def slot(place: int, *_: object) -> Markup:
            return Markup("<!--{}-->").format(place)

        steps = [Step(purpose, (), tuple(range(n))) for n in range(1, self.tables.longest() + 1)]  # type: ignore[arg-type]
        shells = [self.text(self.part("steps", "notes", steps=[step], plan=plan, block=slot)) for step in steps]
        title = language.gettext(wording.step_title(steps[0], plan))
        return [title, 1 if purpose in output.IMPORTANT else 2, shells]

    def _referral(self, referral: Referral, report: bool, language: Language) -> tuple[int, int, int]:
        """A referral when it stands first in its step, when it does not, and in the short text."""
        first = msgspec.structs.replace(referral, primary=report)
        lead = self.text(fragments.referral_block(first, True, None))
        other = self.text(fragments.referral_block(referral, False, None))
        return lead, other, self.text(output.brief_referral(referral, language))
