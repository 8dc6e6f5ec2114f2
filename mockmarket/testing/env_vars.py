"""What an integration's tests need to know of a running mock, as environment variables. Pure."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping
from typing import Any

from mockmarket.client.control import credential

PREFIX = "MOCKMARKET"


def of_vendor(vendor: Mapping[str, Any], key: str | None = None) -> dict[str, str]:
    """Return a vendor's variables, from its entry in `GET vendors`: base URL, key, and each header that carries it.

    `key` names another key than the first; MockmarketError when there is none of this name.
    """
    prefix = f"{PREFIX}_{word(vendor['name'])}"
    variables = {f"{prefix}_BASE_URL": vendor["base_url"]}
    if key is None and not vendor["credentials"]:
        return variables
    chosen = credential(vendor, key)
    headers = {f"{prefix}_{word(name)}": value for name, value in chosen["headers"].items()}
    return variables | {f"{prefix}_KEY": chosen["secret"]} | headers


def word(name: str) -> str:
    """Write a name as part of a variable's: capitals, digits and underscores."""
    return re.sub(r"[^A-Z0-9]", "_", name.upper())


def sh(variables: Mapping[str, str]) -> str:
    """Write lines that sh, bash and zsh read: `eval "$(mockmarket env VENDOR)"`."""
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())


def fish(variables: Mapping[str, str]) -> str:
    """Write lines that fish reads: within single quotes it knows backslash and quote."""
    quoted = {name: re.sub(r"(['\\])", r"\\\1", value) for name, value in variables.items()}
    return "".join(f"set -gx {name} '{value}'\n" for name, value in quoted.items())


def dotenv(variables: Mapping[str, str]) -> str:
    """Write lines of a .env file, each value quoted: singly, so that nothing in it is replaced, or doubly if it has such a quote."""
    return "".join(f"{name}={_quoted(value)}\n" for name, value in variables.items())


def github(variables: Mapping[str, str]) -> str:
    """Write lines for the file $GITHUB_ENV, which takes a value as it stands."""
    return "".join(f"{name}={value}\n" for name, value in variables.items())


def as_json(variables: Mapping[str, str]) -> str:
    """Write one JSON object."""
    return json.dumps(variables, indent=2, ensure_ascii=False) + "\n"


SHELLS: dict[str, Callable[[Mapping[str, str]], str]] = {
    "sh": sh,
    "fish": fish,
    "dotenv": dotenv,
    "github": github,
    "json": as_json,
}


def _quoted(value: str) -> str:
    return f"'{value}'" if "'" not in value else '"' + re.sub(r'(["\\$`])', r"\\\1", value) + '"'
