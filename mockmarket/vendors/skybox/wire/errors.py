"""How SkyBox refuses: a message, and for what is wrong with fields one entry each, as Jersey's bean validation writes them."""

from __future__ import annotations

from typing import Any

from mockmarket.errors import Refusal
from mockmarket.vendors.skybox.records.types import Violation

MISSING = ("Missing data for required field.", "Field may not be null.", "may not be null")


def refuse(refusal: Refusal) -> Any:
    """Write an error answer: `{message}` (convention), or for a 400 with fields a list (public: javax.validation's format)."""
    if refusal.status == 400:
        details = refusal.details or (("body", refusal.message),)
        sent = refusal.facts.get("given")
        return [violation(path, sentence, value_at(sent, path)) for path, sentence in details]
    return {"message": refusal.message}


def value_at(sent: object, path: str) -> object:
    """Return what was sent at a path such as `lines.0.amount`, null when there is nothing."""
    if isinstance(sent, dict) and path in sent:
        return sent[path]
    name, _, rest = path.partition(".")
    if isinstance(sent, list) and name.isdecimal() and int(name) < len(sent):
        inner = sent[int(name)]
    else:
        inner = sent.get(name) if isinstance(sent, dict) else None
    return value_at(inner, rest) if rest else inner


def violation(path: str, sentence: str, value: object) -> Violation:
    """Write what is wrong with one field."""
    template = sentence
    if sentence in MISSING:
        sentence, template = "may not be null", "{javax.validation.constraints.NotNull.message}"
    return {"message": sentence, "messageTemplate": template, "path": path, "invalidValue": value}
