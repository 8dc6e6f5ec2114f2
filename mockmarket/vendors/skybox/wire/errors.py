"""How SkyBox refuses: a message, and for what is wrong with fields one entry each, as Jersey's bean validation writes them."""

from __future__ import annotations

from typing import Any

from mockmarket.errors import Refusal

MISSING = ("Missing data for required field.", "Field may not be null.", "may not be null")


def refuse(refusal: Refusal) -> Any:
    """Write an error answer: `{message}` (convention), or for a 400 with fields a list (public: javax.validation's format)."""
    if refusal.status == 400:
        details = refusal.details or (("body", refusal.message),)
        given = refusal.facts.get("given")
        return [violation(path, words, value_at(given, path)) for path, words in details]
    return {"message": refusal.message}


def value_at(given: Any, path: str) -> Any:
    """Return what was given at a path such as `lines.0.amount`, null when there is nothing."""
    if isinstance(given, dict) and path in given:
        return given[path]
    name, _, rest = path.partition(".")
    if isinstance(given, list) and name.isdecimal() and int(name) < len(given):
        inner = given[int(name)]
    else:
        inner = given.get(name) if isinstance(given, dict) else None
    return value_at(inner, rest) if rest else inner


def violation(path: str, words: str, invalid: Any) -> dict[str, Any]:
    """Write what is wrong with one field."""
    if words in MISSING:
        words, template = "may not be null", "{javax.validation.constraints.NotNull.message}"
    else:
        template = words
    return {"message": words, "messageTemplate": template, "path": path, "invalidValue": invalid}
