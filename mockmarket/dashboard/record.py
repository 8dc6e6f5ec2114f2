"""One record of a vendor's that is no order: what it is now, and the webhooks about it."""

from mockmarket.api.context import current
from mockmarket.control.records import get_stored
from mockmarket.dashboard import changed_records, deliveries, formats, links, shell
from mockmarket.store import history

DELIVERIES = 50


def record(vendor: str, kind: str, id: str) -> shell.Response:
    """Show a record; NotFound when there is none, or none any more."""
    _, stored = get_stored(current(), vendor, kind, id)
    sent = history.deliveries(current().read(), {"vendor": vendor, "kind": kind, "record": id}, DELIVERIES)
    values = {"vendor": vendor, "kind": kind, "id": id, "order": links.order_url(vendor, id)}
    rows = deliveries.rows_of(current().world, sent)
    changes = changed_records.history_of(current().world, (vendor, kind, id))
    return shell.page("record.html", title=formats.label(kind), stored=stored, rows=rows, changes=changes, **values)
