"""The moves of an order between the board's columns: the forms that lead to each column now, and why none leads to another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mockmarket.api.context import current
from mockmarket.dashboard import orders, shell
from mockmarket.dashboard.forms import Form
from mockmarket.dashboard.order_list import PHASES, Row, row_of
from mockmarket.vendor import Seller


@dataclass(frozen=True, slots=True)
class Target:
    """One column: its key (a phase, or a status of the vendor), its title and phase, the forms that lead there, or why no form does."""

    key: str
    title: str
    phase: str
    forms: Sequence[Form]
    why: str


def moves(vendor: str, id: str) -> shell.Response:
    """Show where an order can be moved: as a page, or alone for the board."""
    seller, record = orders.get_or_404(vendor, id)
    row, by = row_of(current().read(), seller, record), shell.argument("by", ("phase", "status")) or "phase"
    values = {"row": row, "targets": [*targets_of(seller, row, by)]}
    if shell.by_htmx():
        return shell.part("order_moves.html", **values)
    return shell.page("order_move.html", title=f"Move {row.line.number}", by=by, **values)


def targets_of(seller: Seller, row: Row, by: str) -> Iterator[Target]:
    """Yield the columns of a board by `phase` or by `status`; the order's own only where another of its statuses can be reached."""
    vendor, view = seller
    leading: dict[str, list[Form]] = {}
    for (_, choice), (action, form) in orders.transitions_of(seller, row.id).items():
        leading.setdefault(choice or action.leads_to, []).append(form)
    columns = PHASES if by == "phase" else {status: status for status in view.statuses}
    own = row.phase if by == "phase" else row.line.status
    for key, title in columns.items():
        statuses = [status for status, phase in view.statuses.items() if key == (phase if by == "phase" else status)]
        forms = [form for status in statuses for form in leading.get(status, ())]
        allowed = [form for form in forms if form.why is None]
        if key != own or allowed:
            whys = [form.why for form in forms if form.why] or [f"{vendor.title} has no action that leads there."]
            phase = key if by == "phase" else view.statuses[key]
            yield Target(key, title, phase, allowed, "" if allowed else " ".join(dict.fromkeys(whys)))
