"""Vendors and customers of the account: whom it buys from and sells to."""

from __future__ import annotations

import flask

from mockmarket.api.operations import Plain
from mockmarket.errors import NotFound
from mockmarket.store.records import Condition
from mockmarket.vendors.skybox.handlers import unsupported
from mockmarket.vendors.skybox.handlers.conventions import (
    WRITE,
    Body,
    Context,
    Query,
    answer,
    operation,
    page_answer,
    whole_number,
)
from mockmarket.vendors.skybox.records import parties as shapes
from mockmarket.vendors.skybox.rules import parties, searching
from mockmarket.vendors.skybox.wire.kinds import CUSTOMER, VENDOR


@operation(query=shapes.VendorQuery, answer=shapes.VendorPage, unsupported=unsupported.VENDORS)
def search_vendors(context: Context, query: Query) -> flask.Response:
    """List the account's vendors."""
    where = conditions(context.caller.account, query, shapes.VendorQuery)
    return page_answer(context, VENDOR, where, query, shapes.Vendor)


@operation(body=shapes.NewVendor, answer=shapes.Vendor, refuses=WRITE)
def create_vendor(context: Context, body: Body) -> flask.Response:
    """Make a vendor; the account's first is its default."""
    return answer(parties.create(context.world, VENDOR, context.caller.account, body))


@operation(answer=shapes.Vendor)
def get_vendor(context: Context, vendor_id: int) -> flask.Response:
    """Get a vendor."""
    return answer(parties.get_or_404(context.read(), VENDOR, context.caller.account, vendor_id))


@operation(body=shapes.NewVendor, answer=shapes.Vendor, refuses=WRITE)
def update_vendor(context: Context, body: Body, vendor_id: int) -> flask.Response:
    """Change a vendor; what is left out and not required stays."""
    return answer(parties.update(context.world, VENDOR, context.caller.account, vendor_id, body))


@operation(answer=shapes.Vendor)
def get_default_vendor(context: Context) -> flask.Response:
    """Get the account's default vendor."""
    vendor = parties.default_vendor(context.read(), context.caller.account)
    if vendor is None:
        raise NotFound("This account has no default vendor.")
    return answer(vendor)


@operation(
    body=Plain({"type": "integer", "example": 9001}, description="The id of a vendor."),
    answer=shapes.Vendor,
    refuses=WRITE,
)
def set_default_vendor(context: Context) -> flask.Response:
    """Make a vendor the account's default; the body is its id, a number."""
    return answer(parties.set_default_vendor(context.world, context.caller.account, whole_number()))


@operation(query=shapes.CustomerQuery, answer=shapes.CustomerPage, unsupported=unsupported.CUSTOMERS)
def search_customers(context: Context, query: Query) -> flask.Response:
    """List the account's customers."""
    where = conditions(context.caller.account, query, shapes.CustomerQuery)
    return page_answer(context, CUSTOMER, where, query, shapes.Customer)


@operation(body=shapes.NewCustomer, answer=shapes.Customer, refuses=WRITE)
def create_customer(context: Context, body: Body) -> flask.Response:
    """Make a customer."""
    return answer(parties.create(context.world, CUSTOMER, context.caller.account, body))


@operation(answer=shapes.Customer)
def get_customer(context: Context, customer_id: int) -> flask.Response:
    """Get a customer."""
    return answer(parties.get_or_404(context.read(), CUSTOMER, context.caller.account, customer_id))


@operation(body=shapes.NewCustomer, answer=shapes.Customer, refuses=WRITE)
def update_customer(context: Context, body: Body, customer_id: int) -> flask.Response:
    """Change a customer; what is left out and not required stays."""
    return answer(parties.update(context.world, CUSTOMER, context.caller.account, customer_id, body))


@operation(answer=list[shapes.DefaultCustomer])
def list_default_customers(context: Context) -> flask.Response:
    """List the account's default customers."""
    return answer(parties.default_customers(context.read(), context.caller.account))


@operation(body=shapes.NewDefaultCustomer, answer=shapes.DefaultCustomer, refuses=WRITE)
def set_default_customer(context: Context, body: shapes.DefaultCustomer) -> flask.Response:
    """Say which customer a marketplace's sales are billed to."""
    account = context.caller.account
    return answer(parties.set_default_customer(context.world, account, body["marketplace"], body["customerId"]))


def conditions(account: int, query: Query, shape: object) -> list[Condition]:
    """Write a list's filters as conditions; a party has every tag that is asked for."""
    tags: list[Condition] = [("tag_key", "contains", f" {tag.casefold()} ") for tag in query["tag"]]
    return [*searching.conditions(account, query, shape), *tags]
