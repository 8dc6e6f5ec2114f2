"""Zatabox's vendor record."""

from mockmarket.vendor import Setting, Vendor

SETTINGS = {
    "environment": Setting("test", "Accepted keys: vt_test_, vt_live_, or any; other keys get 403 WRONG_ENV.", ("test", "live", "any")),
    "payment_outcome": Setting(
        "succeed", "Result of a payment when it is verified, or when `settle_after_s` has passed.", ("succeed", "fail", "wait")
    ),
    "settle_after_s": Setting(0, "Seconds after which a payment settles without a call; 0 waits for verify or an action.", least=0),
    "order_ttl_s": Setting(900, "Seconds for which a pending order holds its seats; 0 means no expiry.", least=0),
    "hold_ttl_s": Setting(600, "Seconds for which seats are held for a holder.", least=1),
    "rotation_grace_s": Setting(
        0, "Seconds for which an endpoint's old secret also signs after a rotation; 0: only the new secret signs.", least=0
    ),
    "attempts": Setting(12, "Number of attempts before a delivery is exhausted.", least=1),
    "deadline_s": Setting(10, "Timeout of a whole exchange with a receiver, in seconds.", least=0.01),
    "require_https": Setting(False, "Refuse http endpoints."),
    "live_interval_s": Setting(2, "Seconds of real time between two snapshots of a live stream.", least=0.01),
    "login_code": Setting("123456", "Code of each login by mail; empty: another one each time. The action read_login_code shows it."),
    "rate_limit": Setting(0, "Calls per minute for one key, then 429; 0 means no limit.", least=0),
}  # fmt: skip

HOSTS = ("api.zatabox.com", "sandbox.zatabox.com")
VENDOR = Vendor(
    "zatabox",
    "Zatabox",
    "/zatabox/api/v1",
    parts=f"{__package__}.parts",
    hosts=HOSTS,
    settings=SETTINGS,
    sdk_base="/zatabox",
)
