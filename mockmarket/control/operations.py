"""The control plane's table of operations."""

from mockmarket.records import delete, get, patch, post, put, table

SECTIONS = {
    "worlds": "Health, vendors, worlds, reset and settings",
    "snapshots": "Snapshots of a world",
    "state": "The world as one file",
    "clock": "The world's clock",
    "keys": "API keys",
    "endpoints": "Endpoints",
    "deliveries": "Notices and deliveries",
    "faults": "Faults",
    "records": "Records and actions",
    "requests": "The request journal",
    "wait": "Waiting",
    "scenarios": "Scenarios",
    "exam": "The receiver exam",
}
"""Titles of the modules' operations, for the API browser."""

OPERATIONS = table("mockmarket.control", (
    get("/health", "worlds:get_health"),
    get("/vendors", "worlds:list_vendors"),
    get("/worlds", "worlds:list_worlds"),
    get("/worlds/{name}", "worlds:get_world"),
    put("/worlds/{name}", "worlds:put_world"),
    delete("/worlds/{name}", "worlds:delete_world"),
    post("/reset", "worlds:reset_world"),
    get("/settings", "worlds:list_settings"),
    patch("/settings", "worlds:update_settings"),

    get("/snapshots", "snapshots:list_snapshots"),
    post("/snapshots/{name}", "snapshots:save_snapshot"),
    delete("/snapshots/{name}", "snapshots:delete_snapshot"),
    post("/snapshots/{name}/restore", "snapshots:restore_snapshot"),

    get("/state", "state:export_state"),
    put("/state", "state:import_state"),

    get("/clock", "clock:get_clock"),
    put("/clock", "clock:set_clock"),
    post("/clock/advance", "clock:advance_clock"),

    get("/keys", "keys:list_keys"),
    post("/keys", "keys:create_key"),
    patch("/keys/{id}", "keys:update_key"),
    delete("/keys/{id}", "keys:delete_key"),
    post("/keys/{id}/rotate", "keys:rotate_key"),

    get("/endpoints", "endpoints:list_endpoints"),
    post("/endpoints", "endpoints:create_endpoint"),
    patch("/endpoints/{id}", "endpoints:update_endpoint"),
    delete("/endpoints/{id}", "endpoints:delete_endpoint"),

    get("/notices", "deliveries:list_notices"),
    get("/deliveries", "deliveries:list_deliveries"),
    get("/deliveries/{id}", "deliveries:get_delivery"),
    post("/deliveries/{id}/resend", "deliveries:resend_delivery"),
    post("/{vendor}/trigger/{notice}", "deliveries:trigger_notice"),

    get("/faults", "faults:list_faults"),
    post("/faults", "faults:add_fault"),
    put("/faults", "faults:replace_faults"),
    delete("/faults", "faults:delete_faults"),
    get("/faults/{id}", "faults:get_fault"),
    delete("/faults/{id}", "faults:delete_fault"),
    get("/faults/catalogue", "faults:list_catalogue"),

    get("/records/{vendor}/{kind}", "records:list_records"),
    get("/records/{vendor}/{kind}/{id}", "records:get_record"),
    get("/{vendor}/actions", "records:list_actions"),
    post("/{vendor}/actions/{name}", "records:run_action"),

    get("/requests", "requests:list_requests"),
    delete("/requests", "requests:delete_requests"),
    post("/requests/find", "requests:find_requests"),
    post("/requests/count", "requests:count_requests"),
    get("/requests/unread", "requests:list_unread"),
    get("/requests/{id}", "requests:get_request"),

    post("/wait", "wait:wait"),

    get("/scenarios", "scenarios:list_scenarios"),
    get("/scenarios/{name}", "scenarios:get_scenario"),
    post("/scenarios/{name}/run", "scenarios:run_scenario"),
    post("/scenarios/{name}/step", "scenarios:step_scenario"),
    post("/scenarios/{name}/start", "scenarios:start_scenario"),
    get("/scenarios/{name}/runs", "scenarios:list_runs"),
    get("/scenarios/{name}/runs/{id}", "scenarios:get_run"),
    delete("/scenarios/{name}/runs/{id}", "scenarios:stop_run"),

    post("/exam", "exam:examine_receiver"),
))  # fmt: skip
