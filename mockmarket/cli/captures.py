"""Captured webhooks: a folder with a JSON file for each, in the order of their arrival, as other commands read them."""

import base64
import json
import os
import re
from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import Any

from mockmarket.clock import iso_ms, wall_ms
from mockmarket.matching.redaction import Hidden, in_headers
from mockmarket.store.files import make_folder
from mockmarket_client.inbox import Webhook
from mockmarket_client.scheme import Scheme

NUMBERED = re.compile(r"(\d{1,9})-[^/]*\.json")
UNSAFE = re.compile(r"[^A-Za-z0-9._]+")
LONGEST_NAME = 80


class Captures:
    """The folder of one listener. Its numbers continue above those that the folder has, and each file is complete as soon as it has its
    name. Headers that carry a credential are redacted; signatures of these schemes are kept, so that they can be verified again."""

    def __init__(self, folder: Path, schemes: Iterable[Scheme]) -> None:
        """Use a folder, created when missing; DataError for one that cannot be written to."""
        make_folder(folder)
        names = map(NUMBERED.fullmatch, os.listdir(folder))
        self._folder, self._numbers = folder, count(1 + max((int(name[1]) for name in names if name), default=0))
        self._signed = {name.lower() for scheme in schemes for name in scheme.names}

    def keep(self, webhook: Webhook) -> None:
        """Write a webhook to a file that only its user may read; OSError when that is not possible."""
        text = json.dumps(self._content(webhook), ensure_ascii=False, indent=2)
        words = f"{webhook.vendor or 'unknown'}-{webhook.type or 'unknown'}"
        name = f"{next(self._numbers):06d}-{UNSAFE.sub('-', words)[:LONGEST_NAME]}.json"
        partial = self._folder / f".{name}"
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(f"{text}\n")
        partial.replace(self._folder / name)

    def _content(self, webhook: Webhook) -> dict[str, Any]:
        arrival, body = webhook.arrival, webhook.body
        try:
            content = {"body": body.decode()}
        except UnicodeDecodeError:
            content = {"body_base64": base64.b64encode(body).decode()}
        head = {"received": iso_ms(wall_ms()), "vendor": webhook.vendor, "type": webhook.type}
        request = {"method": arrival.method, "path": arrival.path, "headers": self._headers(webhook)}
        return {name: value for name, value in head.items() if value} | request | content

    def _headers(self, webhook: Webhook) -> list[tuple[str, str]]:
        headers = webhook.arrival.headers
        safe = in_headers(headers, Hidden())
        return [own if own[0].lower() in self._signed else other for own, other in zip(headers, safe, strict=True)]
