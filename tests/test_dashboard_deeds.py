"""The words for what control routes and forms of the dashboard do."""

from __future__ import annotations

import re

import pytest

from mockmarket.control import OPERATIONS
from mockmarket.dashboard.deeds import deed_of, words_of
from mockmarket.dashboard.site import PAGES


@pytest.mark.parametrize(
    ("call", "body", "words"),
    [
        ("PUT clock", b'{"frozen":true}', "clock frozen (control route)"),
        ("POST clock/advance", b'{"seconds":3600}', "clock advanced by 1 h (control route)"),
        ("POST clock/advance", b'{"to":"2026-05-01T12:00:00Z"}', "clock advanced to 2026-05-01T12:00:00Z (control route)"),
        ("POST clock/advance", b'{"seconds":"x"}', "clock advanced (control route)"),
        ("POST ui/clock/advance", b"seconds=600", "clock advanced by 10 min (dashboard)"),
        ("POST ui/clock/step/86400000", b"", "clock advanced by 1 d (dashboard)"),
        ("POST snapshots/then/restore", b"", "world restored to then (control route)"),
        ("POST ui/worlds/restore/then", b"", "world restored to then (dashboard)"),
        ("PATCH settings", b'{"core":{"unread":"refuse"}}', "settings changed: core.unread (control route)"),
        ("POST faults", b"[", "fault turned on (control route)"),
        ("POST portal/actions/set_status", b"{}", "set status (control route)"),
        ("POST ui/orders/portal/do/set_status/to/cancelled/a/b", b"", "set status cancelled (dashboard)"),
        ("POST ui/orders/portal/test", b"", "test order placed at portal (dashboard)"),
        ("POST ui/webhooks/endpoint/end_X/resend", b"", "deliveries to the endpoint end_X sent again (dashboard)"),
        ("POST ui/keys/id/key_X", b"", "key key_X changed (dashboard)"),
    ],
)  # fmt: skip
def test_deed_is_in_words(call: str, body: bytes, words: str) -> None:
    method, path = call.split()

    assert deed_of(method, f"/_mockmarket/{path}", body) == words


def test_every_changing_route_has_words() -> None:
    calls = [f"{row.method} {row.path}" for row in OPERATIONS if row.method != "GET"]
    for route in (route for page in PAGES for route in page.routes if route.method == "POST"):
        choices = re.search(r"<any\((.*?)\):\w+>", route.path)
        paths = (
            [route.path.replace(choices[0], choice) for choice in choices[1].split(", ")] if choices else [route.path]
        )
        calls += [f"POST /ui/{re.sub('<.*?>', '7', path)}" for path in paths]

    silent = [call for call in calls if call in _words(call)]

    assert len(calls) > 90
    assert silent == []


def _words(call: str) -> str:
    deed, parts = words_of(call)
    return deed(parts) if callable(deed) else deed.format_map(parts)
