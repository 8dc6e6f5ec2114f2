"""Vendors and customers: whom an account buys from and sells to, and the queries that find them."""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

from mockmarket.records import Body, Column, Create, Default, Description, Filter, Length, OneOf, Query, Shaped, Sort
from mockmarket.vendors.skybox.records.enumerations import (
    CUSTOMER_TYPES,
    DELIVERY_METHODS,
    MARKETPLACES,
    PAYMENT_METHODS,
    TERMS,
    VENDOR_TYPES,
)
from mockmarket.vendors.skybox.records.types import (
    AccountId,
    Folded,
    Id,
    LongText,
    Number,
    Page,
    Paging,
    RequiredText,
    Text,
    initial,
)

OptionalText = Annotated[Text | None, Body()]
Needed = Annotated[str | None, Body(required=True, type=RequiredText)]
"""A text that a write needs; an account's first vendor and customer may lack it."""


class Address(TypedDict):
    """An address (public: what a write needs)."""

    firstName: OptionalText
    lastName: OptionalText
    company: OptionalText
    address1: Needed
    address2: OptionalText
    city: Needed
    state: Needed
    postalCode: Needed
    country: Needed
    phone1: Needed
    phone2: OptionalText
    fax: OptionalText


Tags = Annotated[str, Body(type=LongText | None), Column(index=False)]
Outlawed = Annotated[list[str], Body(type=list[Annotated[str, OneOf(PAYMENT_METHODS)]] | None)]
Terms = Annotated[str, OneOf(TERMS), Body(required=True)]
Delivery = Annotated[str, OneOf(DELIVERY_METHODS), Body(required=True)]
Method = Annotated[str, OneOf(PAYMENT_METHODS), Body(required=True), Column("payment", index=False)]


class Party(TypedDict):
    """What vendors and customers begin with."""

    id: Annotated[Number, Body()]
    accountId: AccountId
    createdDate: Annotated[str, Column("created", index=False), Sort()]
    lastUpdate: Annotated[str, Column("updated", index=False), Sort()]
    email: Annotated[Needed, Column(index=False), Sort(), Filter(operator="contains", column="email_key", type=Folded)]
    email2: OptionalText
    useEmail2: Annotated[bool, Body(type=bool | None)]
    company: Annotated[
        OptionalText, Column(index=False), Sort(), Filter(operator="contains", column="company_key", type=Folded)
    ]
    address: Annotated[
        Address,
        Body(required=True, type=Annotated[dict[str, Any], Shaped(Create(Address))]),
        Column("state", path="$.address.state", index=False),
        Column("country", path="$.address.country", index=False),
        Filter("city", "contains", "city_key", Folded),
        Filter("state", "in", "state", str),
        Filter("country", "in", "country", str),
        Filter("phone", "contains", "phone_key", Folded),
    ]
    notes: Annotated[LongText | None, Body()]
    firstName: OptionalText
    lastName: Annotated[OptionalText, Filter(operator="contains", column="last_name_key", type=Folded)]
    title: OptionalText
    displayName: Annotated[
        Annotated[str, Length(1, 100)],
        Body(required=True),
        Column("name"),
        Sort(),
        Filter(operator="contains", column="name_key", type=Folded),
    ]


class Vendor(Party):
    """A vendor."""

    type: Annotated[str, OneOf(VENDOR_TYPES), Body(required=True), Column(index=False), Filter("vendorType", "in")]
    paymentMethod: Method
    purchaseTerm: Terms
    tags: Tags
    defaultDeliveryMethod: Delivery
    outlawedPaymentMethods: Outlawed
    deleted: Annotated[bool, initial(False)]
    accountDefault: Annotated[bool, Column("is_default", "INTEGER", index=False)]


class Customer(Party):
    """A customer."""

    outlawedPaymentMethods: Outlawed
    customerType: Annotated[
        str, OneOf(CUSTOMER_TYPES), Body(required=True), Column("type", index=False), Filter(operator="in")
    ]
    salesTerm: Terms
    paymentMethod: Annotated[Method, Filter()]
    arThreshold: Annotated[float | None, Body()]
    tags: Tags
    defaultDeliveryMethod: Delivery
    lastInvoiceDate: str | None
    deleted: Annotated[bool, initial(False)]
    outstandingBalance: Annotated[float, initial(0.0)]
    creditBalance: Annotated[float, initial(0.0)]


class DefaultCustomer(TypedDict):
    """Which customer an account's sales through a marketplace are billed to."""

    accountId: AccountId
    customerId: Annotated[Id, Body(required=True)]
    marketplace: Annotated[str, OneOf(MARKETPLACES), Body(required=True), Column(index=False)]


class PartyFilters(TypedDict):
    """What else vendors and customers are found by."""

    tag: Annotated[list[str], Default(list), Description("It has every one.")]


NewVendor = Create(Vendor)
VendorQuery = Query(Vendor, (PartyFilters, Paging))
VendorPage = Page[Vendor]
NewCustomer = Create(Customer)
CustomerQuery = Query(Customer, (PartyFilters, Paging))
CustomerPage = Page[Customer]
NewDefaultCustomer = Create(DefaultCustomer)
