"""Tixstock's vendor record."""

from mockmarket.vendor import Setting, Vendor

SETTINGS = {
    "add_type": Setting("ticket.add", "The `meta.type` of add listing, which the public pages do not show."),
    "update_type": Setting("ticket.update", "The `meta.type` of update listing, which the public pages do not show."),
    "sold_type": Setting("ticket.sold", "The `meta.type` of sold ticket, which the public pages do not show."),
    "notice_identifiers": Setting(
        "with",
        "Whether notices of less than a listing have the identifiers that the document's overview promises.",
        ("with", "without"),
    ),
    "unsuccessful_status": Setting(
        "answer",
        "How an answer that has an `order_status` and denies success is read: as an answer, or a failure.",
        ("answer", "failure"),
    ),
    "hold_minutes": Setting(30, "Minutes of the world's time after which a hold expires.", least=0.01),
    "mode": Setting("Sandbox", "The `mode` in every answer's meta.", ("Sandbox", "Production")),
    "rate_limit": Setting(0, "Requests per minute for one address, then 429; the vendor's limit is 300, 0 means no limit.", least=0),
    "any_content_type": Setting(False, "Read JSON bodies whatever their Content-Type, as a PHP API may."),
    "maintenance": Setting(False, "Answer every call with 503."),
    "retries": Setting(2, "Maximum number of retries of a failed delivery.", least=0),
    "retry_base_s": Setting(60, "Seconds before the first retry; the wait doubles with each further retry.", least=0.001),
    "deadline_s": Setting(10, "Timeout of a whole exchange with a receiver, in seconds.", least=0.01),
}  # fmt: skip

HOSTS = ("api.tixstock.com", "pf.tixstock.com", "sandbox-pf.tixstock.com")
VENDOR = Vendor("tixstock", "Tixstock", "/tixstock/v1", parts=f"{__package__}.parts", hosts=HOSTS, settings=SETTINGS)
