"""The README's table of limits, written by cog: every number is the code's."""

from __future__ import annotations

from collections.abc import Iterator

from tables import table

from mockmarket.config import Config, Limits
from mockmarket.control import scenarios
from mockmarket.errors import MOST_DETAILS
from mockmarket.matching import operators, regex
from mockmarket.scenarios.reading import MOST_STEPS
from mockmarket.seed import lines, problems
from mockmarket.server import connection, handshake, reading, remembering, serving, tunnel
from mockmarket.store import connections, idempotency
from mockmarket.worlds import access, journal

LIMITS = Limits()


def size(number: int) -> str:
    """Return a number of bytes as text."""
    for unit, name in ((1 << 20, "MB"), (1_000_000, "MB"), (1 << 10, "KB"), (1_000, "KB")):
        if number % unit == 0:
            return f"{number // unit:,} {name}"
    return f"{number:,} bytes"


def limits() -> None:
    """Write the limits."""
    table(list(rows()), "what is limited | limit")


def rows() -> Iterator[tuple[str, str]]:
    """Yield each limit: what it is of, and its value with what happens beyond."""
    yield from of_connections()
    yield from of_requests()
    yield from of_worlds()
    yield from of_deliveries()


def of_connections() -> Iterator[tuple[str, str]]:
    """Yield the limits of connections, threads and files."""
    yield (
        "open connections",
        f"{serving.MOST_CONNECTIONS:,}, or half of the process's file limit; beyond that the one that is idle longest is closed",
    )
    yield (
        "time of a connection",
        f"{handshake.HANDSHAKE_S:g} s for a TLS handshake; {connection.HEAD_S:g} s for a head, {connection.BODY_S:g} s for a body, "
        f"from its first byte, then 408; {connection.IDLE_S:g} s "
        f"between requests; {connection.UNREAD_S:g} s without the client reading an answer; {tunnel.IDLE_S:g} s for a tunnel of the proxy "
        "without a byte",
    )
    yield "requests sent ahead of their answers", f"{size(connection.LARGEST_BACKLOG)}; further ones are read later"
    yield (
        "threads",
        f"`--workers` ({Config().workers}) and {serving.THREADS_FOR_WAITING} for waits and streams; short calls take none",
    )
    yield "waits", f"{LIMITS.waits} at a time, then 429"
    yield "streams of a vendor", "half as many as `--workers`, then 429"
    yield (
        "idle connections to worlds' files",
        f"{connections.MOST_IDLE}, or what a fourth of the process's open files allows; that unused longest is closed",
    )


def of_requests() -> Iterator[tuple[str, str]]:
    """Yield the limits of a request and of what is kept of it."""
    yield (
        "head of a request",
        f"{size(reading.LARGEST_HEAD)}, {reading.MOST_HEADERS:,} headers, {reading.LONGEST_NAME} bytes of a header's name; then 431",
    )
    yield (
        "body of a request",
        f"{size(LIMITS.request_body)}, {size(LIMITS.state_upload)} for a world's file; then 413. "
        f"Above {size(reading.LARGEST_IN_MEMORY)} it is received into a temporary file",
    )
    yield "errors listed in an answer", f"{MOST_DETAILS}, and the number of the others"
    yield "answers that are kept for repeated reads", size(remembering.MOST_BYTES)
    yield (
        "journal of a world",
        f"{LIMITS.journal_entries:,} requests or {size(LIMITS.journal_bytes)}, {size(LIMITS.journal_body)} of each body and of each head, "
        f"{journal.MOST_UNREAD} names of unread members; the oldest entries are dropped, and counted in `GET health`",
    )
    yield (
        "wrong control tokens",
        f"{access.FREE_TRIES} in a row from an address, then one in {access.WAIT_MS // 1000} s and else 429; "
        f"{access.MOST_ADDRESSES:,} addresses are counted",
    )
    yield "sessions of the dashboard", f"{access.MOST_SESSIONS:,}, {access.SESSION_MS // 3_600_000} hours each"


def of_worlds() -> Iterator[tuple[str, str]]:
    """Yield the limits of fixtures, scenarios and stored rows."""
    yield (
        "YAML or JSON fixture",
        f"{size(lines.MOST_BYTES)}, {lines.MOST_NODES:,} values, {lines.DEEPEST} levels; {problems.MOST_PROBLEMS} problems are listed",
    )
    yield (
        "scenario",
        f"{scenarios.LONGEST:,} characters, {MOST_STEPS} steps, {LIMITS.scenario_wall_s:g} s of real time",
    )
    yield (
        "pattern",
        f"{regex.LONGEST_PATTERN:,} characters and {regex.DEADLINE_S:g} s of a regular expression, {operators.LONGEST_PATTERN} characters "
        "with `*` or `?`",
    )
    yield "settled deliveries stored in a world", f"about {LIMITS.deliveries_kept:,}; the oldest are deleted"
    yield "answers stored under an `Idempotency-Key`", f"{idempotency.MOST_KEPT:,}; the oldest are deleted"


def of_deliveries() -> Iterator[tuple[str, str]]:
    """Yield the limits of webhooks and of the clock."""
    yield (
        "webhooks in flight",
        f"{LIMITS.in_flight_per_endpoint} to one endpoint, {LIMITS.in_flight_per_silent_endpoint} to one that gave no answer, "
        f"{LIMITS.in_flight} in all",
    )
    yield "stored part of a receiver's answer", size(LIMITS.answer_kept)
    yield (
        "one advance",
        f"{LIMITS.advance_steps:,} steps, {LIMITS.advance_wall_s:g} s of real time, or {LIMITS.advance_newcomers:,} attempts for "
        'what others cause meanwhile; then it answers `"complete": false`; call it again',
    )
