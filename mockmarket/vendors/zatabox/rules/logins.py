"""Logins: codes that no mail brings, sessions with an access and a refresh token, and whom a session speaks for."""

from mockmarket import clock, errors
from mockmarket.store import Read, Record, Tx, keys, records
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.records import logins as shapes
from mockmarket.vendors.zatabox.records.common import NAME
from mockmarket.vendors.zatabox.wire import LOGIN_CODE, LOGIN_SESSION, USER
from mockmarket.webhooks.encoding import javascript

CODE_S = 600  # for which a code is good (convention)
ACCESS_S = 900  # for which an access token is good (convention)


def invalid_token(sentence: str) -> errors.Unauthenticated:
    """Return the refusal of a code or token."""
    return errors.Unauthenticated(sentence, code="INVALID_TOKEN")


def user_of(read: Read, email: str) -> Record | None:
    """Return the user with an address, or None."""
    return records.first(read, USER, ("email", "=", email))


def store_user(tx: Tx, email: str, name: str, password: str = "", two_factor: bool = False) -> Record:
    """Store a user, new or with a new name and password."""
    known = user_of(tx, email) or wire.new(tx, shapes.User, wire.new_id(tx, "usr"), {"email": email})
    user = known | {"name": name, "twoFactor": two_factor}
    records.put(tx, USER, user, password_hash=keys.digest(f"{user['id']} {password}") if password else "")
    return user


def new_code(tx: Tx, email: str) -> Record:
    """Store the code of a login: the setting's, or else a new one."""
    code = tx.store.settings[NAME]["login_code"] or tx.ids.text(6, "0123456789")
    until = clock.iso_s(clock.later(tx.now, CODE_S * 1000))
    fields = {"email": email, "code": code, "expiresAt": until}
    record = wire.new(tx, shapes.LoginCode, wire.new_id(tx, "lgc"), fields)
    records.put(tx, LOGIN_CODE, record)
    return record


def use_code(tx: Tx, code: str, column: str, value: str) -> str:
    """Use up a code of an address or a challenge; returns the address. INVALID_TOKEN for a wrong or an old one."""
    for record in records.find(tx, LOGIN_CODE, (column, "=", value)):
        if record["code"] == code and clock.parse_iso(record["expiresAt"]) > tx.now:
            records.delete(tx, LOGIN_CODE, record["id"])
            return str(record["email"])
    raise invalid_token("This code is wrong, used or too old.")


def open_session(tx: Tx, user: Record) -> shapes.Pair:
    """Store a new session of a user; returns its tokens, of which only hashes are stored."""
    until = clock.later(tx.now, ACCESS_S * 1000)
    times = {"iat": tx.now // 1000, "exp": until // 1000}
    parts = {"alg": "HS256", "typ": "JWT"}, {"sub": user["id"], "email": user["email"], **times}
    signature = tx.ids.secret(43)  # random: a token is known by its hash alone
    access, refresh = (
        ".".join([*(wire.base64url(javascript(part)) for part in parts), signature]),
        f"zrt_{tx.ids.secret(40)}",
    )
    fields = {"userId": user["id"], "expiresAt": clock.iso_s(until)}
    session = wire.new(tx, shapes.LoginSession, wire.new_id(tx, "lgs"), fields)
    hashes = {"access_hash": keys.digest(access), "refresh_hash": keys.digest(refresh)}
    records.put(tx, LOGIN_SESSION, session, **hashes)
    return {"accessToken": access, "refreshToken": refresh, "tokenType": "Bearer", "expiresIn": ACCESS_S}


def end_refresh(tx: Tx, token: str) -> Record:
    """Revoke a refresh token; returns its user. INVALID_TOKEN for one that is not known, used or revoked."""
    session = records.first(tx, LOGIN_SESSION, ("refresh_hash", "=", keys.digest(token)))
    if session is None:
        raise invalid_token("This refresh token is not known, or was used or revoked.")
    records.update(tx, LOGIN_SESSION, session, refresh_hash="")
    return records.get_or_404(tx, USER, session["userId"])


def by_access_token(read: Read, token: str) -> keys.Key:
    """Return an access token as a buyer's key. INVALID_TOKEN for one that is not known or has expired."""
    session = records.first(read, LOGIN_SESSION, ("access_hash", "=", keys.digest(token)))
    if session is not None:
        key = key_of(records.get_or_404(read, USER, session["userId"]), clock.parse_iso(session["expiresAt"]))
        if not keys.has_expired(read, key):
            return key
    raise invalid_token("This session token is not known here, or has expired.")


def key_of(user: Record, expires_at: int | None = None) -> keys.Key:
    """Return a user as a buyer's key."""
    owner = {"email": user["email"], "name": user["name"]}
    at, id = clock.parse_iso(user["createdAt"]), user["id"].removeprefix("usr_")
    return keys.Key(id, NAME, user["name"], "", "", at, scopes=("*",), expires_at=expires_at, owner=owner)
