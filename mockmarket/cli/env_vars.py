"""The connection data of a running mock, for an integration's tests, as environment variables. Pure."""

import json
import re
import shlex
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from mockmarket_client.credentials import choose

PREFIX = "MOCKMARKET"


def of_https(https: Mapping[str, Any] | None) -> dict[str, str]:
    """Return the variables of a server that speaks HTTPS, from its description in `GET health`: its URL, the
    authority's file, and its URL as a proxy."""
    names = {"HTTPS_URL": "url", "HTTPS_CA_FILE": "ca_file", "PROXY_URL": "proxy_url"}
    return {f"{PREFIX}_{name}": https[key] for name, key in names.items() if https and https[key]}


def of_vendor(
    vendor: Mapping[str, Any], key: str | None = None, https: Mapping[str, Any] | None = None
) -> dict[str, str]:
    """Return a vendor's variables from its description in `GET vendors`: base URL, also for HTTPS where the server speaks it, key (the
    first, or of this name), and its headers."""
    prefix = f"{PREFIX}_{_word(vendor['name'])}"
    variables = {f"{prefix}_BASE_URL": vendor["base_url"]}
    if https:
        variables[f"{prefix}_HTTPS_BASE_URL"] = https["url"] + urlsplit(vendor["base_url"]).path
    if sdk_url := vendor.get("sdk_url"):
        variables[f"{prefix}_SDK_URL"] = sdk_url
    chosen = choose(vendor["credentials"]) if key is None else _named(vendor, key)
    if chosen is None:
        return variables
    headers = {f"{prefix}_{_word(name)}": value for name, value in chosen["headers"].items()}
    return variables | {f"{prefix}_KEY": chosen["secret"]} | headers


def _named(vendor: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    from mockmarket_client.control import credential  # most callers need no client

    return credential(vendor, key)


def _word(name: str) -> str:
    return re.sub(r"[^A-Z0-9]", "_", name.upper())


def dotenv(value: str) -> str:
    """Quote a value of a .env file: with single quotes, so that nothing is expanded, or double ones if it contains a single one."""
    return f"'{value}'" if "'" not in value else '"' + re.sub(r'(["\\$`])', r"\\\1", value) + '"'


def lines(template: str, quote: Callable[[str], str]) -> Callable[[Mapping[str, str]], str]:
    """Return a function that writes variables, one a line, with quoted values."""
    return lambda variables: "".join(template.format(name, quote(value)) for name, value in variables.items())


SHELLS: dict[str, Callable[[Mapping[str, str]], str]] = {
    "sh": lines("export {}={}\n", shlex.quote),
    "fish": lines("set -gx {} {}\n", lambda value: "'" + re.sub(r"(['\\])", r"\\\1", value) + "'"),
    "dotenv": lines("{}={}\n", dotenv),
    "github": lines("{}={}\n", str),
    "json": lambda variables: json.dumps(variables, indent=2, ensure_ascii=False) + "\n",
}
"""Functions that write variables for a shell, a .env file, or the file $GITHUB_ENV, which takes unquoted values."""
