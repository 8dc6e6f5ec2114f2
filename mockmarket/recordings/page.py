"""The report as one HTML page, complete in itself."""

from __future__ import annotations

from pathlib import Path

from mockmarket.recordings.report import ReportDict, heading, place_in, seen

TEMPLATE = Path(__file__).with_name("report.html")


def html(report: ReportDict) -> str:
    """Return the page of a report."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    return template.render(report=report, heading=heading(report), place_in=place_in, seen=seen)
