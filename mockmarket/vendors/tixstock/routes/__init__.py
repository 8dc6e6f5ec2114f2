"""Tixstock's calls, a module for each chapter of its reference."""

from mockmarket.vendors.tixstock.routes import events, feed, holds, orders, tickets
from mockmarket.vendors.tixstock.routes.base import blp

__all__ = ["blp", "events", "feed", "holds", "orders", "tickets"]
