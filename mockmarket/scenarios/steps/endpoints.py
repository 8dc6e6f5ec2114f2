"""`endpoint`: a URL that listens for a vendor's notices, made, changed or deleted from the control plane."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from marshmallow import Schema, ValidationError, fields, validates_schema

from mockmarket.scenarios.base import (
    Given,
    Kind,
    Known,
    Problem,
    a_text,
    unknown_notice,
    unknown_receiver,
    unknown_vendor,
)  # fmt: skip
from mockmarket.scenarios.play import Play
from mockmarket.scenarios.saving import save, saved_names, saves

CHANGES = ("url", "secret", "types", "owner", "headers", "basic_auth", "active", "data")


class EndpointShape(Schema):
    """A new endpoint of a vendor, or by `id` one that is there, and what it is to be."""

    vendor = a_text("Whose notices it hears; for a new one.")
    id = a_text("Which one, when it is there already.")
    receiver = a_text("Which of the scenario's receivers it leads to.")
    url = a_text("Where it leads, if not to a receiver.")
    secret = a_text("What its notices are signed with; minted for a new one without it.")
    types = fields.List(
        fields.String(), allow_none=True, metadata={"description": "Which notices it hears; all without it."}
    )
    owner = a_text("Whose it is, in the vendor's words.")
    headers = a_text("Headers to send along: `Name: value,Name: value`.")
    basic_auth = a_text("`user:password`, sent as `Authorization: Basic`.")
    active = fields.Boolean(metadata={"description": "true switches it on again and forgets its failures."})
    data = fields.Dict(metadata={"description": "The vendor's own."})
    delete = fields.Boolean(load_default=False, metadata={"description": "true deletes it."})
    save = saves("Variables, and the path of each in the endpoint, such as `id` and, of a new one, `secret`.")

    @validates_schema
    def check_which(self, given: Given, **_: Any) -> None:
        """Refuse what is neither a new endpoint nor one that is there."""
        new = "id" not in given
        if new == ("vendor" not in given):
            raise ValidationError("Give vendor for a new endpoint, or id for one that is there.", "id")
        if new and ("receiver" in given) == ("url" in given):
            raise ValidationError("A new endpoint leads to a receiver, or to a url.", "receiver")
        if given.get("delete") and (new or any(name in given for name in CHANGES)):
            raise ValidationError("Only an endpoint that is there is deleted, and by its id alone.", "delete")


def title(given: Given) -> str:
    """Say what becomes of which endpoint."""
    if "id" not in given:
        return f"{given['vendor']}: new endpoint at {given.get('receiver') or given['url']}"
    return f"{'delete' if given['delete'] else 'change'} endpoint {given['id']}"


def perform(play: Play, given: Given) -> str:
    """Make, change or delete the endpoint."""
    body = {name: given[name] for name in CHANGES if name in given}
    if "receiver" in given:
        body["url"] = play.receivers[given["receiver"]].url
    if "id" not in given:
        body["vendor"] = given["vendor"]
        made: dict[str, Any] = play.control("POST", "endpoints", body)
    elif given["delete"]:
        play.control("DELETE", f"endpoints/{quote(given['id'], safe='')}")
        return "deleted"
    else:
        made = play.control("PATCH", f"endpoints/{quote(given['id'], safe='')}", body)
    play.variables |= save(given["save"], made, "The endpoint")
    return f"{made['id']} at {made['url']} is {made['state']}"


def problems(known: Known, given: Given) -> Iterator[Problem]:
    """Yield what is wrong with the names of an endpoint."""
    yield from unknown_vendor(known, given.get("vendor"), "vendor")
    yield from unknown_receiver(known, given.get("receiver"), "receiver")
    for index, type in enumerate(given.get("types") or ()):
        yield from unknown_notice(known, given.get("vendor"), type, "types", index)


def names(given: Given) -> Sequence[str]:
    """Return the variables that an endpoint leaves behind."""
    return saved_names(given["save"])


KIND = Kind(
    "endpoint", "Make, change or delete an endpoint.", EndpointShape(), perform, title, problems=problems, saves=names
)
