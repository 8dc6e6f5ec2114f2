"""An endpoint's health as it is seen in what was sent to it: failing since when, success, latency; not what is configured."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from mockmarket.clock import SECOND
from mockmarket.dashboard import charts
from mockmarket.dashboard.timeline import lateness
from mockmarket.store import Read, history
from mockmarket.store.delivery_list import OUTCOMES
from mockmarket.store.history import SentAttempt
from mockmarket.worlds.world import World

LATE_MS = 1_000  # how long after it was due a delivery is overdue
NEWEST = 5_000  # most attempts that are looked at, those of all endpoints together
DOTS = 14
RATED = 50
SHARES = {"p50": 0.5, "p95": 0.95, "max": 1.0}


@dataclass(frozen=True, slots=True)
class Health:
    """What the newest attempts say: oldest first in `attempts`; how many failed in a row at their end, since when, with which answer."""

    attempts: Sequence[SentAttempt] = field(default=())

    @property
    def run(self) -> Sequence[SentAttempt]:
        """The attempts at the end that all failed, oldest first."""
        good = [place for place, attempt in enumerate(self.attempts) if attempt.delivered]
        return self.attempts[good[-1] + 1 :] if good else self.attempts

    @property
    def everything(self) -> bool:
        """True when no attempt succeeded."""
        return len(self.run) == len(self.attempts)

    @property
    def rated(self) -> Sequence[SentAttempt]:
        """The newest attempts, by which the receiver is rated."""
        return self.attempts[-RATED:]

    @property
    def rate(self) -> int | None:
        """The share of the newest attempts that succeeded, in percent; None without any."""
        rated = self.rated
        return round(100 * sum(attempt.delivered for attempt in rated) / len(rated)) if rated else None

    @property
    def dots(self) -> Sequence[SentAttempt]:
        """The newest attempts, oldest first."""
        return self.attempts[-DOTS:]

    @property
    def latency(self) -> dict[str, float]:
        """The percentiles of how long the newest attempts took, in ms."""
        took = [attempt.elapsed_ms for attempt in self.rated]
        return {name: charts.percentile(took, share) for name, share in SHARES.items()} if took else {}

    def outcomes(self) -> charts.Chart:
        """Return the attempts over the world's time by outcome."""
        return charts.stacked(((attempt.at, outcome_of(attempt), 1) for attempt in self.attempts), OUTCOMES)

    def latencies(self) -> charts.Chart:
        """Return how long the receiver took over the world's time."""
        return charts.percentiles(((attempt.at, attempt.elapsed_ms) for attempt in self.attempts), SHARES)


def outcome_of(attempt: SentAttempt) -> str:
    """Return how an attempt ended, one of `OUTCOMES`."""
    return "delivered" if attempt.delivered else "to be retried" if attempt.verdict == "pending" else "failed"


def of_endpoints(read: Read) -> dict[str, Health]:
    """Return the health of each endpoint that is among the newest attempts."""
    by_endpoint: dict[str, list[SentAttempt]] = defaultdict(list)
    for attempt in reversed(history.sent_attempts(read, NEWEST)):
        by_endpoint[attempt.endpoint].append(attempt)
    return {endpoint: Health(attempts) for endpoint, attempts in by_endpoint.items()}


def of_endpoint(read: Read, id: str) -> Health:
    """Return the health of one endpoint."""
    return Health(history.sent_attempts(read, NEWEST, id)[::-1])


def overdue(world: World) -> dict[str, str]:
    """Return, by endpoint, by how much what should have been sent is late, and why."""
    read = world.read()
    return {
        endpoint: lateness(max(read.now - due, SECOND), count, world.in_flight[endpoint])
        for endpoint, (due, count) in history.overdue(read, read.now - LATE_MS).items()
    }
