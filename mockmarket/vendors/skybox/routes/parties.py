"""Vendors and customers of the account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

import flask
from flask.views import MethodView

from mockmarket.api import web
from mockmarket.errors import Invalid, NotFound
from mockmarket.store.records import Condition
from mockmarket.vendors.skybox.callers import caller, needs_caller
from mockmarket.vendors.skybox.listing import answer, page_answer
from mockmarket.vendors.skybox.routes.common import READ, WRITE, Row, blueprint, refuses
from mockmarket.vendors.skybox.rules import parties
from mockmarket.vendors.skybox.schemas import parties as schemas
from mockmarket.vendors.skybox.wire.parties import CUSTOMER, VENDOR

T = TypeVar("T")

blp = blueprint("vendors and customers", "whom the account buys from and sells to")


def takes_number(view: T) -> T:
    """Document that a call's whole body is an id."""
    body = {"required": True, "content": {"application/json": {"schema": {"type": "integer"}, "example": 9001}}}
    return cast(Callable[[T], T], blp.doc(requestBody=body))(view)


@blp.route("/vendors")
class Vendors(MethodView):
    """Vendors."""

    @needs_caller
    @blp.arguments(schemas.VendorQuery(), location="query")
    @blp.response(200, schemas.Vendors)
    @refuses(blp, *READ)
    def get(self, query: Row) -> flask.Response:
        """List the account's vendors."""
        return page_answer(VENDOR, list(filters(query, "vendorType")), query, schemas.ORDER)

    @needs_caller
    @blp.arguments(schemas.VendorBody())
    @blp.response(200, schemas.VendorSchema)
    @refuses(blp, *WRITE)
    def post(self, given: Row) -> flask.Response:
        """Make a vendor; the account's first is its default."""
        return answer(parties.create(web.world(), VENDOR, caller().account, given))


@blp.route("/vendors/<int:vendor_id>")
class OneVendor(MethodView):
    """One vendor."""

    @needs_caller
    @blp.response(200, schemas.VendorSchema)
    @refuses(blp, *READ)
    def get(self, vendor_id: int) -> flask.Response:
        """Get a vendor."""
        return answer(parties.found(web.world().read(), VENDOR, caller().account, vendor_id))

    @needs_caller
    @blp.arguments(schemas.VendorBody())
    @blp.response(200, schemas.VendorSchema)
    @refuses(blp, *WRITE)
    def put(self, given: Row, vendor_id: int) -> flask.Response:
        """Change a vendor; what is left out and not required stays."""
        return answer(parties.update(web.world(), VENDOR, caller().account, vendor_id, given))


@blp.route("/vendors/default")
class DefaultVendor(MethodView):
    """The account's default vendor."""

    @needs_caller
    @blp.response(200, schemas.VendorSchema)
    @refuses(blp, *READ)
    def get(self) -> flask.Response:
        """Get the account's default vendor."""
        found = parties.default_vendor(web.world().read(), caller().account)
        if found is None:
            raise NotFound("This account has no default vendor.")
        return answer(found)

    @needs_caller
    @takes_number
    @blp.response(200, schemas.VendorSchema)
    @refuses(blp, *WRITE)
    def put(self) -> flask.Response:
        """Make a vendor the account's default; the body is its id, a number."""
        return answer(parties.set_default_vendor(web.world(), caller().account, read_id()))


@blp.route("/customers")
class Customers(MethodView):
    """Customers."""

    @needs_caller
    @blp.arguments(schemas.CustomerQuery(), location="query")
    @blp.response(200, schemas.Customers)
    @refuses(blp, *READ)
    def get(self, query: Row) -> flask.Response:
        """List the account's customers."""
        return page_answer(CUSTOMER, list(filters(query, "customerType")), query, schemas.ORDER)

    @needs_caller
    @blp.arguments(schemas.CustomerBody())
    @blp.response(200, schemas.CustomerSchema)
    @refuses(blp, *WRITE)
    def post(self, given: Row) -> flask.Response:
        """Make a customer."""
        return answer(parties.create(web.world(), CUSTOMER, caller().account, given))


@blp.route("/customers/<int:customer_id>")
class OneCustomer(MethodView):
    """One customer."""

    @needs_caller
    @blp.response(200, schemas.CustomerSchema)
    @refuses(blp, *READ)
    def get(self, customer_id: int) -> flask.Response:
        """Get a customer."""
        return answer(parties.found(web.world().read(), CUSTOMER, caller().account, customer_id))

    @needs_caller
    @blp.arguments(schemas.CustomerBody())
    @blp.response(200, schemas.CustomerSchema)
    @refuses(blp, *WRITE)
    def put(self, given: Row, customer_id: int) -> flask.Response:
        """Change a customer; what is left out and not required stays."""
        return answer(parties.update(web.world(), CUSTOMER, caller().account, customer_id, given))


@blp.route("/customers/defaults")
class DefaultCustomers(MethodView):
    """Which customer each marketplace's sales are billed to."""

    @needs_caller
    @blp.response(200, schemas.DefaultCustomerSchema(many=True))
    @refuses(blp, *READ)
    def get(self) -> flask.Response:
        """List the account's default customers."""
        return answer(parties.default_customers(web.world().read(), caller().account))

    @needs_caller
    @blp.arguments(schemas.DefaultCustomerBody())
    @blp.response(200, schemas.DefaultCustomerSchema)
    @refuses(blp, *WRITE)
    def put(self, given: Row) -> flask.Response:
        """Say which customer a marketplace's sales are billed to."""
        account = caller().account
        made = parties.set_default_customer(web.world(), account, given["marketplace"], given["customerId"])
        return answer(made)


def read_id() -> int:
    """Return the id that the whole body is; Invalid when it is anything but a whole number."""
    given: Any = web.read_json(flask.request)
    if isinstance(given, bool) or not isinstance(given, int):
        words = "must be the id of a vendor, a whole number"
        raise Invalid(f"The body {words}.", details=[("body", words)], given={"body": given})
    return given


CONTAINED = (
    ("displayName", "name_key"), ("email", "email_key"), ("lastName", "last_name_key"), ("company", "company_key"),
    ("city", "city_key"), ("phone", "phone_key"),
)  # fmt: skip


def filters(query: Row, type: str) -> Iterator[Condition]:
    """Write a list's filters as conditions; `type` is what its filter by type is called."""
    yield ("account", "=", caller().account)
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
