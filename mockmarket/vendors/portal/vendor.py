"""Scraper Portal's vendor record."""

from mockmarket import vendor

SETTINGS = {
    "strict_flow": vendor.Setting(True, "Whether an order must be accepted before it is fulfilled."),
    "deliver_inline": vendor.Setting(False, "Send a notice's first attempt within the request; `webhook.sent` is then its result."),
    "retries": vendor.Setting(5, "Maximum number of retries of a failed delivery.", least=0),
    "retry_base_s": vendor.Setting(1, "Seconds before the first retry; the wait doubles with each further retry.", least=0.001),
    "lenient_2xx": vendor.Setting(False, "Accept any 2xx as delivered, not only 200."),
    "deadline_s": vendor.Setting(30, "Timeout of a whole exchange with a receiver, in seconds.", least=0.01),
    "require_https": vendor.Setting(False, "Refuse http endpoints, as the vendor's production does."),
}  # fmt: skip

VENDOR = vendor.Vendor(
    "portal", "Scraper Portal", "/api/v1", parts=f"{__package__}.parts", aliases=("/portal/api/v1",), settings=SETTINGS
)
