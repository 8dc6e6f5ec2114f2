"""The sentences that describe steps without an `about` of their own, for the dashboard, the command line and answers alike.

Each has its verb in the present tense; variables in it are replaced when the step is performed."""

from collections.abc import Callable, Iterator, Mapping

from mockmarket.clock import span
from mockmarket.matching.operators import wanted
from mockmarket.matching.paths import Json, written
from mockmarket.matching.redaction import is_secret
from mockmarket.scenarios.base import Fields, Titles
from mockmarket.scenarios.steps import failures
from mockmarket.scenarios.steps.calls import method_of
from mockmarket.seed import moments

MOST_VALUES = 3
UNTIL = {"quiet": "nothing more is due", "delivered": "no delivery is due"}
SINGULAR = {"deliveries": "delivery"}
SEATS = ("total", "free", "held", "sold")


def call(step: Fields, titles: Titles) -> str:
    """Describe a request, with the first values of its body, and the answer where it is not a 2xx."""
    body = step["body"] if isinstance(step["body"], Mapping) else {}
    answer = f"; expects the answer {wanted(step['status'], written)}" if step["status"] is not None else ""
    method = method_of(step)
    verb = f"{method}{'es' if method.endswith('H') else 's'}"
    return f"{verb} {step['path']} at {_title(step, titles)}{_values(body)}{_times(step.get('times', 1))}{answer}"


def _times(count: int) -> str:
    return f", {count} times" if count > 1 else ""


def _title(step: Fields, titles: Titles) -> str:
    return titles.get(step["vendor"], step["vendor"])


def _values(values: Mapping[str, Json]) -> str:
    """Return the first values that are no lists, objects or secrets: `: status accepted, quantity 2`."""
    single = [name for name, value in values.items() if not isinstance(value, list | Mapping) and not is_secret(name)]
    plain = [f"{name} {written(values[name])}" for name in single]
    return f": {', '.join(plain[:MOST_VALUES])}{', …' if len(plain) > MOST_VALUES else ''}" if plain else ""


def together(step: Fields, titles: Titles) -> str:
    """Describe simultaneous requests."""
    return f"at the same moment, {' and '.join(call(each, titles) for each in step['calls'])}"


def action(step: Fields, titles: Titles) -> str:
    """Describe an action, and its refusal where that is expected."""
    where = "on every vendor's stock" if step["vendor"] == "core" else f"at {_title(step, titles)}"
    refusal = f"; expects the refusal {wanted(step['refused'], written)}" if step["refused"] is not None else ""
    return f"runs the action {step['name'].replace('_', ' ')} {where}{_values(step['fields'])}{refusal}"


def trigger(step: Fields, titles: Titles) -> str:
    """Describe a triggered notice."""
    about = f" about {step['record']}" if step["record"] is not None else ""
    return f"triggers the notice {step['type']} of {_title(step, titles)}{about}{_times(step['count'])}"


def endpoint(step: Fields, titles: Titles) -> str:
    """Describe a new, changed or deleted endpoint."""
    place = f"the receiver {step['receiver']}" if "receiver" in step else step.get("url", "")
    if "id" not in step:
        return f"creates an endpoint of {_title(step, titles)} at {place}"
    if step["delete"]:
        return f"deletes the endpoint {step['id']}"
    fields = [name.replace("_", " ") for name in step if name not in ("id", "delete", "save")]
    return f"changes {', '.join(fields) or 'nothing'} of the endpoint {step['id']}"


def receiver(step: Fields, _titles: Titles) -> str:
    """Describe a receiver's new answers."""
    if step["answer"] == "refuse":
        return f"has the receiver {step['name']} refuse connections"
    return f"has the receiver {step['name']} answer {failures.worded(step['answer'])}"


def resend(step: Fields, titles: Titles) -> str:
    """Describe which deliveries are sent again."""
    return f"sends deliveries{_where(step, titles)} again"


def _where(where: Fields, titles: Titles) -> str:
    """Return conditions as they follow a noun: ` with type order.accepted, state failed`."""
    named = {**where, "vendor": _title(where, titles)} if "vendor" in where else where
    return " with " + ", ".join(f"{name} {wanted(value, written)}" for name, value in named.items()) if named else ""


def settings(step: Fields, titles: Titles) -> str:
    """Describe the changed settings."""
    changes = (
        f"{name.replace('_', ' ')} of {titles.get(vendor, f'the {vendor}')} "
        f"{'back to its default' if value is None else f'to {written(value)}'}"
        for vendor, values in step["values"].items()
        for name, value in values.items()
    )
    return f"sets {', '.join(changes)}"


def fault(step: Fields, titles: Titles) -> str:
    """Describe a fault that is turned on or off."""
    if "off" in step:
        return "turns every fault off" if step["off"] == "all" else f"turns the fault {step['off']} off"
    vendor = f" at {_title(step, titles)}" if "vendor" in step else ""
    chosen = {name: step[name] for name in ("operation", "notice", "receiver", "endpoint", "key") if name in step}
    times = f", for {step['times']} {'time' if step['times'] == 1 else 'times'}" if "times" in step else ""
    return f"turns on the fault {step['fault']}{vendor}{_where(chosen, titles)}{times}"


