"""Holding an exam: what was asked for is checked, the notices are written of a world's records, every case is put."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from mockmarket.errors import Invalid
from mockmarket.exam import running
from mockmarket.exam.base import Receiver, Report
from mockmarket.exam.cases import chosen
from mockmarket.exam.connection import Connection
from mockmarket.exam.subjects import write_subjects
from mockmarket.vendor import Vendor
from mockmarket.webhooks.signing import parse_stored_headers
from mockmarket.webhooks.targets import Policy, check_url
from mockmarket.worlds.world import World


@dataclass(frozen=True, slots=True)
class ExamOptions:
    """Which receiver is to be examined, and how: see the options of `mockmarket exam`. `settle_s` is real seconds."""

    vendor: str
    url: str
    secret: str
    notice: str | None = None
    state_url: str | None = None
    headers: str = ""
    only: Sequence[str] = ()
    skip: Sequence[str] = ()
    settle_s: float = running.SETTLE_S


def hold(world: World, options: ExamOptions, on_outcome: running.OnOutcome = lambda outcome: None) -> Report:
    """Examine a receiver with notices about a world's records, of which nothing is stored.

    Webhooks' own rules on targets hold. NotFound for a vendor or a notice that there is not, Invalid for a URL, a header or a case.
    """
    vendor = world.vendor(options.vendor)
    cases = chosen(options.only, options.skip)
    check(options, vendor)
    receiver = Receiver(
        vendor, world.settings_of(vendor.name), options.url, options.secret, options.state_url, options.headers
    )
    connection = Connection(receiver, Policy(allow_private=world.config.allow_private_targets), world.config.ca_file)
    subjects = write_subjects(world, vendor, options.notice)
    return running.examine(connection, subjects, cases, on_outcome, options.settle_s)


def check(options: ExamOptions, vendor: Vendor) -> None:
    """Raise Invalid for a URL or a header that cannot be used."""
    check_field("url", options.url, partial(check_url, credentials="send them in headers, as Authorization"))
    check_field(
        "state_url",
        (options.state_url or "").replace("{record}", "record"),
        partial(check_url, credentials="none are sent there"),
    )
    check_field("headers", options.headers, partial(parse_stored_headers, reserved=vendor.webhooks.headers.reserved))


def check_field(name: str, value: str | None, test: Callable[[str], object]) -> None:
    """Raise Invalid, naming the field, for a text that a test refuses with a ValueError."""
    try:
        if value:
            test(value)
    except ValueError as error:
        raise Invalid(f"{name}: {str(error).rstrip('.')}.", details=[(name, str(error))]) from error
