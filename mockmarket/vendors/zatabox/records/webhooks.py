"""Webhook endpoints, their deliveries, and the catalogue."""

from __future__ import annotations

from typing import Annotated, TypedDict

from mockmarket.records import Body, Length, OneOf, Pattern
from mockmarket.vendors.zatabox.records.catalog import TYPES
from mockmarket.vendors.zatabox.records.common import Date, LongText

NoticeName = Annotated[str, OneOf(tuple(TYPES), "{input} is no event type; GET /webhooks/catalog lists them.")]
NoticeNames = Annotated[list[NoticeName], Length(1, 100)]
Url = Annotated[str, Length(1, 2048)]


class Webhook(TypedDict):
    """One endpoint (document: url and events)."""

    id: str
    url: Annotated[str, Body(required=True, type=Url)]
    events: Annotated[list[str], Body(required=True, type=NoticeNames)]
    description: Annotated[LongText, Body(default="")]
    active: Annotated[bool, Body(default=True)]
    createdAt: Date
    updatedAt: Date


class WebhookWithSecret(Webhook):
    """One endpoint with its secret, shown once (document)."""

    secret: Annotated[str, Pattern(r"whsec_[0-9a-f]{48}\Z")]


class RotatedWebhook(WebhookWithSecret):
    """One endpoint with its new secret, and until when the one before signs too: null where it signs no more."""

    previousSecretExpiresAt: Date | None


class Attempt(TypedDict):
    """One attempt of a delivery."""

    number: int
    at: Date
    replay: bool
    responseStatus: int | None
    error: str | None
    durationMs: int


class Delivery(TypedDict):
    """One delivery (document: exhausted; convention: the rest)."""

    id: Annotated[str, Pattern(r"whd_.+")]
    eventId: str
    type: str
    endpointId: str
    status: Annotated[str, OneOf(("pending", "succeeded", "failed", "exhausted"))]
    test: bool
    responseStatus: int | None
    attempts: list[Attempt]
    nextAttemptAt: str | None
    createdAt: Date
    settledAt: str | None


class CatalogEntry(TypedDict):
    """One type: its name, when it fires, the top-level keys of its data, whether it ever fires."""

    type: str
    description: str
    dataKeys: list[str]
    fires: bool
