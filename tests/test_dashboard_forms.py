"""Forms made of schemas, and values for people: pure functions, without a server."""

from __future__ import annotations

import html
import re
from typing import Any

import flask
import pytest
from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from werkzeug.datastructures import MultiDict

from mockmarket.api.schemas import schema_of
from mockmarket.clock import span
from mockmarket.dashboard import formats, forms
from mockmarket.errors import Conflict
from mockmarket.organiser import CORE
from mockmarket.vendor import discover


class Phone(Schema):
    """A nested part."""

    number = fields.String(required=True, validate=validate.Length(max=20))


class Sample(Schema):
    """One field of each kind."""

    name = fields.String(required=True, metadata={"description": "Whose it is."})
    count = fields.Integer(required=True, strict=True, validate=validate.Range(1, 20))
    price = fields.Decimal(places=2)
    state = fields.String(validate=validate.OneOf(("new", "old")), load_default="new")
    active = fields.Boolean(load_default=False)
    broadcast = fields.Boolean()
    scopes = fields.List(fields.String(validate=validate.OneOf(("read", "write"))))
    tags = fields.List(fields.String())
    extra = fields.Dict()
    phone = fields.Nested(Phone, required=True)
    first_name = fields.String(data_key="givenName")

    @validates_schema
    def check(self, data: Any, **_: Any) -> None:
        """Refuse one name as a whole."""
        if data.get("name") == "nobody":
            raise ValidationError("Somebody is needed.")


TYPED = {
    "name": "Zoë",
    "count": "3",
    "price": "1.50",
    "active": "true",
    "tags": "a\n\n b ",
    "extra": '{"x": [1]}',
    "phone.number": "555",
}


def send(values: Any, do: Any = lambda read: read, schema: Any = Sample, **form: Any) -> Any:
    """Read a form as the server does."""
    app = flask.Flask("forms")
    with app.test_request_context("/", method="POST", data=values):
        return forms.of(schema(), **form).submit(do)


def kinds() -> dict[str, Any]:
    """Return the kind of each input of the sample."""
    return {entry.name: entry.kind for entry in forms.of(Sample()).inputs}


def test_each_field_gets_its_input() -> None:
    assert kinds() == {
        "name": "text", "count": "number", "price": "number", "state": "choice", "active": "tick", "broadcast": "choice", "scopes": "boxes",
        "tags": "lines", "extra": "json", "phone.number": "text", "givenName": "text",
    }  # fmt: skip


def test_bounds_reach_the_browser() -> None:
    inputs = {entry.name: entry for entry in forms.of(Sample()).inputs}

    assert (inputs["count"].least, inputs["count"].most, inputs["count"].step) == (1, 20, "1")
    assert inputs["phone.number"].longest == 20
    assert (inputs["name"].required, inputs["price"].required) == (True, False)
    assert inputs["name"].help == "Whose it is."
    assert inputs["state"].value == "new"


def test_typed_values_become_json() -> None:
    read = send(MultiDict([*TYPED.items(), ("scopes", "read"), ("scopes", "write")]))

    assert read["phone"] == {"number": "555"}
    assert (read["count"], str(read["price"]), read["active"], read["state"]) == (3, "1.50", True, "new")
    assert (read["tags"], read["scopes"], read["extra"]) == (["a", "b"], ["read", "write"], {"x": [1]})


def test_unticked_box_is_false() -> None:
    read = send({name: value for name, value in TYPED.items() if name != "active"})

    assert read["active"] is False


def test_truth_left_open_is_not_sent() -> None:
    assert "broadcast" not in send(TYPED)


@pytest.mark.parametrize(("chosen", "read"), [("true", True), ("false", False)])
def test_truth_is_chosen_both_ways(chosen: str, read: bool) -> None:
    assert send(TYPED | {"broadcast": chosen})["broadcast"] is read


def test_tick_left_out_is_not_sent() -> None:
    class Ticked(Sample):
        active = fields.Boolean(load_default=True)

    read = send(TYPED, schema=Ticked, leave_out=("active",))

    assert read["active"] is True


