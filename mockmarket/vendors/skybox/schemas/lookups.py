"""Accounts, users, single tickets and what a quick search finds."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from mockmarket.vendors.skybox.listing import Page, sorted_by
from mockmarket.vendors.skybox.schemas.parties import said
from mockmarket.vendors.skybox.schemas.shapes import number

USER_ORDER = ("id", "email", "firstName", "lastName")
MOST_KEY = 200


class UserQuery(Page):
    """Which users of the account."""

    sortedBy = sorted_by(*USER_ORDER)
    sortedByB = sorted_by(*USER_ORDER)
    email = fields.String(load_default="")


class SearchQuery(Schema):
    """What a quick search looks for."""

    key = fields.String(required=True, validate=validate.Length(1, MOST_KEY))


class TicketQuery(Schema):
    """Which tickets (public)."""

    barcode = fields.String(load_default=None)
    eventId = fields.List(number(), load_default=list)
    section = fields.String(load_default=None)
    row = fields.List(fields.String(), load_default=list)
    seatNumber = fields.List(number(), load_default=list)
    ticketIds = fields.List(number(), load_default=list)


class AccountSchema(Schema):
    """An account."""

    id = fields.Integer(required=True)
    company = fields.String(required=True)
    email = fields.String(required=True)
    firstName = fields.String(required=True)
    lastName = fields.String(required=True)
    phone = fields.String(required=True)
    address1 = fields.String(required=True)
    address2 = fields.String(required=True)
    city = fields.String(required=True)
    state = fields.String(required=True)
    postalCode = fields.String(required=True)
    country = fields.String(required=True)
    externalMerchantId = said()
    creationDate = fields.String(required=True)
    lastUpdate = fields.String(required=True)
    logo = said()
    deleteCancelledTickets = fields.Boolean(required=True)
    accountSettings = fields.List(fields.Dict(), required=True)


class UserSchema(Schema):
    """A user of an account."""

    id = fields.Integer(required=True)
    accountId = fields.Integer(required=True)
    email = fields.String(required=True)
    firstName = fields.String(required=True)
    lastName = fields.String(required=True)
    phone = fields.String(required=True)
    creationDate = fields.String(required=True)
    lastUpdate = fields.String(required=True)
    agreedToTerms = fields.Boolean(required=True)
    roles = fields.List(fields.Dict(), required=True)
    deleted = fields.Boolean(required=True)
    originalAccount = fields.Integer(required=True)


class Users(Schema):
    """A page of users."""

    rows = fields.List(fields.Nested(UserSchema), required=True)
    rowCount = fields.Integer(required=True)


class FoundSchema(Schema):
    """What a quick search has found, and by which field."""

    entityId = fields.Integer(required=True)
    entityType = fields.String(required=True)
    matchedField = fields.String(required=True)
    externalRef = said()
