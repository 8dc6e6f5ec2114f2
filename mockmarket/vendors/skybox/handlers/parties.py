"""Vendors and customers of the account: whom it buys from and sells to."""

from __future__ import annotations

from collections.abc import Iterator

import flask

from mockmarket.api.operations import Plain
from mockmarket.errors import NotFound
from mockmarket.store.records import Condition
from mockmarket.vendors.skybox.handlers.conventions import (
    WRITE,
    Body,
    Context,
    Query,
    answer,
    operation,
    page,
    page_answer,
    whole_number,
)
from mockmarket.vendors.skybox.rules import parties
from mockmarket.vendors.skybox.schemas import parties as schemas
from mockmarket.vendors.skybox.wire.parties import CUSTOMER, VENDOR


@operation(query=schemas.VendorQuery, answer=schemas.Vendors)
def search_vendors(context: Context, query: Query) -> flask.Response:
    """List the account's vendors."""
    where = list(filters(context.caller.account, query, "vendorType"))
    return page_answer(*page(context, VENDOR, where, query, schemas.ORDER))


@operation(body=schemas.VendorBody, answer=schemas.VendorSchema, refuses=WRITE)
def create_vendor(context: Context, body: Body) -> flask.Response:
    """Make a vendor; the account's first is its default."""
    return answer(parties.create(context.world, VENDOR, context.caller.account, body))


@operation(answer=schemas.VendorSchema)
def get_vendor(context: Context, vendor_id: int) -> flask.Response:
    """Get a vendor."""
    return answer(parties.found(context.read(), VENDOR, context.caller.account, vendor_id))


@operation(body=schemas.VendorBody, answer=schemas.VendorSchema, refuses=WRITE)
def update_vendor(context: Context, body: Body, vendor_id: int) -> flask.Response:
    """Change a vendor; what is left out and not required stays."""
    return answer(parties.update(context.world, VENDOR, context.caller.account, vendor_id, body))


@operation(answer=schemas.VendorSchema)
def get_default_vendor(context: Context) -> flask.Response:
    """Get the account's default vendor."""
    vendor = parties.default_vendor(context.read(), context.caller.account)
    if vendor is None:
        raise NotFound("This account has no default vendor.")
    return answer(vendor)


@operation(
    body=Plain({"type": "integer", "example": 9001}, description="The id of a vendor."),
    answer=schemas.VendorSchema,
    refuses=WRITE,
)
def set_default_vendor(context: Context) -> flask.Response:
    """Make a vendor the account's default; the body is its id, a number."""
    return answer(parties.set_default_vendor(context.world, context.caller.account, whole_number()))


@operation(query=schemas.CustomerQuery, answer=schemas.Customers)
def search_customers(context: Context, query: Query) -> flask.Response:
    """List the account's customers."""
    where = list(filters(context.caller.account, query, "customerType"))
    return page_answer(*page(context, CUSTOMER, where, query, schemas.ORDER))


@operation(body=schemas.CustomerBody, answer=schemas.CustomerSchema, refuses=WRITE)
def create_customer(context: Context, body: Body) -> flask.Response:
    """Make a customer."""
    return answer(parties.create(context.world, CUSTOMER, context.caller.account, body))


@operation(answer=schemas.CustomerSchema)
def get_customer(context: Context, customer_id: int) -> flask.Response:
    """Get a customer."""
    return answer(parties.found(context.read(), CUSTOMER, context.caller.account, customer_id))


@operation(body=schemas.CustomerBody, answer=schemas.CustomerSchema, refuses=WRITE)
def update_customer(context: Context, body: Body, customer_id: int) -> flask.Response:
    """Change a customer; what is left out and not required stays."""
    return answer(parties.update(context.world, CUSTOMER, context.caller.account, customer_id, body))


@operation(answer=list[schemas.DefaultCustomerSchema])
def list_default_customers(context: Context) -> flask.Response:
    """List the account's default customers."""
    return answer(parties.default_customers(context.read(), context.caller.account))


@operation(body=schemas.DefaultCustomerBody, answer=schemas.DefaultCustomerSchema, refuses=WRITE)
def set_default_customer(context: Context, body: Body) -> flask.Response:
    """Say which customer a marketplace's sales are billed to."""
    account = context.caller.account
    return answer(parties.set_default_customer(context.world, account, body["marketplace"], body["customerId"]))


CONTAINED = (
    ("displayName", "name_key"), ("email", "email_key"), ("lastName", "last_name_key"), ("company", "company_key"),
    ("city", "city_key"), ("phone", "phone_key"),
)  # fmt: skip


def filters(account: int, query: Query, type: str) -> Iterator[Condition]:
    """Write a list's filters as conditions; `type` is what its filter by type is called."""
    yield ("account", "=", account)
    for name, column in (("id", "number"), (type, "type"), ("state", "state"), ("country", "country")):
        if query[name]:
            yield (column, "in", query[name])
    for name, column in CONTAINED:
        if query[name]:
            yield (column, "contains", query[name].casefold())
    for tag in query["tag"]:
        yield ("tag_key", "contains", f" {tag.casefold()} ")
    if query.get("paymentMethod"):
        yield ("payment", "=", query["paymentMethod"])
