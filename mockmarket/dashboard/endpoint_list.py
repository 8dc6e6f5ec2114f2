"""The list of webhook endpoints with their health: filtered by vendor and health, each choice with its count, sorted, exported."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import itemgetter

from mockmarket.api.context import current
from mockmarket.control import endpoints as control
from mockmarket.dashboard import health, lists, shell
from mockmarket.dashboard.delivery_counts import counts_of

EXPORTED = (
    "id",
    "vendor",
    "url",
    "types",
    "state",
    "failures",
    "disabled_reason",
    "muted_until",
    "owner",
    "created_at",
)
STATES = {
    "": "All", "failing": "Failing", "muted": "Muted", "disabled": "Disabled", "ok": "Active", "unused": "Nothing sent yet",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One endpoint as the control plane has it, its health, its state, one of `STATES`, how many deliveries wait for it, and whether any
    was sent, since its health knows the newest attempts of all endpoints alone."""

    hook: control.Endpoint
    health: health.Health
    waiting: int
    is_used: bool

    @property
    def state(self) -> str:
        """The health: as configured, or for an active endpoint what the newest attempts say."""
        if self.hook["state"] != "active":
            return str(self.hook["state"])
        return "failing" if self.health.run else "ok" if self.is_used else "unused"


SORTS: Mapping[str, Callable[[Row], object]] = {
    "url": lambda row: row.hook["url"],
    "vendor": lambda row: row.hook["vendor"],
    "health": lambda row: [*STATES].index(row.state),
    "success": lambda row: -1 if row.health.rate is None else row.health.rate,
    "latency": lambda row: row.health.latency.get("p95", -1),
    "waiting": lambda row: row.waiting,
    "types": lambda row: float("inf") if row.hook["types"] is None else len(row.hook["types"]),
}
"""The columns by which the list can be sorted; without a choice the oldest endpoint is first."""
DOWNWARDS = ("latency", "waiting", "types")  # sorted from the greatest by the first click


@dataclass(frozen=True, slots=True)
class Query:
    """The list's filters and sort as the address has them."""

    vendor: str
    health: str
    sort: str

    @property
    def filters(self) -> dict[str, str]:
        """The filters and the sort that are set, as an address has them."""
        values = {"vendor": self.vendor, "health": self.health, "sort": self.sort}
        return {name: value for name, value in values.items() if value}


def table() -> shell.Response:
    """Show endpoints as filtered."""
    query, every = requested(), rows_of()
    of_vendor = [row for row in every if query.vendor in ("", row.hook["vendor"])]
    rows = chosen(every, query)
    vendors = Counter(row.hook["vendor"] for row in every if query.health in ("", row.state))
    states = Counter(row.state for row in of_vendor) + Counter({"": len(of_vendor)})
    values = {"asked": query, "rows": rows, "counts": vendors, "states": states, "names": STATES}
    values |= {"sorts": lists.sorts(SORTS, query.sort, DOWNWARDS), "late": health.overdue(current().world)}
    return shell.page("hooks.html", view="table", **values)


def requested() -> Query:
    """Return the request's filters; invalid filters are ignored."""
    vendor, state = shell.argument("vendor", current().world.vendors), shell.argument("health", STATES)
    return Query(vendor, state, lists.sort_of(SORTS, ""))


def rows_of() -> list[Row]:
    """Return every endpoint, the oldest first."""
    waiting, used = Counter[str](), set[str]()
    for (_, state, _, endpoint), number in counts_of(current().world).items():
        waiting[endpoint] += number if state == "pending" else 0
        if state not in ("pending", "sending", "dropped"):
            used.add(endpoint)
    seen, none = health.of_endpoints(current().read()), health.Health()
    every = control.list_endpoints.call(current(), {"vendor": None})["endpoints"]
    healths = [seen.get(hook["id"], none) for hook in every]
    return [
        Row(hook, of, waiting[hook["id"]], bool(of.attempts) or hook["id"] in used)
        for hook, of in zip(every, healths, strict=True)
    ]


def chosen(every: list[Row], query: Query) -> list[Row]:
    """Return the endpoints that the filters choose, sorted."""
    rows = [row for row in every if query.vendor in ("", row.hook["vendor"]) and query.health in ("", row.state)]
    if query.sort:
        rows.sort(key=SORTS[query.sort.lstrip("-")], reverse=query.sort.startswith("-"))  # type: ignore[arg-type]
    return rows


def export_endpoints(kind: str) -> shell.Response:
    """Return the endpoints that the filters choose, in their order, as a file, without secrets."""
    return lists.file_of(
        "endpoints", kind, EXPORTED, (itemgetter(*EXPORTED)(row.hook) for row in chosen(rows_of(), requested()))
    )
