"""Accounts, users, webhook subscriptions and what a quick search finds."""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

from mockmarket.records import Body, Column, Create, Default, Length, OneOf, Query, Sort
from mockmarket.vendors.skybox.records.enumerations import TOPICS
from mockmarket.vendors.skybox.records.types import Folded, Page, Paging, Text


class Contact(TypedDict):
    """What an account says of its company and whom to contact there (public)."""

    company: str
    email: str
    firstName: str
    lastName: str
    phone: str
    address1: str
    address2: str
    city: str
    state: str
    postalCode: str
    country: str


class AccountId(TypedDict):
    """Which account."""

    id: Annotated[int, Column("number", "INTEGER")]


class AccountState(TypedDict):
    """What an account ends with."""

    externalMerchantId: str | None
    creationDate: str
    lastUpdate: str
    logo: str | None
    deleteCancelledTickets: bool
    accountSettings: list[dict[str, Any]]


class Account(AccountId, Contact, AccountState):
    """An account."""


class User(TypedDict):
    """A user of an account: who holds an API token."""

    id: Annotated[int, Sort()]
    accountId: int
    email: Annotated[str, Sort()]
    firstName: Annotated[str, Sort()]
    lastName: Annotated[str, Sort()]
    phone: str
    creationDate: str
    lastUpdate: str
    agreedToTerms: bool
    roles: list[dict[str, Any]]
    deleted: bool
    originalAccount: int


class UserFilters(TypedDict):
    """Which users of the account."""

    email: Annotated[Folded, Default("")]


class SearchQuery(TypedDict):
    """What a quick search looks for."""

    key: Annotated[str, Length(1, 200)]


class Match(TypedDict):
    """What a quick search has found, and by which field."""

    entityId: int
    entityType: str
    matchedField: str
    externalRef: str | None


class Webhook(TypedDict):
    """One subscription: document, a write has all four; the setting `all_webhook_fields` can ask for less."""

    id: int
    topic: Annotated[str, OneOf(tuple(TOPICS)), Body(required=True)]
    url: Annotated[str, Length(1, 2048), Body(required=True)]
    headers: Annotated[str, Body(type=Annotated[str | None, Length(most=60_000)])]
    secret: Annotated[str, Body(type=Text | None)]
    createdAt: str
    updatedAt: str


NewWebhook = Create(Webhook)
UserQuery = Query(User, (UserFilters, Paging))
UserPage = Page[User]
