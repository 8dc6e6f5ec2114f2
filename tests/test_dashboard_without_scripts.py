"""The dashboard without scripts: every form of every page is sent as it is filled in, and a page of the dashboard follows."""

from __future__ import annotations

from collections import deque
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from mockmarket.dashboard.site import PAGES
from tests.conftest import Client
from tests.html_forms import Reader, Values
from tests.pages import filled
from tests.receiver import Receiver
from tests.test_dashboard import HTML, UI, origin_of

Kind = tuple[str, ...]
VIEWS = [(route.method, route.path, f"{page.name}/{route.view}") for page in PAGES for route in page.routes]
ROUTES = Map([Rule(f"/{path}", endpoint=view, methods=[method]) for method, path, view in VIEWS]).bind("")
TELLING = (
    "vendor",
    "action",
    "how",
    "what",
)  # parts of an address that make another form or page, not that of another record
DESTROYING = (
    "clear",
    "remove",
    "cancel_event",
    "close_account",
    "put_state",
    "reset",
    "worlds/restore",
    "undo",
    "forget",
    "drop",
)
"""Words of the forms that take away what others are about, in the order in which they are sent at last."""
UNSENT = {
    "webhooks/receiver:receive",
    "worlds/mend",
    "scenarios/stop",
    "webhooks/resend_failed",
    "webhooks/cancel_waiting",
}
"""Views whose forms need not be on a page of this world: of webhooks, of a damaged world, of a run in a world of its own, and of
deliveries that failed or wait at the moment."""
REFUSALS = (400, 403, 409, 422)  # said by a rule, or by the form itself
FRAME, SAID = '<nav aria-label="Pages"', ('role="alert">\n  <h1>', 'class="said error"', 'class="complaint"')


def kind_of(address: str, method: str) -> Kind:
    """Return what tells a page or a form from those of other records: its view, and some parts of its address."""
    name = urlsplit(address).path.partition(f"{UI}/")[2]
    try:
        view, parts = ROUTES.match(f"/{name}", method)
    except HTTPException:
        return method, name
    return (method, view, *(str(parts[part]) for part in TELLING if part in parts))


def rank(kind: Kind) -> int:
    """Return the place of a form among those that destroy, -1 for one that does not."""
    return next((place for place, word in enumerate(DESTROYING) if any(word in part for part in kind)), -1)


def ways_of(page: Reader, address: str) -> dict[Kind, tuple[str, Values, bool]]:
    """Return where a page's forms are sent, by which values, and whether as an upload: one way for each button, by its kind."""
    ways = {}
    for form in page.forms:
        for action, values in form.ways:
            kind = (*kind_of(urljoin(address, action), form.method.upper()), str(values[len(form.values) :]))
            ways[kind] = (urljoin(address, action), values, form.uploads)
    return ways


class Visitor:
    """Visits a world's pages without scripts and sends their forms, each kind once; `wrong` is what no page of the dashboard followed."""

    def __init__(self, client: Client) -> None:
        self.sent: set[Kind] = set()
        self.wrong: list[str] = []
        self._client = client
        self._late: dict[Kind, str] = {}
        self._seen: set[Kind] = set()
        self._waiting: deque[str] = deque()

    def visit(self, paths: list[str]) -> None:
        """Visit pages and all to which they lead, and send their forms, those that destroy at last."""
        self._waiting.extend(f"{self._client.base}{UI}/{path}" for path in paths)
        while self._waiting:
            self._visit(self._waiting.popleft())
        for kind, address in sorted(self._late.items(), key=lambda item: rank(item[0])):
            if kind not in self.sent and (way := ways_of(self._open(address), address).get(kind)):
                self._send(kind, *way, address)

    def _visit(self, address: str) -> None:
        page: Reader | None = self._open(address)
        for link in page.links if page else ():
            to = urljoin(address, link).partition("#")[0]
            if to.startswith(self._client.base + UI) and (place := kind_of(to, "GET")) not in self._seen:
                self._seen.add(place)
                self._waiting.append(to)
        while page:
            ways = ways_of(page, address)
            self._late |= {kind: address for kind in ways if rank(kind) >= 0}
            new = next((kind for kind in ways if rank(kind) < 0 and kind not in self.sent), None)
            page = (self._send(new, *ways[new], address) or self._open(address)) if new else None

    def _open(self, address: str) -> Reader:
        answer = self._client.session.get(address, headers=HTML, timeout=30)
        if answer.status_code != 200:
            self.wrong.append(f"{address}: {answer.status_code}")
        return Reader(answer.text if "html" in answer.headers["Content-Type"] else "")

    def _send(self, kind: Kind, target: str, values: Values, uploads: bool, address: str) -> Reader | None:
        """Send a form; return the page that follows if it is the form's own."""
        self.sent.add(kind)
        own = {**HTML, "Origin": origin_of(self._client), "Sec-Fetch-Site": "same-origin", "Referer": address}
        if kind[0] == "GET":
            answer = self._client.session.get(
                f"{target.partition('?')[0]}?{urlencode(values)}", headers=own, timeout=30
            )
        elif uploads:
            answer = self._client.session.post(target, dict(values), files={"file": ("", b"")}, headers=own, timeout=30)
        else:
            own["Content-Type"] = "application/x-www-form-urlencoded"
            answer = self._client.session.post(target, urlencode(values), headers=own, timeout=30)
        is_said = answer.status_code in REFUSALS and any(sign in answer.text for sign in SAID)
        if FRAME not in answer.text or not (answer.status_code == 200 or is_said):
            self.wrong.append(f"{kind} {values} of {address}: {answer.status_code} {answer.text[:200]}")
        return Reader(answer.text) if answer.url == address and answer.status_code == 200 else None


@pytest.mark.thorough
def test_every_form_is_followed_by_a_page(client: Client, receiver: Receiver) -> None:
    visitor = Visitor(client)
    paths = filled(client, receiver)
    client.control("PATCH", "settings", {"portal": {"lenient_2xx": True}})

    visitor.visit(paths)
    visitor.visit(["worlds"])  # on which what was done can be undone

    assert visitor.wrong == []
    assert {view for method, _, view in VIEWS if method == "POST"} - {kind[1] for kind in visitor.sent} <= UNSENT
