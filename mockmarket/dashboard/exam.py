"""The receiver exam: the form, and the report with a verdict, rule and likely bug for each case."""

from base64 import b64encode
from collections.abc import Mapping
from functools import partial

from mockmarket.api.context import current
from mockmarket.control import exam as control
from mockmarket.dashboard import exam_reports, forms, lists, shell
from mockmarket.errors import NotFound
from mockmarket.exam import report
from mockmarket.exam.base import ExamBody, Report
from mockmarket.exam.cases import CASES
from mockmarket.store.endpoints import Endpoint


def show() -> shell.Response:
    """Show the exam's cases and its form."""
    return shell.page("exam.html", cases=CASES, form=_form_of())


def _form_of(values: Mapping[str, str] = forms.NOTHING) -> forms.Form:
    vendors = current().world.vendors
    notices = dict.fromkeys(notice.name for vendor in vendors.values() for notice in vendor.webhooks.notices)
    looks: dict[str, forms.Look] = {
        "vendor": {"labels": {vendor.name: vendor.title for vendor in vendors.values()}, "help": ""},
        "url": {"help": "URL of the receiver, such as http://localhost:3000/webhooks."},
        "notice": {"suggestions": tuple(notices)},
        "skip": {"label": "Cases to skip"},
        "settle_s": {"help": "Time that it may take to process a webhook after its answer."},
    }
    schema = forms.schema_of(ExamBody, {"vendor": vendors, "skip": report.NAMES})
    return forms.of(
        schema, shell.url("exam.hold"), looks=looks, leave_out=("only",), template="exam_form.html", values=values
    )


def hold() -> shell.Response:
    """Examine a receiver and show the report."""
    form = _form_of()
    held = form.submit(partial(control.examine, current().world))
    fragment = _report(held, _files_of(held), form.typed())
    # Without these it would replace the form.
    fragment.headers |= {"HX-Retarget": "#report", "HX-Reswap": "innerHTML show:#report:top"}
    return fragment


def report_on(endpoint: Endpoint) -> shell.Response:
    """Examine the receiver of an endpoint and show the report on a page; it is kept for the endpoint's page."""
    world = current().world
    epoch = world.epoch
    body = forms.schema_of(ExamBody).load({"vendor": endpoint.vendor, "url": endpoint.url, "secret": endpoint.secret})
    held = control.examine(world, body)
    files = _files_of(held)
    exam_reports.keep(world, epoch, endpoint.id, held, files)
    return _report(held, files, _form_of({"vendor": endpoint.vendor, "url": endpoint.url}))


TYPES = {"html": "text/html;charset=utf-8", "xml": "application/xml"}
"""The media types of a report's files, by extension."""


def _values_of(held: Report) -> dict[str, object]:
    return {"report": report.as_dict(held), "heading": report.heading(held)}


def _files_of(held: Report) -> dict[str, str]:
    """Return a report's files by extension."""
    styles = "\n".join((shell.STATIC / name).read_text() for name in ("base.css", "office.css"))
    page = shell.environment().get_template("exam_file.html").render(_values_of(held), styles=styles)
    return {"html": page, "xml": report.junit(held)}


def file_of(endpoint: Endpoint, kind: str) -> shell.Response:
    """Return a file of an endpoint's last report; NotFound without a report."""
    kept = exam_reports.last(current().world, endpoint.id)
    if kept is None:
        raise NotFound("No exam report of this endpoint is kept: examine its receiver again.")
    content = kept.files[kind].encode("utf-8", "backslashreplace")
    return lists.download(f"exam-{endpoint.vendor}.{kind}", content, TYPES[kind])


def _report(held: Report, files: dict[str, str], form: forms.Form) -> shell.Response:
    urls = {kind: _address_of(TYPES[kind], text) for kind, text in files.items()}
    return shell.answer("exam_report.html", **_values_of(held), form=form, files=urls)


def _address_of(type: str, text: str) -> str:
    """Return a URL that has a file's content in it."""
    return f"data:{type};base64,{b64encode(text.encode('utf-8', 'backslashreplace')).decode()}"
