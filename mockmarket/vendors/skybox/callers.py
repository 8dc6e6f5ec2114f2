"""Callers of SkyBox: an application, with a user's API token, on an account; all three headers are required (document),
the account's unless the setting `account_header` is off."""

from dataclasses import dataclass

from mockmarket.api import auth
from mockmarket.api.context import RequestContext
from mockmarket.clock import MINUTE
from mockmarket.current import current_request
from mockmarket.errors import Unauthenticated
from mockmarket.store import Tx, keys, records
from mockmarket.vendors.skybox.records.types import NAME
from mockmarket.vendors.skybox.wire import APPLICATION
from mockmarket.worlds.ratelimit import Rate
from mockmarket_client.scheme import Headers

APPLICATION_HEADER, API_HEADER, ACCOUNT_HEADER = "X-Application-Token", "X-Api-Token", "X-Account"
HEADERS = {"skyboxApplication": APPLICATION_HEADER, "skyboxToken": API_HEADER, "skyboxAccount": ACCOUNT_HEADER}
SECURITY = {name: {"type": "apiKey", "in": "header", "name": header} for name, header in HEADERS.items()}
"""The three headers as OpenAPI security schemes."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who made a change: a user's name and id, and the application, None on SkyBox's own pages."""

    name: str
    user: int | None = None
    application: str | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller: the account, the actor, the user's key."""

    account: int
    by: Actor
    key: keys.Key


@dataclass(frozen=True, slots=True)
class Session:
    """What a call or an action writes with: the transaction, the account, and the actor."""

    tx: Tx
    account: int
    by: Actor


def user_of(key: keys.Key, account: int) -> int:
    """Return the id of a key's user: the one that its owner names, else the account's own."""
    return int(key.owner.get("user", account))


def accounts_of(key: keys.Key) -> tuple[int, ...]:
    """Return the accounts that a key may act on: its owner's `accounts`, or its one `account`, 1 when it names neither."""
    return tuple(map(int, key.owner.get("accounts") or [key.owner.get("account", 1)]))


def application_of(key: keys.Key) -> str:
    """Return a key's default application."""
    return str(key.owner.get("application", "skybox_application"))


def credential(key: keys.Key, secret: str) -> Headers:
    """Return the three headers that a caller sends."""
    return (APPLICATION_HEADER, application_of(key)), (API_HEADER, secret), (ACCOUNT_HEADER, str(accounts_of(key)[0]))


def admit(context: RequestContext[object], _scope: object) -> Caller:
    """Return the caller, or raise why it is refused; counts the call, and records the key's use."""
    headers, read = current_request().headers, context.read()
    missing = [name for name in HEADERS.values() if not headers.get(name)]
    if missing and (missing != [ACCOUNT_HEADER] or context.settings()["account_header"]):
        raise Unauthenticated(f"Authentication needs the header {', '.join(missing)}.", reason="missing")
    key = auth.known(context, NAME, headers[API_HEADER], API_HEADER)
    auth.note_key(context, key)
    auth.check_address(context, key)
    accounts, application = tuple(map(str, accounts_of(key))), headers[APPLICATION_HEADER]
    if missing and len(accounts) > 1:
        raise Unauthenticated(f"The user has several accounts: name one in {ACCOUNT_HEADER}.", reason="missing")
    account = accounts[0] if missing else headers[ACCOUNT_HEADER]
    if account not in accounts:
        raise Unauthenticated(f"The {API_HEADER} may not act on account {account[:20]}.", reason="unknown")
    if application != application_of(key) and records.get(read, APPLICATION, application) is None:
        raise Unauthenticated(f"Invalid application: the {APPLICATION_HEADER} is not known here.", reason="unknown")
    if limit := context.settings()["rate_limit"]:
        context.world.meter.count(key.id, Rate(limit, MINUTE), read.now)
    return Caller(int(account), Actor(key.name, user_of(key, int(account)), application), key)
