"""Ticketnation's vendor record."""

from mockmarket import vendor

SETTINGS = {
    "sends": vendor.Setting(3, "Maximum number of attempts of a delivery; 4 reads the document's 3 as retries.", least=1),
    "retry_base_s": vendor.Setting(1, "Seconds before the first retry; the wait doubles with each further retry.", least=0.001),
    "disable_after": vendor.Setting(10, "Number of consecutive failures that disable a webhook.", least=1),
    "disable_counts": vendor.Setting(
        "deliveries", "What counts as a failure: a delivery that failed for good, or each failed attempt.", ("deliveries", "attempts"),
    ),
    "deadline_s": vendor.Setting(10, "Timeout of a whole exchange with a receiver, in seconds.", least=0.01),
    "require_https": vendor.Setting(False, "Refuse http webhooks."),
    "rate_limit": vendor.Setting(0, "Calls per window for one key; 0 means no limit.", least=0),
    "rate_window_s": vendor.Setting(60, "Length of a rate limit window, in seconds of the world's time.", least=1),
}  # fmt: skip

BASE = "/ticketnation/open-api/v1"
HOSTS = ("api.ticketnation.ph",)
VENDOR = vendor.Vendor(
    "ticketnation",
    "Ticketnation",
    BASE,
    parts=f"{__package__}.parts",
    aliases=("/open-api/v1",),
    hosts=HOSTS,
    settings=SETTINGS,
)
