"""Kiosk's table of contents."""

from mockmarket.records import get, patch, post, table, unbuilt

OPERATIONS = table("tests.sixth.kiosk", (
    get("/offers", "handlers:list_offers"),
    get("/passes", "handlers:list_passes"),
    post("/passes", "handlers:hold_pass"),
    get("/passes/{id}", "handlers:get_pass"),
    patch("/passes/{id}", "handlers:change_pass"),
    post("/passes/{id}/pay", "handlers:pay_pass"),
    unbuilt("DELETE", "/passes/{pass-id}/stub"),
))  # fmt: skip
