"""SkyBox's vendor record."""

from mockmarket.clock import MINUTE
from mockmarket.frozen import dataclass
from mockmarket.vendor import Setting, Vendor

LADDER = "1,5,15,60,240,720,1440"
MOST_MINUTES = 10_000_000


@dataclass(frozen=True, slots=True)
class LadderSetting(Setting):
    """A setting of comma-separated minutes."""

    def check(self, value: object) -> str | None:
        """Return what is wrong with a value, or None."""
        return None if isinstance(value, str) and steps_of(value) else "must be minutes from 1, such as 1,5,15"


def steps_of(text: str) -> tuple[int, ...]:
    """Return a ladder's steps in ms; () for an invalid text."""
    parts = [part.strip() for part in text.split(",")]
    fits = all(part.isascii() and part.isdigit() and 1 <= int(part[:9]) <= MOST_MINUTES for part in parts)
    return tuple(int(part) * MINUTE for part in parts) if fits and max(map(len, parts)) < 9 else ()


SETTINGS = {
    "failures_until_mute": Setting(5, "Number of consecutive failures after which a webhook is muted.", least=1),
    "mute_minutes": LadderSetting(LADDER, "Minutes of the first and each further mute; the last value repeats."),
    "deadline_s": Setting(1, "Timeout of a whole exchange with a receiver, in seconds.", least=0.01),
    "all_webhook_fields": Setting(True, "Require headers and secret of a webhook, as the document does; else topic and url are enough."),
    "split_makes_all_new": Setting(False, "A split makes each part a new listing and empties the original; else the original keeps one."),
    "page_rows": Setting(50, "Rows of a page when no limit is sent; 0 means all.", least=0),
    "first_page": Setting(1, "The number of a list's first page: 1, or 0 for clients that count from 0.", choices=(0, 1)),
    "require_https": Setting(False, "Refuse http URLs for webhooks."),
    "account_header": Setting(True, "Require X-Account, as the document does; else without it the user's one account is meant."),
    "rate_limit": Setting(0, "Requests per minute for one API token, then 429; 0 means no limit.", least=0),
}  # fmt: skip

HOSTS = ("skybox.vividseats.com",)
VENDOR = Vendor("skybox", "SkyBox", "/skybox/services", parts=f"{__package__}.parts", hosts=HOSTS, settings=SETTINGS)
