"""Ticketnation's table of contents, a block for each chapter of its reference."""

from __future__ import annotations

from mockmarket.records import Row, delete, get, patch, post, table


def part(path: str, name: str, names: str) -> tuple[Row, ...]:
    """Return the four calls on one kind of an event's parts."""
    return (
        get(f"/events/{{event}}/{path}", f"handlers.parts:list_{names}"),
        post(f"/events/{{event}}/{path}", f"handlers.parts:create_{name}"),
        patch(f"/events/{{event}}/{path}/{{id}}", f"handlers.parts:update_{name}"),
        delete(f"/events/{{event}}/{path}/{{id}}", f"handlers.parts:delete_{name}"),
    )


OPERATIONS = table("mockmarket.vendors.ticketnation", (
    get("/me", "handlers.account:get_account"),

    get("/events", "handlers.events:list_events"),
    post("/events", "handlers.events:create_event"),
    get("/events/{event}", "handlers.events:get_event"),
    patch("/events/{event}", "handlers.events:update_event"),
    delete("/events/{event}", "handlers.events:delete_event"),
    post("/events/{event}/publish", "handlers.events:publish_event"),
    post("/events/{event}/unpublish", "handlers.events:unpublish_event"),
    post("/events/{event}/archive", "handlers.events:archive_event"),

    get("/events/{event}/tickets", "handlers.tickets:list_tickets"),
    post("/events/{event}/tickets", "handlers.tickets:create_ticket"),
    get("/tickets/{ticket}", "handlers.tickets:get_ticket"),
    patch("/tickets/{ticket}", "handlers.tickets:update_ticket"),
    delete("/tickets/{ticket}", "handlers.tickets:delete_ticket"),
    post("/tickets/{ticket}/publish", "handlers.tickets:publish_ticket"),
    post("/tickets/{ticket}/sold-out", "handlers.tickets:mark_ticket_sold_out"),

    *part("performers", "performer", "performers"),
    *part("schedules", "schedule", "schedules"),
    *part("brands", "brand", "brands"),

    get("/venues", "handlers.events:list_venues"),

    get("/orders", "handlers.orders:list_orders"),
    get("/orders/{order}", "handlers.orders:get_order"),

    get("/webhooks", "handlers.webhooks:list_webhooks"),
    post("/webhooks", "handlers.webhooks:create_webhook"),
    get("/webhooks/{webhook}", "handlers.webhooks:get_webhook"),
    patch("/webhooks/{webhook}", "handlers.webhooks:update_webhook"),
    delete("/webhooks/{webhook}", "handlers.webhooks:delete_webhook"),
    post("/webhooks/{webhook}/test", "handlers.webhooks:send_test_webhook"),
    get("/webhooks/{webhook}/deliveries", "handlers.webhooks:list_webhook_deliveries"),
))  # fmt: skip
