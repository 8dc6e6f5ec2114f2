"""Kiosk's table of contents."""

from mockmarket.records import get, post, table, unbuilt

OPERATIONS = table("tests.sixth.kiosk", (
    get("/offers", "handlers:list_offers"),
    post("/passes", "handlers:hold_pass"),
    get("/passes/{id}", "handlers:get_pass"),
    post("/passes/{id}/pay", "handlers:pay_pass"),
    unbuilt("DELETE", "/passes/{pass-id}/stub"),
))  # fmt: skip
