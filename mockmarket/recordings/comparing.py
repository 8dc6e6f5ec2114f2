"""Compares recorded exchanges with the mock, each with its operation or its type of notice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from mockmarket.api.operations import load
from mockmarket.frozen import dataclass
from mockmarket.recordings.answers import compare_answer
from mockmarket.recordings.exchange import Exchange
from mockmarket.recordings.finding import Call, Finder
from mockmarket.recordings.fresh import FreshWorld
from mockmarket.recordings.notices import compare_webhook, notice_type, secret_of, verify
from mockmarket.recordings.structure import Comparison, Difference
from mockmarket.vendor import Vendor

SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class Verdict:
    """What comparing an exchange gave. `vendor` and `subject` (an operation, or a notice) are empty where nothing is known of it.
    `unknown` are sentences on what could not be compared. `is_compared` when the body was, `is_played` when it was with the mock's own
    too."""

    exchange: Exchange
    vendor: str
    subject: str
    differences: tuple[Difference, ...] = ()
    unknown: tuple[str, ...] = ()
    is_compared: bool = False
    is_played: bool = False


def verdicts(
    exchanges: Iterable[Exchange], finder: Finder, fresh: Callable[[], FreshWorld], secrets: Mapping[str, str]
) -> Iterator[Verdict]:
    """Yield the verdict on each exchange, in order. `fresh` returns the world to compare with, called when one is needed; `secrets`
    are those of webhooks by vendor, "" for any."""
    for exchange in exchanges:
        call = finder.call(exchange) if exchange.kind == "call" else None
        sender = finder.sender(exchange) if call is None and exchange.method == "POST" else None
        if call:
            yield _of_call(call, exchange, fresh)
        elif sender and (exchange.kind == "webhook" or not finder.vendor_of(exchange)):
            yield _of_webhook(sender, exchange, fresh, secrets)
        else:
            vendor = finder.vendor_of(exchange)
            known = "no operation of the vendor has this path" if vendor else "no vendor has this host and path"
            words = known if exchange.kind == "call" else "no vendor sends webhooks with these headers"
            yield Verdict(exchange, vendor.name if vendor else "", "", unknown=(words,))


def _of_call(call: Call, exchange: Exchange, fresh: Callable[[], FreshWorld]) -> Verdict:
    verdict = partial(Verdict, exchange, call.vendor.name, call.name)
    if not call.row.built:
        return verdict(unknown=("the mock has not built this call: it answers 501",))
    if exchange.status is None or exchange.answer is None:
        return verdict(unknown=("no answer was recorded",))
    if exchange.status >= SERVER_ERROR:
        return verdict(unknown=(f"the vendor failed: it answered {exchange.status}",))
    comparison, played = Comparison(), fresh().play(call, exchange)
    ours = played[1] if played and played[0] == exchange.status else None
    compare_answer(load(call.row), exchange.status, exchange.answer, ours, comparison)
    missing = ("the answer's body was not recorded",) if exchange.answer.body is None else ()
    return verdict(tuple(comparison.differences), missing, not missing, ours is not None)


def _of_webhook(
    vendor: Vendor, exchange: Exchange, fresh: Callable[[], FreshWorld], secrets: Mapping[str, str]
) -> Verdict:
    webhook, kind = exchange.request, notice_type(vendor, exchange.request)
    verdict = partial(Verdict, exchange, vendor.name, f"notice {kind}" if kind else "")
    if kind is None:
        return verdict(unknown=("its type is none of the vendor's notices",))
    ours, comparison = fresh().notices(vendor, kind), Comparison(ordered=True)
    compare_webhook(vendor, webhook, ours, comparison)
    missing = [] if ours else ["the fresh world has no record to which this notice fits"]
    missing += ["the webhook's body was not recorded"] if webhook.body is None else []
    unverified = verify(vendor, webhook, secret_of(vendor, secrets), comparison)
    unknown = [*missing, unverified] if unverified else missing
    return verdict(tuple(comparison.differences), tuple(unknown), not missing, not missing)