def test_fixed_value_is_the_forms_own() -> None:
    assert send(TYPED | {"name": "somebody else"}, fixed={"name": "Zoë"})["name"] == "Zoë"


def test_complaints_stand_at_their_inputs() -> None:
    with pytest.raises(forms.Wrong) as wrong:
        send(TYPED | {"count": "many", "phone.number": "5" * 30, "extra": "{"})

    errors = {entry.name: entry.error for entry in wrong.value.form.inputs if entry.error}
    assert errors == {
        "count": "Not a valid integer.", "extra": "Not a valid mapping type.", "phone.number": "Longer than maximum length 20.",
    }  # fmt: skip


def test_what_was_typed_is_kept() -> None:
    with pytest.raises(forms.Wrong) as wrong:
        send(TYPED | {"count": "many"})

    assert {entry.name: entry.value for entry in wrong.value.form.inputs}["count"] == "many"


def test_complaint_about_the_whole_stands_above() -> None:
    with pytest.raises(forms.Wrong) as wrong:
        send(TYPED | {"name": "nobody"})

    assert wrong.value.form.error == "Somebody is needed."


def test_refusal_of_rules_stands_above() -> None:
    def refuse(read: Any) -> None:
        raise Conflict("It is too late.", hint="Be earlier.")

    with pytest.raises(forms.Wrong) as wrong:
        send(TYPED, refuse)

    assert wrong.value.form.error == "It is too late. Be earlier."


def test_fixed_values_are_sent_unseen() -> None:
    form = forms.of(Sample(), fixed={"name": "x"}, leave_out=("extra",))

    assert [entry.value for entry in form.inputs if entry.hidden] == ["x"]
    assert "extra" not in {entry.name for entry in form.inputs}


def test_every_action_has_a_form() -> None:
    for vendor in discover():
        for action in (*vendor.world.actions, *CORE):
            inputs = forms.of(schema_of(action.body, "body")).inputs

            assert inputs
            assert len({entry.id for entry in inputs}) == len(inputs)


@pytest.mark.parametrize(("ms", "words"), [
    (0, "0 ms"), (999, "999 ms"), (1_000, "1 s"), (61_000, "1 min 1 s"), (7_140_000, "1 h 59 min"), (86_400_000, "1 d"),
])  # fmt: skip
def test_spans_read_as_people_say_them(ms: int, words: str) -> None:
    assert span(ms) == words


def test_exact_values_are_on_hover() -> None:
    assert formats.moment(1_769_087_270_088) == (
        '<time datetime="2026-01-22T13:07:50.088Z" title="2026-01-22T13:07:50.088Z">22 Jan 2026 13:07:50</time>'
    )
    assert 'title="1234567"' in formats.number(1_234_567)
    assert 'title="1500 bytes">1.5 kB' in formats.size(1_500)


@pytest.mark.parametrize("text", ["<b>", '" onclick="x', "\u202e", "\x00", "\ud800", "\ufeff"])
def test_nothing_gets_through_raw(text: str) -> None:
    excerpt = str(formats.clip(text + "x" * 50, 20))

    assert text not in excerpt


def test_parts_of_a_body_close_and_copy_as_they_are() -> None:
    body = b'{"a": {"b": [1, 2, "{"], "c": {"d": "x [", "e": "<i>"}}, "f": [], "g": ["y"]}'

    text = formats.coloured(body)

    assert text.count("<details open") == text.count("</details>") == 3
    assert html.unescape(re.sub(r"<[^>]+>", "", text)) == formats.pretty(body)


def test_pretty_shows_what_is_no_json() -> None:
    assert formats.pretty(b"{broken") == "{broken"
    assert formats.pretty(b'{"a":1}') == '{\n  "a": 1\n}'
    assert formats.pretty(b'{"a":"\\ud800"}') == '{"a":"\\ud800"}'
    assert formats.pretty(b"x" * 30_000).endswith("… 10,000 more characters")
