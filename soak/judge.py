"""The judge: figures of a run and whether each is within its bound. Pure functions over recorded facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from soak.facts import Facts, Failure, Hook, Order, Usage

LATE_S = 5.0
"""How late a webhook may be beside dead and hostile neighbours on a busy machine; usually it takes milliseconds."""
WITH_REASON = (503, 507)
"""Statuses by which a server says, with a reason, that it cannot serve now."""
MOST_FILES, MOST_MEGABYTES = 20, 80.0
"""Growth from the first round to the last."""
MOST_BURDEN = 48.0
"""Growth while bad receivers have orders, in MB: handles of sends in flight, answers as logged, and the journal, which all are bounded."""


Delivery = tuple[str, str]  # its world and its id


@dataclass(frozen=True, slots=True)
class Figure:
    """A row of the table: what was counted, the bound that it must not exceed (None: only counted), how often it could have happened."""

    name: str
    value: float
    bound: float | None = None
    of: str = ""

    @property
    def is_good(self) -> bool:
        """Return whether the value is within its bound."""
        return self.bound is None or self.value <= self.bound


def judge(facts: Facts) -> list[Figure]:
    """Return the figures of a run, the judged ones first."""
    delays, alone = (delays_of(facts, alone) for alone in (False, True))
    orders, hooks = f"{len(facts.orders)} orders", f"{len(facts.hooks)} webhooks"
    return [
        Figure("Acknowledged orders lost", len(lost(facts)), 0, orders),
        Figure("Webhooks missing", len(missing(facts)), 0, f"{sum(order.announced for order in facts.orders)} orders announced"),
        Figure("Webhooks doubled, beyond those in flight at a kill", doubled(facts.hooks, facts.in_flight), 0, hooks),
        Figure("Seats oversold", oversold(facts), 0, f"{sum(stock.total for stock in facts.stocks)} seats, five vendors"),
        Figure("Signatures that do not verify", sum(not hook.is_signed for hook in facts.hooks), 0, hooks),
        Figure(f"Webhooks later than {LATE_S:g} s by bad receivers", sum(delay > LATE_S for delay in delays), 0, f"{len(delays)} webhooks"),
        Figure("Failures without a reason", len(unreasoned(facts.failures)), 0, f"{facts.counts['requests']} requests"),
        Figure("Clock readings that went back", went_back(facts.clocks), 0, f"{sum(map(len, facts.clocks))} readings"),
        Figure("Files damaged or left behind", len(facts.damage), 0, f"{facts.counts['kills']} kills"),
        Figure("Growth of open files", growth(facts.usage, "files"), MOST_FILES, f"{len(facts.usage)} rounds"),
        Figure("Growth of memory in MB", growth(facts.usage, "megabytes"), MOST_MEGABYTES, f"{len(facts.usage)} rounds"),
        Figure("Growth of memory beside bad receivers in MB", max(facts.burdens, default=0.0), MOST_BURDEN, f"{len(facts.burdens)} times"),
        Figure("Webhooks sent again that were in flight at a kill", repeated(facts.hooks, facts.in_flight)),
        Figure("Webhook's delay without bad receivers p50, ms", quantile(alone, 0.5) * 1000, of=f"{len(alone)} webhooks"),
        Figure("Webhook's delay without bad receivers p99, ms", quantile(alone, 0.99) * 1000),
        Figure("Webhook's delay beside bad receivers p50, ms", quantile(delays, 0.5) * 1000, of=f"{len(delays)} webhooks"),
        Figure("Webhook's delay beside bad receivers p99, ms", quantile(delays, 0.99) * 1000),
        Figure("Calls refused with a reason (503, 507)", len(facts.failures) - len(unreasoned(facts.failures))),
        *(Figure(name.capitalize(), count) for name, count in sorted(facts.counts.items())),
    ]  # fmt: skip


def lost(facts: Facts) -> list[Order]:
    """Return the acknowledged orders that are not in their world's database."""
    return [order for order in facts.orders if (order.world, order.id) not in facts.stored]


def missing(facts: Facts) -> list[Order]:
    """Return the orders that no webhook named."""
    named = {(hook.world, hook.order) for hook in facts.hooks}
    return [order for order in facts.orders if order.announced and (order.world, order.id) not in named]


def repeats(hooks: Iterable[Hook]) -> Counter[Delivery]:
    """Return how often each delivery came again."""
    counts = Counter((hook.world, hook.delivery) for hook in hooks if hook.delivery)
    return Counter({delivery: count - 1 for delivery, count in counts.items() if count > 1})


def doubled(hooks: Iterable[Hook], in_flight: Mapping[Delivery, int]) -> int:
    """Count the deliveries that came again more often than they were in flight when a server was killed."""
    return sum(max(0, count - in_flight.get(delivery, 0)) for delivery, count in repeats(hooks).items())


def repeated(hooks: Iterable[Hook], in_flight: Mapping[Delivery, int]) -> int:
    """Count the deliveries that came again because they were in flight when a server was killed."""
    return sum(min(count, in_flight.get(delivery, 0)) for delivery, count in repeats(hooks).items())


def oversold(facts: Facts) -> int:
    """Count the seats that were sold, or acknowledged as sold, beyond those that exist."""
    return sum(max(0, stock.taken - stock.total, stock.acknowledged - stock.total) for stock in facts.stocks)


def delays_of(facts: Facts, alone: bool) -> list[float]:
    """Return the seconds from the call of each bounded order, placed beside bad receivers or `alone`, to its first webhook, which may
    arrive before the answer."""
    first: dict[tuple[str, str], float] = {}
    for hook in facts.hooks:
        key = (hook.world, hook.order)
        first[key] = min(first.get(key, hook.arrived_at), hook.arrived_at)
    bounded = [
        order for order in facts.orders if order.bounded and order.alone is alone and (order.world, order.id) in first
    ]
    return [first[order.world, order.id] - order.called_at for order in bounded]


def unreasoned(failures: Iterable[Failure]) -> list[Failure]:
    """Return the failures that say no reason: 500, a broken connection, an empty message."""
    return [failure for failure in failures if failure.status not in WITH_REASON or not failure.reason]


def went_back(clocks: Iterable[Sequence[int]]) -> int:
    """Count the readings of a world's clock that are before the reading before."""
    return sum(later < earlier for readings in clocks for earlier, later in pairwise(readings))


def growth(usage: Sequence[Usage], name: str) -> float:
    """Return how much more a process used after the last round than after the first."""
    return getattr(usage[-1], name) - getattr(usage[0], name) if usage else 0.0


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which this share of the values lies; 0 without values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def table(figures: Iterable[Figure]) -> str:
    """Return the figures as a Markdown table, as `docs/reliability.md` shows them."""
    rows = ["| | figure | bound | of |", "|---|--:|--:|---|"]
    for figure in figures:
        bound = "" if figure.bound is None else f"{figure.bound:g}"
        mark = "" if figure.is_good else " **(exceeded)**"
        rows.append(f"| {figure.name}{mark} | {number(figure.value)} | {bound} | {figure.of} |")
    return "\n".join(rows)


def number(value: float) -> str:
    """Return a number as a person reads it."""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
