"""Ticketnation's table of contents, a block for each chapter of its reference."""

from __future__ import annotations

from mockmarket.records import Row, delete, get, patch, post, table


def part(path: str, name: str, names: str) -> tuple[Row, ...]:
    """Return the four calls on one kind of an event's parts."""
    return (
        get(f"/events/{{event}}/{path}", f"handlers:list_{names}"),
        post(f"/events/{{event}}/{path}", f"handlers:create_{name}"),
        patch(f"/events/{{event}}/{path}/{{id}}", f"handlers:update_{name}"),
        delete(f"/events/{{event}}/{path}/{{id}}", f"handlers:delete_{name}"),
    )


OPERATIONS = table("mockmarket.vendors.ticketnation", (
    get("/me", "handlers:get_account"),

    get("/events", "handlers:list_events"),
    post("/events", "handlers:create_event"),
    get("/events/{event}", "handlers:get_event"),
    patch("/events/{event}", "handlers:update_event"),
    delete("/events/{event}", "handlers:delete_event"),
    post("/events/{event}/publish", "handlers:publish_event"),
    post("/events/{event}/unpublish", "handlers:unpublish_event"),
    post("/events/{event}/archive", "handlers:archive_event"),

    get("/events/{event}/tickets", "handlers:list_tickets"),
    post("/events/{event}/tickets", "handlers:create_ticket"),
    get("/tickets/{ticket}", "handlers:get_ticket"),
    patch("/tickets/{ticket}", "handlers:update_ticket"),
    delete("/tickets/{ticket}", "handlers:delete_ticket"),
    post("/tickets/{ticket}/publish", "handlers:publish_ticket"),
    post("/tickets/{ticket}/sold-out", "handlers:mark_ticket_sold_out"),

    *part("performers", "performer", "performers"),
    *part("schedules", "schedule", "schedules"),
    *part("brands", "brand", "brands"),

    get("/venues", "handlers:list_venues"),

    get("/orders", "handlers:list_orders"),
    get("/orders/{order}", "handlers:get_order"),

    get("/webhooks", "handlers:list_webhooks"),
    post("/webhooks", "handlers:create_webhook"),
    get("/webhooks/{webhook}", "handlers:get_webhook"),
    patch("/webhooks/{webhook}", "handlers:update_webhook"),
    delete("/webhooks/{webhook}", "handlers:delete_webhook"),
    post("/webhooks/{webhook}/test", "handlers:send_test_webhook"),
    get("/webhooks/{webhook}/deliveries", "handlers:list_webhook_deliveries"),
))  # fmt: skip
