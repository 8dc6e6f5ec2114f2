"""Logins of buyers, without a key: by a code, by a password, by a refresh token."""

from mockmarket import errors
from mockmarket.store import Tx, keys, records
from mockmarket.store.records import Record
from mockmarket.vendors.zatabox.handlers.accounts import me
from mockmarket.vendors.zatabox.handlers.conventions import writes
from mockmarket.vendors.zatabox.records import logins as shapes
from mockmarket.vendors.zatabox.rules import logins
from mockmarket.vendors.zatabox.wire import USER

OPEN = {"refuses": (400, 401, 409, 413), "public": True}


def _logged_in(tx: Tx, user: Record) -> Record:
    return {**logins.open_session(tx, user), "user": me(logins.key_of(user))}


@writes(body=shapes.Registration, answer=shapes.Login, status=201, **OPEN)
def register_user(tx: Tx, body: shapes.Registration) -> Record:
    """Register a buyer with a password and log in. Needs no key."""
    user = logins.user_of(tx, body["email"])
    if user and records.own(tx, USER, user["id"])["password_hash"]:
        raise errors.Conflict(f"{body['email']} is registered already.")
    return _logged_in(tx, logins.store_user(tx, **body))


@writes(body=shapes.PasswordLogin, answer=shapes.LoginOrChallenge, **OPEN)
def log_in(tx: Tx, body: shapes.PasswordLogin) -> Record:
    """Log in with a password; a user with a second factor gets a challenge. Needs no key."""
    user = logins.user_of(tx, body["email"])
    stored = records.own(tx, USER, user["id"])["password_hash"] if user else ""
    if user is None or stored != keys.digest(f"{user['id']} {body['password']}"):
        raise errors.Unauthenticated("This address or this password is wrong.", code="UNAUTHORIZED")
    if user["twoFactor"]:
        return {"requires2fa": True, "challengeToken": logins.new_code(tx, user["email"])["id"]}
    return _logged_in(tx, user)


@writes(body=shapes.Challenge, answer=shapes.Login, **OPEN)
def complete_challenge(tx: Tx, body: shapes.Challenge) -> Record:
    """Complete the challenge of a login with its code. Needs no key."""
    user = logins.user_of(tx, logins.use_code(tx, body["code"], "id", body["challengeToken"]))
    if user is None:
        raise logins.invalid_token("This challenge is of no user.")
    return _logged_in(tx, user)


@writes(body=shapes.Address, answer=shapes.CodeSent, **OPEN)
def request_login_code(tx: Tx, body: shapes.Address) -> shapes.CodeSent:
    """Make a login code for an address; no mail is sent, the action `read_login_code` shows it. Needs no key."""
    logins.new_code(tx, body["email"])
    return {"sent": True, "expiresIn": logins.CODE_S}


@writes(body=shapes.Exchange, answer=shapes.Login, **OPEN)
def exchange_login_code(tx: Tx, body: shapes.Exchange) -> Record:
    """Exchange an address and its code for a session; an unknown address becomes a new buyer. Needs no key."""
    email = logins.use_code(tx, body["code"], "email", body["email"])
    return _logged_in(tx, logins.user_of(tx, email) or logins.store_user(tx, email, email))


@writes(body=shapes.RefreshToken, answer=shapes.Pair, **OPEN)
def refresh_session(tx: Tx, body: shapes.RefreshToken) -> shapes.Pair:
    """Exchange a refresh token for a new pair; the old one is invalid at once. Needs no key."""
    return logins.open_session(tx, logins.end_refresh(tx, body["refreshToken"]))


@writes(body=shapes.RefreshToken, answer=shapes.LoggedOut, **OPEN)
def log_out(tx: Tx, body: shapes.RefreshToken) -> shapes.LoggedOut:
    """Revoke a refresh token. Needs no key."""
    logins.end_refresh(tx, body["refreshToken"])
    return {"revoked": True}
