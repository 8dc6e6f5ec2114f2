"""The receiver exam: which receiver, and its report, a verdict a case with the rule and the likely bug."""

from __future__ import annotations

from typing import Any

import flask

from mockmarket.api.context import current
from mockmarket.control import exam as control
from mockmarket.dashboard import forms, shell
from mockmarket.dashboard.shell import Page, Route
from mockmarket.exam import report
from mockmarket.exam.cases import CASES

TONES = {"pass": "ok", "fail": "bad", "skipped": ""}


def show() -> flask.Response:
    """Show what the exam asks, and the form that begins it."""
    return shell.page("exam.html", title="Exam", cases=CASES, form=form_of())


def schema() -> Any:
    """Return what an exam asks for: the vendors to choose from, and the cases to tick."""
    return control.exam_form(tuple(current().world.vendors))


def form_of() -> forms.Form:
    """Return the form that begins an exam."""
    return forms.of(schema(), looks=looks())


def looks() -> dict[str, dict[str, Any]]:
    """Return what helps to fill it in: vendors by title, and the types of notice that there are."""
    vendors = current().world.vendors.values()
    notices = dict.fromkeys(notice.name for vendor in vendors for notice in vendor.webhooks.notices)
    return {
        "vendor": {"labels": {vendor.name: vendor.title for vendor in vendors}},
        "url": {"help": "Where it listens, such as http://localhost:3000/webhooks."},
        "notice": {"suggestions": tuple(notices)},
        "skip": {"label": "Cases to skip"},
        "settle_s": {"help": "How long it may take to carry out what it has answered."},
    }


def hold() -> flask.Response:
    """Examine a receiver and show the report."""
    try:
        given = forms.read(schema(), looks=looks())
        form = forms.filled(form_of(), flask.request.form)
        found = forms.trying(form, lambda: control.examine(current().world, given))
    except forms.Wrong as wrong:
        return shell.answer("exam_form.html", 422, form=wrong.form, swapped=False)
    shown = shell.answer(
        "exam_report.html", report=report.as_dict(found), heading=report.heading(found), tones=TONES, form=form
    )
    shown.headers |= {
        "HX-Retarget": "#report",
        "HX-Reswap": "innerHTML show:#report:top",
    }  # else it would replace the form
    return shown


PAGE = Page("exam", "Exam", "x", (Route("exam", show), Route("exam", hold, "POST")))
