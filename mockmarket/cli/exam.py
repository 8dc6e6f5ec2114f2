"""`exam`: webhooks, good and spoiled, for a receiver of yours, and what it made of each. Needs no server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockmarket.cli.options import as_json, option, reported, show

if TYPE_CHECKING:
    from mockmarket.exam.base import Outcome, Report


@click.command()
@click.argument("url", metavar="RECEIVER")
@option("--vendor", required=True, help="Whose webhooks it receives.")
@option("--secret", required=True, help="The secret that it verifies with.")
@option("--notice", help="The type of notice that is sent most; the vendor's first about an order when left out.")
@option("--state-url", help="Where its state can be read with GET, to see effects; {record} stands for a record's id.")
@option("--headers", default="", help="Headers that its subscription asks for: 'Name: value,Name: value'.")
@option("--only", multiple=True, help="Only this case (and good); may be given again.")
@option("--skip", multiple=True, help="Not this case; may be given again.")
@option("--settle", type=click.FloatRange(0, 10), default=0.2, help="Seconds before its state is read.")
@option("--fixture", default="default", help="The fixture whose records the notices tell of.")
@option("--junit", type=click.Path(path_type=Path, dir_okay=False), help="Write a JUnit XML report to this file too.")
@option("--ca-file", type=click.Path(exists=True, dir_okay=False), help="More certificate authorities (PEM).")
@as_json("Print the whole report as JSON, every exchange in it.")
@click.pass_context
def exam(ctx: click.Context, /, as_json: bool, junit: Path | None, **options: Any) -> None:
    """Examine a RECEIVER of webhooks: does it take what it should, refuse what it should, and count nothing twice?

    mockmarket exam http://localhost:3000/webhooks --vendor VENDOR --secret whsec_local

    Give --state-url to have effects judged too: what is carried out twice, or overwritten by an older notice.
    Exit codes: 0 when no case failed, 1 when one did, 2 when the exam could not be held.
    """
    from mockmarket.exam import report

    def words(error: OSError) -> str:
        return f"The report cannot be written to {junit}: {error.strerror}."

    with reported(OSError, words=words, usage=True):
        if junit:
            junit.parent.mkdir(parents=True, exist_ok=True)
            junit.touch()  # what cannot be written is said before the exam, not after it
    verdicts = held(as_json, **options)
    with reported(OSError, words=words, usage=True):
        if junit:
            junit.write_text(report.junit(verdicts), encoding="utf-8")
    show(report.as_dict(verdicts), as_json, report.heading(verdicts))
    ctx.exit(0 if verdicts.passed else 1)


def held(quiet: bool, settle: float, fixture: str, ca_file: str | None, **options: Any) -> Report:
    """Hold the exam in a world of its own, each verdict printed as it falls; a usage error says what to change."""
    from mockmarket.app import App
    from mockmarket.config import Config
    from mockmarket.errors import Refusal
    from mockmarket.exam import report
    from mockmarket.exam.base import ExamOptions
    from mockmarket.exam.running import hold

    def print_outcome(outcome: Outcome) -> None:
        if not quiet:
            click.echo("\n".join(report.lines(outcome)))

    app = App(Config(fixture=fixture, ca_file=ca_file))
    try:
        with reported(Refusal, ValueError, usage=True):
            verdicts = hold(app.open().worlds.get("main"), ExamOptions(settle_s=settle, **options), print_outcome)
        return verdicts
    finally:
        app.close(0)
