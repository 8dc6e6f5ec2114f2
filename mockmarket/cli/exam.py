"""`exam`: sends valid and corrupted webhooks to a receiver and prints the verdicts. Needs no server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockmarket.cli import completing, tables
from mockmarket.cli.files import REPORT, FixtureName, prepare_report, write_report
from mockmarket.cli.options import as_json, option, reported, show

if TYPE_CHECKING:
    from mockmarket.exam.base import Outcome, Report


MARKS = {"pass": tables.GOOD, "FAIL": tables.BAD, "skip": tables.WAITING}


def list_cases(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    """Option callback: print the cases and end."""
    if value and not ctx.resilient_parsing:
        from mockmarket.exam.cases import CASES

        width = max(len(case.name) for case in CASES)
        click.echo("\n".join(f"{case.name:<{width}}  {case.title}" for case in CASES))
        ctx.exit()


@click.command()
@click.argument("url", metavar="RECEIVER")
@option(
    "--list",
    variable=False,
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=list_cases,
    help="List the cases and end.",
)
@option("--vendor", required=True, shell_complete=completing.vendors, help="Vendor whose webhooks it receives.")
@option("--secret", required=True, help="Secret that it verifies signatures with.")
@option("--notice", help="Type of notice used by most cases; by default the vendor's first about an order.")
@option("--state-url", help="URL to GET its state from, to check effects; {record} is replaced by a record's id.")
@option("--headers", default="", help="Extra headers of its subscription: 'Name: value,Name: value'.")
@option("--only", multiple=True, shell_complete=completing.cases, help="Run only this case (and good); repeatable.")
@option("--skip", multiple=True, shell_complete=completing.cases, help="Skip this case; repeatable.")
@option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(0.05, 600),
    help="Seconds for an answer, if fewer than the vendor's timeout.",
)
@option("--settle", type=click.FloatRange(0, 10), default=0.2, help="Seconds to wait before reading its state.")
@option(
    "--fixture",
    type=FixtureName(),
    default="default",
    shell_complete=completing.fixtures,
    help="Fixture whose records the notices are about.",
)
@option("--junit", type=REPORT, help="Also write a JUnit XML report to this file.")
@option("--ca-file", type=click.Path(exists=True, dir_okay=False), help="Additional certificate authorities (PEM).")
@as_json("Print the report as JSON, with every exchange.")
@click.pass_context
def exam(ctx: click.Context, /, as_json: bool, junit: Path | None, **options: Any) -> None:
    """Examine a webhook RECEIVER: does it accept valid webhooks, refuse invalid ones, and process none twice?

    mockmarket exam http://localhost:3000/webhooks --vendor VENDOR --secret whsec_local

    Pass --state-url to check effects too: a webhook processed twice, or a newer state overwritten by an older notice.
    Exit codes: 0 if no case failed; 1 if a case failed; 2 if the exam could not run."""
    from mockmarket.exam import report

    prepare_report(junit)
    verdicts = held(as_json, **options)
    write_report(junit, lambda: report.junit(verdicts))
    show(report.as_dict(verdicts), as_json, report.heading(verdicts))
    ctx.exit(0 if verdicts.passed else 1)


def held(quiet: bool, settle: float, fixture: str, ca_file: str | None, **options: Any) -> Report:
    """Run the exam in a world of its own, printing each verdict at once; a usage error says what to change."""
    from mockmarket.app import App
    from mockmarket.config import Config
    from mockmarket.errors import Refusal
    from mockmarket.exam import report
    from mockmarket.exam.running import hold

    def print_outcome(outcome: Outcome) -> None:
        if not quiet:
            mark, *words = "\n".join(report.lines(outcome)).partition(" ")
            click.echo(tables.painted(mark, MARKS[mark]) + "".join(words))

    app = App(Config(fixture=fixture, ca_file=ca_file))
    try:
        with reported(Refusal, ValueError, usage=True):
            body: Any = {"settle_s": settle, "poll_s": 0, **options}  # an ExamBody
            return hold(app.open().worlds.get("main"), body, print_outcome)
    finally:
        app.close(0)
