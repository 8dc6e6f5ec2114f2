"""Zatabox's table of operations: every call of the vendor's public list, a block for each chapter of its reference."""

from mockmarket.records import delete, get, post, put, table, unbuilt_calls

KEYS = "/organizer/integrations/org/{orgId}/api-keys"

OPERATIONS = table("mockmarket.vendors.zatabox.handlers", (
    get("/webhooks", "accounts:list_webhooks"),
    post("/webhooks", "accounts:create_webhook"),
    get("/webhooks/catalog", "accounts:list_notice_types"),
    put("/webhooks/{id}", "accounts:update_webhook"),
    delete("/webhooks/{id}", "accounts:delete_webhook"),
    post("/webhooks/{id}/test", "accounts:send_test_webhook"),
    post("/webhooks/{id}/rotate-secret", "accounts:rotate_webhook_secret"),
    get("/webhooks/{id}/deliveries", "accounts:list_webhook_deliveries"),
    post("/webhooks/deliveries/{id}/replay", "accounts:replay_delivery"),

    get("/events", "events:list_events"),
    get("/search", "events:search_events"),
    get("/events/{slug}", "events:get_event"),
    get("/events/{id}/tickets", "events:list_ticket_types"),
    post("/events/{eventId}/issue", "orders:issue_tickets"),

    get("/public/events/{eventId}/seatmap", "seating:get_seat_map"),
    get("/public/events/{eventId}/seats", "seating:list_taken_seats"),
    post("/public/events/{eventId}/seats/hold", "seating:hold_seats"),
    delete("/public/events/{eventId}/seats/hold", "seating:release_seats"),
    get("/public/events/{eventId}/seats/live", "seating:watch_seats"),

    get("/organizer/organizations/{id}", "organizer:get_organization"),
    post("/organizer/events", "events:create_event"),
    put("/organizer/events/{id}", "events:update_event"),
    delete("/organizer/events/{id}", "events:cancel_event"),
    post("/organizer/events/{id}/publish", "events:publish_event"),
    post("/organizer/events/{id}/unpublish", "events:unpublish_event"),
    post("/organizer/events/{id}/tickets", "events:create_ticket_type"),
    get("/organizer/events/{id}/schedule", "organizer:list_sessions"),
    post("/organizer/events/{id}/schedule", "organizer:create_session"),
    put("/organizer/events/{id}/schedule/{sessionId}", "organizer:update_session"),
    delete("/organizer/events/{id}/schedule/{sessionId}", "organizer:delete_session"),
    get("/organizer/events/{id}/sections", "organizer:list_sections"),
    post("/organizer/events/{id}/sections", "organizer:create_section"),
    put("/organizer/events/{id}/sections/{sectionId}", "organizer:update_section"),
    delete("/organizer/events/{id}/sections/{sectionId}", "organizer:delete_section"),
    get("/organizer/venues", "seating:list_venue_maps"),
    get("/organizer/events/{id}/seating", "seating:get_seating"),
    put("/organizer/events/{id}/seating", "seating:attach_seating"),
    delete("/organizer/events/{id}/seating", "seating:detach_seating"),
    put("/organizer/events/{id}/seating/pricing", "seating:price_seating"),
    post("/organizer/events/{id}/seating/blocks", "seating:block_seats"),
    *unbuilt_calls("""
        GET /organizer/event-customization/{id},
        PUT /organizer/event-customization/{id}
    """),

    post("/orders", "orders:create_order"),
    get("/orders/{id}", "orders:get_order"),
    post("/orders/{id}/pay", "orders:pay_order"),
    post("/orders/{id}/cancel", "orders:cancel_order"),
    post("/payments/verify", "orders:verify_payment"),
    get("/payments/{orderId}", "orders:get_payment"),
    get("/payments/crypto/currencies", "orders:list_coins"),

    post("/checkin/scan", "orders:scan_ticket"),
    post("/checkin/event/{id}/manual", "orders:check_in_by_code"),
    post("/checkin/batch", "orders:check_in_batch"),
    get("/checkin/event/{id}/manifest", "orders:get_manifest"),
    get("/checkin/event/{id}/stats", "orders:get_checkin_stats"),
    get("/checkin/event/{id}/gate/{gate}", "orders:get_gate_stats"),
    get("/checkin/event/{id}/live", "orders:watch_checkin"),

    *unbuilt_calls("""
        POST /community/reviews, POST /community/orgs/{orgId}/follow, GET /community/orgs/{orgId}/followers,
        DELETE /community/orgs/{orgId}/followers/{followerId}, POST /community/events/{eventId}/waitlist
    """),

    get("/users/me", "accounts:get_me"),
    get("/users/me/tickets", "accounts:list_my_tickets"),
    post("/users/me/refunds", "accounts:request_refund"),
    post("/users/me/reports", "accounts:file_report"),
    get("/users/me/messages", "accounts:list_message_threads"),
    post("/users/me/tickets/{ticketId}/message", "accounts:send_message"),
    get("/users/me/export", "accounts:export_account"),

    post("/organizer/growth/events/{eventId}/comps", "accounts:give_tickets"),
    *unbuilt_calls("""
        POST /organizer/growth/events/{eventId}/comps/import-csv, POST /organizer/growth/events/{eventId}/broadcast
    """),
    post("/organizer/growth/tags", "accounts:add_tags"),
    delete("/organizer/growth/tags", "accounts:remove_tag"),
    get("/organizer/promo-codes", "orders:list_promo_codes"),
    post("/organizer/promo-codes", "orders:create_promo_code"),
    put("/organizer/promo-codes/{id}", "orders:update_promo_code"),
    delete("/organizer/promo-codes/{id}", "orders:delete_promo_code"),
    post("/tickets/promo/validate", "orders:preview_promo_code"),

    get(KEYS, "accounts:list_api_keys"),
    post(KEYS, "accounts:create_api_key"),
    put(f"{KEYS}/{{keyId}}", "accounts:update_api_key"),
    delete(f"{KEYS}/{{keyId}}", "accounts:revoke_api_key"),
    post(f"{KEYS}/{{keyId}}/rotate", "accounts:rotate_api_key"),

    post("/auth/register", "logins:register_user"),
    post("/auth/login", "logins:log_in"),
    post("/auth/2fa-verify", "logins:complete_challenge"),
    post("/auth/token/request", "logins:request_login_code"),
    post("/auth/token/exchange", "logins:exchange_login_code"),
    post("/auth/refresh", "logins:refresh_session"),
    post("/auth/logout", "logins:log_out"),

    *unbuilt_calls("""
        GET /courses/mine, GET /courses/{eventId}, POST /courses/{eventId}/lessons/{index}/complete,
        DELETE /courses/{eventId}/lessons/{index}/complete, POST /courses/{eventId}/complete, GET /courses/{eventId}/exam,
        POST /courses/{eventId}/exam/submit, GET /courses/{eventId}/certificate
    """),
))  # fmt: skip
"""Public, the SDK's list of endpoints."""
