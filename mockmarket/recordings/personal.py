"""What in a recording is secret or personal: by the names of members, headers and parameters, and by the look of values. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from mockmarket.matching.redaction import LONGEST_NAME, WORD, is_secret

PEOPLE = re.compile(
    r"(?:.*_)?(?:customer|buyer|user|attendee|guest|holder|contact|owner|recipient|billing|shipping|passenger|member|person|client"
    r"|employee|organi[sz]er|author|sender|address|profile|purchaser)(?:es|s)?"
)
"""Objects about a person, or about where one lives."""
OF_A_PERSON = (
    ("name", re.compile(r"name")),
    ("detail", re.compile(r"company|city|town|county|state|region|province|handle|title")),
)
"""Members that are personal within such an object alone: a venue has a name and a city too."""
OF_ITS_PARENT = ("number", "value", "no")
"""Members whose kind the name of their object says, as in `{"phone": {"number": …}}`."""
CARRIED = frozenset({"email", "phone", "token", "code", "document", "card", "link", "name"})
"""Kinds whose values are taken out of other texts too."""
CARDS = re.compile(r"(?:.*_)?(?:(?:credit|debit|payment|bank)_)?(?:card|bank_account)s?")
"""Objects of which every text and number is about a means of payment."""
NAMED = tuple(
    (kind, re.compile(rf"(?:.*_)?(?:{names})"))
    for kind, names in (
        ("email", r"e_?mails?(?:_address(?:es)?)?"),
        ("phone", r"(?:phone|mobile|telephone|tel|fax|whatsapp|msisdn|cell)s?(?:_numbers?)?"),
        ("ip", r"ips?(?:_address(?:es)?)?|remote_addr|forwarded_for|real_ip"),
        ("link", r"(?:e?_?ticket|download|transfer|pass|wallet|mobile|file|pdf|asset|bar_?code|qr|checkout|certificate|reset|magic)s?"
                 r"_?(?:url|link|uri)s?"),
        ("file", r"pdfs?|base_?64|file(?:_content|_data)?|e_?ticket_file"),
        ("code", r"bar_?codes?|qr(?:_?codes?)?|ticket_codes?|pin|vouchers?(?:_codes?)?"),
        ("birth", r"birth(?:_?(?:date|day))?|dob"),
        ("card", r"card_?numbers?|pan|cvv2?|cvc2?|iban|account_numbers?|routing_numbers?|sort_code|last_?4(?:_digits)?"),
        ("document", r"passport(?:_number)?|ssn|national_id|tax_id|vat_(?:number|id)|driving_licen[cs]e(?:_number)?"),
        ("address", r"streets?(?:_?\d)?|address(?:es)?(?:_?lines?)?(?:_?\d)?|lines?_?\d"
                    r"|post_?codes?|postal(?:_codes?)?|zips?(?:_?codes?)?"),
        ("text", r"notes?|comments?|remarks?|instructions?|special_requests?"),
        ("name", r"(?:first|last|middle|family|given|full|sur|maiden|nick|legal|buyer|customer|guest|attendee|holder|contact|recipient"
                 r"|cardholder|passenger|seller|billing|shipping|delivery|display|user|login|company|organi[sz]er|sender|purchaser)_?names?"
                 r"|surnames?|holder|buyer|attendee|recipient"),
    )
)  # fmt: skip
"""Kinds of personal data by the last words of a member's name, the first that fits."""
DIGITS = frozenset({"phone", "card", "code", "birth"})
"""Kinds whose placeholders keep the signs around their digits."""
EMAIL = re.compile(r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
LOOKS = (
    ("email", "@", 6, EMAIL),
    ("token", "eyJ", 14, re.compile(r"\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*")),
    ("token", "_", 12, re.compile(r"\b[A-Za-z]{2,12}_(?:live|test|prod|sandbox)_\w{8,}|\bwhsec_\w{6,}")),
    ("token", "Bearer ", 13, re.compile(r"(?<=Bearer )[\w.~+/=-]{6,}")),
    ("phone", "+", 9, re.compile(r"(?<![\w:.])\+\d(?:[ ().-]{0,2}\d){7,14}(?!\w)")),
    ("card", "", 15, re.compile(r"(?<![\w-])[3-6]\d{3}(?:[ -]?\d{4}){3}(?![\w-])|(?<![\w-])3[47]\d{2}[ -]?\d{6}[ -]?\d{5}(?![\w-])")),
    ("file", "", 200, re.compile(r"(?:data:[\w/+.-]+;base64,)?[A-Za-z0-9+/_-]{200,}={0,2}")),
)  # fmt: skip
"""Kinds of secrets and personal data by their look, wherever they stand, each with what every such text has, and its least length."""
TOKEN_IN_PATH = re.compile(r"(?=.*\d)(?:[\w.~]{36,}|(?=.*[A-Z])(?=.*[a-z])[\w.~-]{36,})")
"""A segment of a path that is neither an id nor a title's words."""


def snake(name: str) -> str:
    """Return a name's words in lower case, with underscores between."""
    return "_".join(word.lower() for word in re.findall(rf"{WORD.pattern}|\d+", name[:LONGEST_NAME]))


@lru_cache(maxsize=4096)
def is_person(name: str) -> bool:
    """Return whether a member is an object about a person."""
    return PEOPLE.fullmatch(snake(name)) is not None


@lru_cache(maxsize=4096)
def is_card(name: str) -> bool:
    """Return whether a member is an object about a means of payment."""
    return CARDS.fullmatch(snake(name)) is not None


@lru_cache(maxsize=4096)
def kind_of(name: str, of_person: bool = False) -> str | None:
    """Return the kind of secret or personal data that a member holds by its name, or None."""
    if is_secret(name):
        return "signature" if "signature" in snake(name) else "token"
    rules = (*NAMED, *OF_A_PERSON) if of_person else NAMED
    return next((kind for kind, pattern in rules if pattern.fullmatch(snake(name))), None)


def is_card_number(text: str) -> bool:
    """Return whether digits are a card's number, by their check digit (Luhn)."""
    digits = [int(sign) for sign in text if sign.isdigit()]
    doubled = [sum(divmod(digit * 2, 10)) for digit in digits[-2::-2]]
    return (sum(doubled) + sum(digits[-1::-2])) % 10 == 0
