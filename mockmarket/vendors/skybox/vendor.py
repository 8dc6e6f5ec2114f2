"""SkyBox as the core sees it."""

from __future__ import annotations

from dataclasses import dataclass

from mockmarket.clock import MINUTE
from mockmarket.store import Read, records
from mockmarket.store.records import Record
from mockmarket.vendor import Api, Hooks, NoticeType, OrderLine, OrderView, Records, Setting, Settings, Vendor, Webhooks
from mockmarket.vendors.skybox import actions, callers
from mockmarket.vendors.skybox.operations import OPERATIONS
from mockmarket.vendors.skybox.records.types import NAME, TOPICS
from mockmarket.vendors.skybox.rules import holds, notifications, stock_sync
from mockmarket.vendors.skybox.rules.orders import CHARGES
from mockmarket.vendors.skybox.scheme import HEADERS
from mockmarket.vendors.skybox.wire import CUSTOMER, EVENT, INVOICE, KINDS, LINE, refuse
from mockmarket.webhooks.acceptance import any_2xx
from mockmarket.webhooks.encoding import java
from mockmarket.webhooks.retry import Retry, muting

LADDER = "1,5,15,60,240,720,1440"
MOST_MINUTES = 10_000_000


@dataclass(frozen=True, slots=True)
class LadderSetting(Setting):
    """A setting that is a row of minutes, comma-separated."""

    def check(self, value: object) -> str | None:
        """Return what is wrong with a value, or None."""
        return None if isinstance(value, str) and steps_of(value) else "must be minutes from 1, such as 1,5,15"


def steps_of(text: str) -> tuple[int, ...]:
    """Read a ladder as ms; empty for what is none."""
    parts = [part.strip() for part in text.split(",")]
    fits = all(part.isascii() and part.isdigit() and 1 <= int(part[:9]) <= MOST_MINUTES for part in parts)
    return tuple(int(part) * MINUTE for part in parts) if fits and max(map(len, parts)) < 9 else ()


SETTINGS = {
    "failures_until_mute": Setting(5, "Number of consecutive failures after which a webhook is muted.", least=1),
    "mute_minutes": LadderSetting(LADDER, "Minutes of the first and each further mute; the last value repeats."),
    "deadline_s": Setting(1, "Timeout of a whole exchange with a receiver, in seconds.", least=0.01),
    "all_webhook_fields": Setting(True, "Require headers and secret of a webhook, as the document does; else topic and url are enough."),
    "split_makes_all_new": Setting(False, "A split makes each part a new listing and empties the original; else the original keeps one."),
    "require_https": Setting(False, "Refuse http URLs for webhooks."),
    "rate_limit": Setting(0, "Requests per minute for one API token, then 429; 0 means no limit.", least=0),
}  # fmt: skip


def retry(settings: Settings) -> Retry:
    """Document: no retry is told of, but mutes that grow up to 24 hours; the steps are convention."""
    return muting(settings["failures_until_mute"], steps_of(settings["mute_minutes"]))


def line(read: Read, invoice: Record) -> OrderLine:
    """Read an invoice for people: its status is whether its tickets were handed over, its event that of its first line with tickets."""
    id = invoice["id"]
    lines = records.find(read, LINE, ("target", "=", id), ("type", "=", "INVOICE"), ("cancelled", "=", 0))
    ids = [records.own(read, LINE, str(line["id"])).get("event") for line in lines]
    events = (records.get(read, EVENT, str(id)) for id in ids if id)
    customer = records.get(read, CUSTOMER, str(invoice["customerId"]))
    return OrderLine(
        number=str(id),
        status=invoice["fulfillmentStatus"],
        event=next((str(event["name"]) for event in events if event), "Other than tickets"),
        quantity=sum(line["quantity"] for line in lines),
        at=records.own(read, INVOICE, str(id))["created_at"],
        total=sum(line["amount"] for line in lines) + sum(invoice[name] or 0 for name in CHARGES),
        currency=invoice["currencyCode"],
        buyer=customer["displayName"] if customer else "",
    )


ORDERS = OrderView(INVOICE, line, {"PENDING": "open", "COMPLETE": "done"}, named_by="invoice", column="fulfillment")


VENDOR = Vendor(
    name=NAME,
    title="SkyBox",
    base="/skybox/services",
    hosts=("skybox.vividseats.com",),
    api=Api(refuse, callers.credential, OPERATIONS, security=callers.SECURITY, mint_key=lambda tx: tx.ids.secret(36)),
    webhooks=Webhooks(
        dialect=java,
        notices=tuple(NoticeType(name, when) for name, when in TOPICS.items()),
        repeats_share="topic, id and action: a record is CREATED once",
        capitals_ok="its page shows no verifier",
        timetable="sent once; after 5 failures in a row muted for 1, 5, 15 min, 1, 4, 12, 24 h, and what happens meanwhile is dropped",
        headers=HEADERS,
        accepts=lambda settings: any_2xx,  # convention; within the second that the document gives
        retry=retry,
        sample=notifications.sample,
        mute_notice=notifications.mute_notice,
    ),
    records=Records(kinds=KINDS, seed=stock_sync.seed, place=stock_sync.place, orders=ORDERS),
    world=Hooks(
        stock_changed=stock_sync.stock_changed,
        event_changed=stock_sync.event_changed,
        timer_fired=holds.timer_fired,
        actions=actions.ACTIONS,
    ),
    settings=SETTINGS,
)
