"""Vendors and customers: the queries that find them, what a write takes, and how they are answered."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from mockmarket.vendors.skybox.listing import Page, sorted_by
from mockmarket.vendors.skybox.schemas.shapes import number
from mockmarket.vendors.skybox.wire.enumerations import (
    CUSTOMER_TYPES,
    DELIVERY_METHODS,
    MARKETPLACES,
    PAYMENT_METHODS,
    VENDOR_TYPES,
)
from mockmarket.vendors.skybox.wire.orders import TERMS

ORDER = {
    "id": "number", "displayName": "name", "email": "email", "company": "company", "createdDate": "created",
    "lastUpdate": "updated",
}  # fmt: skip
"""By what lists can be sorted: the vendor's name for it, and the column (names are convention)."""
LONG, LONGER = 255, 10_000


def text(most: int = LONG, **more: Any) -> fields.String:
    """Return a text that a write may leave out or empty."""
    return fields.String(allow_none=True, validate=validate.Length(max=most), **more)


def needed(most: int = LONG) -> fields.String:
    """Return a text that a write needs."""
    return fields.String(required=True, validate=validate.Length(1, most))


def one_of(values: tuple[str, ...]) -> fields.String:
    """Return a value of an enumeration that a write needs."""
    return fields.String(required=True, validate=validate.OneOf(values))


class PartyQuery(Page):
    """What vendors and customers are found by alike; each is a part of the field's text."""

    sortedBy = sorted_by(*ORDER)
    sortedByB = sorted_by(*ORDER)
    id = fields.List(number(), load_default=list)
    displayName = fields.String(load_default="")
    email = fields.String(load_default="")
    lastName = fields.String(load_default="")
    company = fields.String(load_default="")
    city = fields.String(load_default="")
    state = fields.List(fields.String(), load_default=list)
    country = fields.List(fields.String(), load_default=list)
    phone = fields.String(load_default="")
    tag = fields.List(fields.String(), load_default=list, metadata={"description": "It has every one."})


class VendorQuery(PartyQuery):
    """Which vendors."""

    vendorType = fields.List(fields.String(validate=validate.OneOf(VENDOR_TYPES)), load_default=list)


class CustomerQuery(PartyQuery):
    """Which customers."""

    customerType = fields.List(fields.String(validate=validate.OneOf(CUSTOMER_TYPES)), load_default=list)
    paymentMethod = fields.String(load_default=None, validate=validate.OneOf(PAYMENT_METHODS))


class AddressBody(Schema):
    """An address as a write gives it (public: what it needs)."""

    firstName = text()
    lastName = text()
    company = text()
    address1 = needed()
    address2 = text()
    city = needed()
    state = needed()
    postalCode = needed()
    country = needed()
    phone1 = needed()
    phone2 = text()
    fax = text()


class PartyBody(Schema):
    """What a write says of vendors and customers alike (public: what it needs)."""

    id = number(allow_none=False)
    email = needed()
    email2 = text()
    useEmail2 = fields.Boolean(allow_none=True)
    company = text()
    address = fields.Nested(AddressBody, required=True)
    notes = text(LONGER)
    firstName = text()
    lastName = text()
    title = text()
    displayName = needed(100)
    paymentMethod = one_of(PAYMENT_METHODS)
    outlawedPaymentMethods = fields.List(fields.String(validate=validate.OneOf(PAYMENT_METHODS)), allow_none=True)
    tags = text(LONGER)
    defaultDeliveryMethod = one_of(DELIVERY_METHODS)


class VendorBody(PartyBody):
    """A vendor as a write gives it."""

    type = one_of(VENDOR_TYPES)
    purchaseTerm = one_of(TERMS)


class CustomerBody(PartyBody):
    """A customer as a write gives it."""

    customerType = one_of(CUSTOMER_TYPES)
    salesTerm = one_of(TERMS)
    arThreshold = fields.Float(allow_none=True, allow_nan=False)


class DefaultCustomerBody(Schema):
    """Which customer a marketplace's sales are billed to."""

    customerId = number(required=True)
    marketplace = one_of(MARKETPLACES)


def said() -> fields.String:
    """Return a text of an answer, which may be null."""
    return fields.String(required=True, allow_none=True)


class AddressSchema(Schema):
    """An address."""

    firstName = said()
    lastName = said()
    company = said()
    address1 = said()
    address2 = said()
    city = said()
    state = said()
    postalCode = said()
    country = said()
    phone1 = said()
    phone2 = said()
    fax = said()


class PartySchema(Schema):
    """What vendors and customers begin with."""

    id = fields.Integer(required=True)
    accountId = fields.Integer(required=True)
    createdDate = fields.String(required=True)
    lastUpdate = fields.String(required=True)
    email = said()
    email2 = said()
    useEmail2 = fields.Boolean(required=True)
    company = said()
    address = fields.Nested(AddressSchema, required=True)
    notes = said()
    firstName = said()
    lastName = said()
    title = said()
    displayName = fields.String(required=True)


class VendorSchema(PartySchema):
    """A vendor."""

    type = fields.String(required=True)
    paymentMethod = fields.String(required=True)
    purchaseTerm = fields.String(required=True)
    tags = fields.String(required=True)
    defaultDeliveryMethod = fields.String(required=True)
    outlawedPaymentMethods = fields.List(fields.String(), required=True)
    deleted = fields.Boolean(required=True)
    accountDefault = fields.Boolean(required=True)


class CustomerSchema(PartySchema):
    """A customer."""

    outlawedPaymentMethods = fields.List(fields.String(), required=True)
    customerType = fields.String(required=True)
    salesTerm = fields.String(required=True)
    paymentMethod = fields.String(required=True)
    arThreshold = fields.Float(required=True, allow_none=True)
    tags = fields.String(required=True)
    defaultDeliveryMethod = fields.String(required=True)
    lastInvoiceDate = said()
    deleted = fields.Boolean(required=True)
    outstandingBalance = fields.Float(required=True)
    creditBalance = fields.Float(required=True)


class DefaultCustomerSchema(Schema):
    """Which customer an account's sales through a marketplace are billed to."""

    accountId = fields.Integer(required=True)
    customerId = fields.Integer(required=True)
    marketplace = fields.String(required=True)


class Vendors(Schema):
    """A page of vendors."""

    rows = fields.List(fields.Nested(VendorSchema), required=True)
    rowCount = fields.Integer(required=True)


class Customers(Schema):
    """A page of customers."""

    rows = fields.List(fields.Nested(CustomerSchema), required=True)
    rowCount = fields.Integer(required=True)
