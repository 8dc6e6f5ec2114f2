"""Scraper Portal's table of operations: its four calls (document, "Endpoints")."""

from mockmarket.records import get, patch, post, table

OPERATIONS = table("mockmarket.vendors.portal", (
    get("/events", "handlers:list_events"),
    get("/inventory", "handlers:list_inventory"),
    post("/orders", "handlers:create_order"),
    patch("/orders", "handlers:update_order"),
))  # fmt: skip
