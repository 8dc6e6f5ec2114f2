"""Ticketnation's table of operations, a block for each chapter of its reference."""

from mockmarket.records import Row, delete, get, patch, post, table


def part(path: str, name: str, names: str) -> tuple[Row, ...]:
    """Return the four calls on one kind of part of an event."""
    return (
        get(f"/events/{{event}}/{path}", f"handlers.events:list_{names}"),
        post(f"/events/{{event}}/{path}", f"handlers.events:create_{name}"),
        patch(f"/events/{{event}}/{path}/{{id}}", f"handlers.events:update_{name}"),
        delete(f"/events/{{event}}/{path}/{{id}}", f"handlers.events:delete_{name}"),
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

    get("/events/{event}/tickets", "handlers.events:list_tickets"),
    post("/events/{event}/tickets", "handlers.events:create_ticket"),
    get("/tickets/{ticket}", "handlers.events:get_ticket"),
    patch("/tickets/{ticket}", "handlers.events:update_ticket"),
    delete("/tickets/{ticket}", "handlers.events:delete_ticket"),
    post("/tickets/{ticket}/publish", "handlers.events:publish_ticket"),
    post("/tickets/{ticket}/sold-out", "handlers.events:mark_ticket_sold_out"),

    *part("performers", "performer", "performers"),
    *part("schedules", "schedule", "schedules"),
    *part("brands", "brand", "brands"),

    get("/venues", "handlers.events:list_venues"),

    get("/orders", "handlers.account:list_orders"),
    get("/orders/{order}", "handlers.account:get_order"),

    get("/webhooks", "handlers.account:list_webhooks"),
    post("/webhooks", "handlers.account:create_webhook"),
    get("/webhooks/{webhook}", "handlers.account:get_webhook"),
    patch("/webhooks/{webhook}", "handlers.account:update_webhook"),
    delete("/webhooks/{webhook}", "handlers.account:delete_webhook"),
    post("/webhooks/{webhook}/test", "handlers.account:send_test_webhook"),
    get("/webhooks/{webhook}/deliveries", "handlers.account:list_webhook_deliveries"),
))  # fmt: skip
