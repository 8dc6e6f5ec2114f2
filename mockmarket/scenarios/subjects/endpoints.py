"""`endpoint`: how one that listens has fared: active, muted or disabled, and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from marshmallow import Schema, ValidationError, validates_schema

from mockmarket.clock import iso_ms
from mockmarket.scenarios import fields as expected
from mockmarket.scenarios.base import Given, Known, Problem, Subject, a_text, some_fields, unknown_receiver
from mockmarket.scenarios.play import Play
from mockmarket.store import endpoints
from mockmarket.store.endpoints import Endpoint


class EndpointShape(Schema):
    """One endpoint, by its id or by the receiver that it leads to, and what it is like."""

    id = a_text("Which, by its id.")
    receiver = a_text("Which, by the scenario's receiver that it leads to.")
    fields_ = some_fields(
        "What it is like: state, failures, mutes, muted_until, disabled_reason, url, types, owner, vendor.",
        data_key="fields",
        attribute="fields",
    )

    @validates_schema
    def check_which(self, given: Given, **_: Any) -> None:
        """Refuse none or both."""
        if ("id" in given) == ("receiver" in given):
            raise ValidationError("Give id, or receiver.", "id")


def endpoint_dict(one: Endpoint, now: int) -> dict[str, Any]:
    """Describe an endpoint and its health."""
    return {
        "state": one.state(now),
        "failures": one.failures,
        "mutes": one.mutes,
        "muted_until": None if one.muted_until is None else iso_ms(one.muted_until),
        "disabled_reason": one.disabled_reason,
        "url": one.url,
        "types": None if one.types is None else list(one.types),
        "owner": one.owner,
        "vendor": one.vendor,
    }


def differences(play: Play, given: Given) -> Iterator[str]:
    """Yield how an endpoint differs from what is expected of it."""
    read = play.world.read()
    url = play.receivers[given["receiver"]].url if "receiver" in given else None
    matching = [
        endpoint
        for endpoint in endpoints.all(read)
        if endpoint.id == given.get("id") or (url is not None and endpoint.url.startswith(url))
    ]
    if not matching:
        yield f"there is no endpoint {given.get('id') or f'at {url}'}"
    for endpoint in matching:
        yield from (
            f"{endpoint.id} {words}"
            for words in expected.differences(given["fields"], endpoint_dict(endpoint, read.now))
        )


def problems(known: Known, given: Given) -> Iterator[Problem]:
    """Yield the problem of a receiver that there is not."""
    yield from unknown_receiver(known, given.get("receiver"), "receiver")


SUBJECT = Subject("endpoint", "How an endpoint has fared.", EndpointShape(), differences, problems)
