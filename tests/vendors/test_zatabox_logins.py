"""Zatabox's buyers log in: by a code that no mail brings, by a password, with a second factor; and what a session opens."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.vendors.zatabox import Box, refused

ANN, REGISTRATION = "ann@example.com", {"email": "ann@example.com", "password": "swordfish", "name": "Ann"}


@pytest.fixture
def guest(box: Box) -> Box:
    """The same with a bearer that is nothing, as the SDK's README sends."""
    return Box(box.client, "unused")


def log_in(guest: Box, email: str = ANN) -> dict[str, Any]:
    """Log in with a code; returns the session."""
    guest.post("/auth/token/request", {"email": email})
    session: dict[str, Any] = guest.post("/auth/token/exchange", {"email": email, "code": "123456"})
    return session


def test_code_opens_a_session(guest: Box) -> None:
    session = log_in(guest)

    claims = session["accessToken"].split(".")[1]
    assert (session["tokenType"], session["expiresIn"], session["user"]["email"]) == ("Bearer", 900, ANN)
    assert json.loads(base64.urlsafe_b64decode(claims + "=="))["email"] == ANN
    assert Box(guest.client, session["accessToken"]).get("/users/me") == session["user"]


def test_code_is_not_in_the_answer(guest: Box) -> None:
    assert "123456" not in guest.call("POST", "/auth/token/request", {"email": ANN}).text


def test_address_is_one_user(guest: Box) -> None:
    assert log_in(guest)["user"] == log_in(guest)["user"]


@pytest.mark.parametrize(
    ("code", "seconds", "status"), [("000000", 0, 401), ("123456", 599, 200), ("123456", 600, 401)]
)
def test_code_is_right_and_fresh(box: Box, guest: Box, code: str, seconds: int, status: int) -> None:
    guest.post("/auth/token/request", {"email": ANN})
    box.advance(seconds=seconds)

    answer = guest.call("POST", "/auth/token/exchange", {"email": ANN, "code": code})

    assert answer.status_code == status
    assert status == 200 or refused(answer) == (401, "INVALID_TOKEN")


def test_code_is_used_once(guest: Box) -> None:
    log_in(guest)

    answer = guest.call("POST", "/auth/token/exchange", {"email": ANN, "code": "123456"})

    assert refused(answer) == (401, "INVALID_TOKEN")


def test_code_of_its_own_is_read_by_action(box: Box, guest: Box) -> None:
    box.set(login_code="")
    guest.post("/auth/token/request", {"email": ANN})

    code = box.acted("read_login_code", email=ANN)["code"]
    [record] = box.client.control("GET", "records/zatabox/login_code")["records"]

    assert (record["code"], guest.post("/auth/token/exchange", {"email": ANN, "code": code})["user"]["email"]) == (
        code,
        ANN,
    )
    assert box.act("read_login_code", email=ANN).status_code == 404


def test_refresh_token_is_used_once(guest: Box) -> None:
    first = log_in(guest)["refreshToken"]

    second = guest.post("/auth/refresh", {"refreshToken": first})

    assert refused(guest.call("POST", "/auth/refresh", {"refreshToken": first})) == (401, "INVALID_TOKEN")
    assert Box(guest.client, second["accessToken"]).get("/users/me")["email"] == ANN


def test_repeated_refresh_has_one_pair(guest: Box) -> None:
    token = log_in(guest)["refreshToken"]

    pairs = [guest.post("/auth/refresh", {"refreshToken": token}, **{"Idempotency-Key": "k1"}) for _ in range(2)]

    assert pairs[0] == pairs[1]


def test_logout_revokes_the_refresh_token(guest: Box) -> None:
    token = log_in(guest)["refreshToken"]

    guest.post("/auth/logout", {"refreshToken": token})

    answers = [guest.call("POST", f"/auth/{call}", {"refreshToken": token}) for call in ("refresh", "logout")]
    assert [refused(answer) for answer in answers] == [(401, "INVALID_TOKEN")] * 2


@pytest.mark.parametrize(("seconds", "status"), [(899, 200), (900, 401)])
def test_access_token_expires(box: Box, guest: Box, seconds: int, status: int) -> None:
    buyer = Box(guest.client, log_in(guest)["accessToken"])
    assert buyer.call("GET", "/users/me").status_code == 200

    box.advance(seconds=seconds)

    assert buyer.call("GET", "/users/me").status_code == status


def test_session_is_a_buyers(box: Box, guest: Box) -> None:
    buyer = Box(guest.client, log_in(guest)["accessToken"])
    buyer.pay(buyer.post("/orders", {"items": [{"ticketTypeId": box.type_of("Floor")["id"], "quantity": 1}]}))
    box.buy()

    assert [ticket["holder"]["email"] for ticket in buyer.get("/users/me/tickets")["items"]] == [ANN]
    assert refused(buyer.call("GET", "/webhooks")) == (403, "FORBIDDEN")


def test_tokens_are_stored_hashed(guest: Box) -> None:
    session = log_in(guest)

    stored = "\n".join(guest.client.world.read().conn.iterdump())

    assert session["accessToken"] not in stored
    assert session["refreshToken"] not in stored


def test_registered_user_logs_in(guest: Box) -> None:
    user = guest.post("/auth/register", REGISTRATION)["user"]

    session = guest.post("/auth/login", {"email": ANN, "password": "swordfish"})

    assert (session["user"], user["name"]) == (user, "Ann")
    assert refused(guest.call("POST", "/auth/register", REGISTRATION)) == (409, "CONFLICT")


@pytest.mark.parametrize("email", [ANN, "nobody@example.com"])
def test_wrong_password_is_refused(guest: Box, email: str) -> None:
    guest.post("/auth/register", REGISTRATION)

    answer = guest.call("POST", "/auth/login", {"email": email, "password": "wrong"})

    assert refused(answer) == (401, "UNAUTHORIZED")


def test_second_factor_is_asked_for(guest: Box) -> None:
    challenge = guest.post("/auth/login", {"email": "zoe@example.com", "password": "zoes-password"})

    wrong = guest.call("POST", "/auth/2fa-verify", {"challengeToken": challenge["challengeToken"], "code": "000000"})
    session = guest.post("/auth/2fa-verify", {"challengeToken": challenge["challengeToken"], "code": "123456"})

    assert (list(challenge), refused(wrong)) == (["requires2fa", "challengeToken"], (401, "INVALID_TOKEN"))
    assert session["user"]["name"] == "Zoë Two"


def test_export_has_everything_of_a_buyer(box: Box, guest: Box) -> None:
    buyer = Box(guest.client, log_in(guest)["accessToken"])
    order = buyer.post("/orders", {"items": [{"ticketTypeId": box.type_of("Floor")["id"], "quantity": 1}]})
    [ticket] = buyer.pay(order)["tickets"]
    buyer.post("/users/me/refunds", {"ticketId": ticket["id"]})
    buyer.post("/users/me/reports", {"reason": "noise"})
    buyer.post(f"/users/me/tickets/{ticket['id']}/message", {"message": "hello"})
    box.buy()
    box.post("/users/me/reports", {"reason": "smell"})

    document = buyer.get("/users/me/export")

    assert {name: len(part) for name, part in document.items() if name != "user"} == dict.fromkeys(
        ("orders", "tickets", "reports", "messages", "refunds"), 1
    )
    assert (document["user"]["email"], document["orders"][0]["id"]) == (ANN, order["id"])