def advance(step: Fields, _titles: Titles) -> str:
    """Describe how far the clock is moved."""
    if "until" in step:
        return f"moves the clock until {UNTIL[step['until']]}"
    if "by" in step:
        return f"moves the clock by {_span(step['by'])}"
    moment: str = step["to"]
    return f"moves the clock to {f'{_span(moment[1:])} after the start' if moment.startswith('+') else moment}"


def _span(text: str) -> str:
    try:
        return span(moments.span(text))
    except ValueError:  # a variable
        return text


def expect(step: Fields, titles: Titles) -> str:
    """Describe what is expected."""
    return f"expects {' and '.join(_expectations(step, titles))}"


def wait(step: Fields, titles: Titles) -> str:
    """Describe what is awaited."""
    return f"waits for {' and '.join([*_expectations(step, titles), *['nothing more to be due'] * step['quiet']])}"


def _expectations(step: Fields, titles: Titles) -> Iterator[str]:
    for name, describe in SUBJECTS.items():
        yield from (describe(expectation, titles) for expectation in step.get(name, ()))


def _record(expected: Fields, titles: Titles) -> str:
    name = f"the {expected['kind']} {expected['id']} of {_title(expected, titles)}"
    return f"{name} to have {_fields(expected['fields'])}" if expected["fields"] else f"{name} {_existence(expected)}"


def _existence(expected: Fields) -> str:
    return "to exist" if expected["exists"] else "not to exist"


def _fields(*expected: Fields) -> str:
    pairs = [f"{name} {wanted(value, written)}" for fields in expected for name, value in fields.items()]
    return ", ".join(pairs[:MOST_VALUES]) + (", …" if len(pairs) > MOST_VALUES else "")


def _counted(noun: str) -> Callable[[Fields, Titles], str]:
    def describe(expected: Fields, titles: Titles) -> str:
        where = {name: value for name, value in expected["where"].items() if name != "vendor"}
        vendor = f" of {_title(expected['where'], titles)}" if "vendor" in expected["where"] else ""
        fields = expected.get("body", {}), {name: expected[name] for name in LOOKED_AT if name in expected}
        types = f", of {', '.join(expected['types'])} in this order" if "types" in expected else ""
        having = f", with {words}" if (words := _fields(*fields)) else ""
        return f"{_count(expected['count'], noun)}{vendor}{_where(where, titles)}{types}{having}"

    return describe


LOOKED_AT = ("attempts", "last_status", "reason")


def _count(expected: object, noun: str) -> str:
    """Return a number of things with its noun, given in the plural: `no webhooks`, `at least 1 delivery`."""
    number = "no" if expected == 0 else wanted(expected, written)
    is_singular = number.rpartition(" ")[2] == "1"
    return f"{number} {SINGULAR.get(noun, noun.removesuffix('s')) if is_singular else noun}"


def _records(expected: Fields, titles: Titles) -> str:
    noun = f"{expected['kind']} records"
    name = f"{_count(expected['count'], noun)} of {_title(expected, titles)}"
    having = f", with {_fields(expected['fields'])}" if expected["fields"] else ""
    return f"{name}{_where(expected['where'], titles)}{having}"


def _received(expected: Fields, _titles: Titles) -> str:
    parts: list[str] = [_count(expected["count"], "webhooks")] if "count" in expected else []
    parts += [_count(expected["distinct"], "different webhooks")] if "distinct" in expected else []
    parts = parts or ["webhooks"]
    where = f" with {_fields(expected['where'])}" if expected["where"] else ""
    answered = (
        f", answered {', '.join(str(status or 'by no status') for status in expected['answered'])}"
        if "answered" in expected
        else ""
    )
    each = f", each with {words}" if (words := _fields(expected["each"], expected["headers"])) else ""
    last = f", the last with {_fields(expected['last'])}" if expected["last"] else ""
    order = "".join(
        f", with {path} {', '.join(map(written, values))} in this order"
        for path, values in expected["sequence"].items()
    )
    return (
        f"the receiver {expected['receiver']} to have received {', '.join(parts)}{where}{answered}{each}{last}{order}"
    )


def _endpoint(expected: Fields, _titles: Titles) -> str:
    name = (
        f"the endpoint {expected['id']}" if "id" in expected else f"the endpoint at the receiver {expected['receiver']}"
    )
    return f"{name} to have {_fields(expected['fields'])}" if expected["fields"] else f"{name} to exist"


def _stock(expected: Fields, _titles: Titles) -> str:
    place = ", ".join(f"{name} {expected[name]}" for name in ("section", "row") if name in expected)
    where = f"event {expected['event']}" if "event" in expected else f"the stock row {expected['id']}"
    counts = " and ".join(_count(expected[name], f"{name} seats") for name in SEATS if name in expected)
    return f"{counts} of {where}{f', {place}' if place else ''}"


SUBJECTS: Mapping[str, Callable[[Fields, Titles], str]] = {
    "record": _record, "records": _records, "deliveries": _counted("deliveries"), "notices": _counted("notices"),
    "received": _received, "endpoint": _endpoint, "stock": _stock, "requests": _counted("requests"),
}  # fmt: skip
"""For each subject of an expectation, how it is described after `expects` and `waits for`."""
