"""Queries of Tixstock's lists."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from mockmarket.vendors.tixstock.schemas.parts import MOST_SEATS, Moment, Paged, Truth, ordered_by, ticket_type


class EventQuery(Paged):
    """`GET /events/get`: public."""

    event_id = fields.String(load_default=None)
    event_name = fields.String(load_default=None)
    venue_name = fields.String(load_default=None)
    performer_name = fields.String(load_default=None)
    category_name = fields.String(load_default=None)
    tag = fields.String(load_default=None, data_key="tags")
    tags = fields.List(fields.String(), load_default=None, data_key="tags[]")
    mapped_status = Truth(load_default=None)
    start_date = Moment(load_default=None)
    end_date = Moment(load_default=None)
    order_by = ordered_by("event_date", "event_id", "venue_name", "performer_name")


class PerformerQuery(Paged):
    """`GET /performers/get`: public; venues take the same (convention)."""

    id = fields.String(load_default=None)
    name = fields.String(load_default=None)
    mapped_status = Truth(load_default=None)
    order_by = ordered_by("name", "id")


class TicketQuery(Paged):
    """`GET /tickets/get`: public."""

    listing_id = fields.String(load_default=None)
    event_id = fields.String(load_default=None)
    ticket_type = ticket_type(load_default=None)
    order_by = ordered_by("listing_id", "event_id", "event_date", "quantity_sold", "quantity_available")


class OrderQuery(Paged):
    """`GET /order/get`: public."""

    order_id = fields.String(load_default=None)
    event_id = fields.String(load_default=None)
    broker_id = fields.String(load_default=None)
    since = Moment(load_default=None, data_key="from")
    until = Moment(load_default=None, data_key="to")
    ticket_type = ticket_type(load_default=None)
    status = fields.String(load_default=None)
    order_by = ordered_by("date", "id", "event_id", "event_date")


class FeedQuery(Paged):
    """`GET /feed`: public clients' parameters."""

    category_name = fields.String(load_default=None)
    event_id = fields.String(load_default=None)
    include_listings = Truth(load_default=False)
    order_by = ordered_by("event_date", "event_id")
    sort_order = fields.String(load_default="asc", validate=validate.OneOf(("asc", "desc")))


class TicketFeedQuery(Schema):
    """`GET /tickets/feed`: public. All listings that fit, unless a page is asked for."""

    listing_id = fields.String(load_default=None)
    event_id = fields.String(load_default=None)
    event_ids = fields.List(fields.String(), load_default=None, data_key="event_id[]")
    ticket_type = fields.String(load_default=None, data_key="ticket_types")
    ticket_types = fields.List(fields.String(), load_default=None, data_key="ticket_types[]")
    sort_order = fields.String(load_default="asc", validate=validate.OneOf(("asc", "desc")))
    category_name = fields.String(load_default=None)
    category_names = fields.List(fields.String(), load_default=None, data_key="category_name[]")
    section_name = fields.String(load_default=None)
    section_names = fields.List(fields.String(), load_default=None, data_key="section_name[]")
    min_quantity = fields.Integer(load_default=None, validate=validate.Range(1, MOST_SEATS))
    proceed_price_min = fields.Float(load_default=None, allow_nan=False, validate=validate.Range(0, 1_000_000))
    proceed_price_max = fields.Float(load_default=None, allow_nan=False, validate=validate.Range(0, 1_000_000))
    target_currency = fields.String(load_default=None, validate=validate.OneOf(("GBP", "USD", "EUR")))
    seller_id = fields.String(load_default=None)
    instant_download = Truth(load_default=False)
    lighter_response = Truth(load_default=False)
    per_page = fields.Integer(load_default=None, validate=validate.Range(1, 50))
    page = fields.Integer(load_default=None, validate=validate.Range(1, 100_000))


class CategoryQuery(Paged):
    """`GET /categories/feed`: public."""

    name = fields.String(load_default=None)
    parent = fields.String(load_default=None)
    has_listing = Truth(load_default=False)
    order_by = ordered_by("name")
    sort_order = fields.String(load_default="asc", validate=validate.OneOf(("asc", "desc")))
