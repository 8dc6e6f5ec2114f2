"""What control routes and forms of the dashboard do, in words of a person: one table by method and path below the control plane's base.

`{name}` in words is a part of the path; a function writes them where the body says more. A part whose name ends in `*` may have slashes."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from urllib.parse import parse_qsl, unquote

import orjson

from mockmarket.clock import SECOND, iso_s, span
from mockmarket.control.base import BASE
from mockmarket.worlds.journal import Entry

Fields = Mapping[str, object]
Deed = (
    str | Callable[[Fields], str]
)  # the words, or what writes them from the parts of the path and the members of the body


def _advanced(fields: Fields) -> str:
    try:
        if fields.get("seconds"):
            return f"clock advanced by {span(int(float(str(fields['seconds'])) * SECOND))}"
    except ValueError:
        return "clock advanced"
    if fields.get("to"):
        return f"clock advanced to {fields['to']}"
    return (
        "clock advanced until nothing was due"
        if fields.get("until") == "quiet"
        else "clock advanced until nothing waited to be sent"
    )


def _set(fields: Fields) -> str:
    return "clock frozen" if fields.get("frozen") is True else "clock set running"


def _settings(fields: Fields) -> str:
    names = [f"{vendor}.{name}" for vendor, values in fields.items() if isinstance(values, dict) for name in values]
    return f"settings changed: {', '.join(names)}" if names else "settings changed"


def _fault(fields: Fields) -> str:
    return f"fault {fields['fault']} turned on" if isinstance(fields.get("fault"), str) else "fault turned on"


CONTROL: Mapping[str, Deed] = {
    "DELETE /worlds": "worlds deleted",
    "PUT /worlds/{name}": "world {name} created",
    "DELETE /worlds/{name}": "world {name} deleted",
    "POST /worlds/{name}/move": "world {name} moved to another server",
    "POST /reset": "world reset to its fixture",
    "PATCH /settings": _settings,
    "POST /drain": "server drained of its worlds",
    "DELETE /drain": "drain of the server ended",
    "POST /snapshots/{name}": "snapshot {name} saved",
    "DELETE /snapshots/{name}": "snapshot {name} deleted",
    "POST /snapshots/{name}/restore": "world restored to {name}",
    "PUT /state": "world replaced by a file",
    "PUT /clock": _set,
    "POST /clock/advance": _advanced,
    "POST /keys": "key created",
    "PATCH /keys/{id}": "key {id} changed",
    "DELETE /keys/{id}": "key {id} deleted",
    "POST /keys/{id}/rotate": "key {id} rotated",
    "POST /endpoints": "endpoint created",
    "PATCH /endpoints/{id}": "endpoint {id} changed",
    "DELETE /endpoints/{id}": "endpoint {id} deleted",
    "POST /deliveries/{id}/resend": "delivery {id} sent again",
    "POST /deliveries/resend": "deliveries sent again",
    "POST /deliveries/drop": "waiting deliveries dropped",
    "POST /{vendor}/trigger/{notice}": "notice {notice} of {vendor} triggered",
    "POST /faults": _fault,
    "PUT /faults": "faults replaced",
    "DELETE /faults": "every fault turned off",
    "DELETE /faults/{id}": "fault {id} turned off",
    "POST /{vendor}/actions/{action}": "{action}",
    "DELETE /requests": "journal of requests emptied",
    "POST /requests/find": "requests searched",
    "POST /requests/count": "requests counted",
    "POST /wait": "waited for a state",
    "POST /scenarios/{name}/run": "scenario {name} run",
    "POST /scenarios/{name}/step": "step of the scenario {name} performed",
    "POST /scenarios/{name}/start": "scenario {name} started along the clock",
    "DELETE /scenarios/{name}/runs/{id}": "run {id} of the scenario {name} stopped",
    "POST /exam": "receiver examined",
}
"""The words of every control route that is not a GET."""
FORMS: Mapping[str, Deed] = {
    "requests/id/{id}/replay": "request {id} sent again",
    "requests/id/{id}/edited": "request {id} sent in another form",
    "webhooks/new/{vendor}": "endpoint of {vendor} created",
    "webhooks/endpoint/{id}": "endpoint {id} changed",
    "webhooks/endpoint/{id}/wake": "endpoint {id} activated",
    "webhooks/endpoint/{id}/rest": "endpoint {id} disabled",
    "webhooks/endpoint/{id}/rotate": "secret of the endpoint {id} rotated",
    "webhooks/endpoint/{id}/send": "notice sent to the endpoint {id}",
    "webhooks/endpoint/{id}/resend": "deliveries to the endpoint {id} sent again",
    "webhooks/endpoint/{id}/cancel": "waiting deliveries to the endpoint {id} cancelled",
    "webhooks/endpoint/{id}/examine": "receiver of the endpoint {id} examined",
    "webhooks/endpoint/{id}/remove": "endpoint {id} deleted",
    "webhooks/deliveries/resend": "deliveries sent again",
    "webhooks/deliveries/cancel": "waiting deliveries cancelled",
    "webhooks/delivery/{id}/resend": "delivery {id} sent again",
    "webhooks/delivery/{id}/{place}/check": "signature checked",
    "webhooks/check": "signature checked",
    "webhooks/receiver": "answer of the built-in receiver changed",
    "webhooks/receiver/clear": "built-in receiver emptied",
    "webhooks/receiver/new/{vendor}": "endpoint of {vendor} created at the built-in receiver",
    "webhooks/notices/{vendor}/{type}": "notice {type} of {vendor} triggered",
    "receive/{token}": "webhook received",
    "stock/row/{id*}": "price of the row {id} changed",
    "stock/do/{action}/{id*}": "{action}",
    "orders/{vendor}/new": "order placed at {vendor}",
    "orders/{vendor}/test": "test order placed at {vendor}",
    "orders/{vendor}/row/{id*}": "order placed at {vendor}",
    "orders/{vendor}/do/{action}/to/{choice}/{id*}": "{action} {choice}",
    "orders/{vendor}/do/{action}/{id*}": "{action}",
    "actions/{vendor}/{action}": "{action}",
    "clock/freeze": "clock frozen",
    "clock/run": "clock set running",
    "clock/advance": _advanced,
    "clock/step/{ms}": lambda fields: f"clock advanced by {span(int(str(fields['ms'])))}",
    "clock/to/{at}": lambda fields: f"clock advanced to {iso_s(int(str(fields['at'])))}",
    "clock/quiet": "clock advanced until nothing was due",
    "faults/new/{fault}": "fault {fault} turned on",
    "faults/off/{id}": "fault {id} turned off",
    "faults/off": "every fault turned off",
    "scenarios": "submitted scenario run",
    "scenarios/{name}/run": "scenario {name} run",
    "scenarios/{name}/step": "step of the scenario {name} performed",
    "scenarios/{name}/start": "scenario {name} started along the clock",
    "scenarios/{name}/stop/{id}": "run {id} of the scenario {name} stopped",
    "exam": "receiver examined",
    "keys/new/{vendor}": "key of {vendor} created",
    "keys/id/{id}": "key {id} changed",
    "keys/id/{id}/rotate": "key {id} rotated",
    "keys/id/{id}/remove": "key {id} deleted",
    "settings/{vendor}": "settings of {vendor} changed",
    "settings/{vendor}/{name}/back": "setting {name} of {vendor} back to its default",
    "worlds": "world created",
    "worlds/reset": "world reset to its fixture",
    "worlds/keep": "snapshot saved",
    "worlds/drop/{name}": "world {name} deleted",
    "worlds/mend/{name}": "damaged world {name} reset to its fixture",
    "worlds/restore/{name}": "world restored to {name}",
    "worlds/forget/{name}": "snapshot {name} deleted",
    "worlds/undo/{name}": "loss of data undone",
    "worlds/state": "world replaced by a file",
}
"""The words of every form of the dashboard."""


def cause_of(entry: Entry) -> str:
    """Return what changed the world in words: a request, what was done by hand, a timer or a receiver's answer; and a scenario's step."""
    if entry.kind == "answer":
        return f"receiver's answer: delivery {entry.path[1:]}"
    if entry.kind == "timer":
        _, name, record = entry.path.split("/", 2)
        return f"timer: {name.replace('_', ' ')}, {record}"
    is_request = entry.kind == "request"
    words = f"{entry.method} {entry.path}" if is_request else deed_of(entry.method, entry.path, entry.body)
    if entry.step:
        return f"{words} ({entry.step})" if is_request else f"{entry.step}: {words}"
    return words if is_request else f"by hand: {words}"


def deed_of(method: str, path: str, body: bytes = b"") -> str:
    """Return what a control route or a form of the dashboard did, in words, and which of them it was."""
    below = path.partition(f"{BASE}/")[2]
    deed, parts = words_of(f"{method} /{below}")
    fields = {**_members(body), **parts} if callable(deed) else parts
    words = deed(fields) if callable(deed) else deed.format_map(parts)
    return f"{words} ({'dashboard' if below.startswith('ui/') else 'control route'})"


def words_of(call: str) -> tuple[Deed, dict[str, str]]:
    """Return the words for a call, `PUT /clock`, with the parts of its path; for an unknown call the call itself."""
    for pattern, deed in _patterns():
        if match := pattern.fullmatch(call):
            parts = {name: unquote(part) for name, part in match.groupdict().items()}
            return deed, {**parts, **{name: parts[name].replace("_", " ") for name in ("action",) if name in parts}}
    return (lambda _: call), {}


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], Deed], ...]:
    calls = {**CONTROL, **{f"POST /ui/{path}": deed for path, deed in FORMS.items()}}
    return tuple((_pattern_of(call), deed) for call, deed in calls.items())


def _pattern_of(call: str) -> re.Pattern[str]:
    """Return the pattern of a call: a part of its path has no slash, unless `*` follows its name."""
    parts = re.split(r"\{(\w+\*?)\}", call)
    parts[::2] = map(re.escape, parts[::2])
    parts[1::2] = [f"(?P<{name.rstrip('*')}>{'.+' if name.endswith('*') else '[^/]+'})" for name in parts[1::2]]
    return re.compile("".join(parts))


def _members(body: bytes) -> Fields:
    """Return the members of a JSON body or of a form."""
    try:
        members = orjson.loads(body)
    except orjson.JSONDecodeError:
        members = dict(parse_qsl(body.decode("utf-8", "replace")))
    return members if isinstance(members, dict) else {}
