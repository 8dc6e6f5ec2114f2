"""Who is calling: known and unexpired keys, from allowed addresses, with the scope; proxies believed only when trusted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from mockmarket.api import auth
from mockmarket.clock import DAY, iso_ms
from mockmarket.config import Config, parse_networks
from mockmarket.errors import AddressNotAllowed, ScopeMissing
from mockmarket.store.keys import Key
from mockmarket.worlds.world import World
from tests.conftest import Client, Served
from tests.sixth.serving import serving

PROXIES = parse_networks("10.0.0.0/8, 2001:db8:ffff::/48, 127.0.0.1")


def key(allowlist: str | list[str]) -> Key:
    """Make a key that may be used from some addresses."""
    return Key("k", "acme", "K", "hash", "…", 0, ip_allowlist=auth.read_allowlist(allowlist))


def environ(peer: str, *forwarded: str) -> dict[str, Any]:
    """Make what a server says of a request: who sent it, and its X-Forwarded-For."""
    return {"REMOTE_ADDR": peer} | ({"HTTP_X_FORWARDED_FOR": ", ".join(forwarded)} if forwarded else {})


@pytest.mark.parametrize(
    ("allowlist", "address"),
    [
        ("", "203.0.113.9"),
        ("203.0.113.9", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.0/24", "203.0.113.9"),
        ("0.0.0.0/0", "203.0.113.9"),
        ("2001:db8::1", "2001:db8:0:0::1"),
        ("2001:db8::/32", "2001:db8:1:2:3::4"),
        ("10.0.0.0/8", "::ffff:10.1.2.3"),
        ("::ffff:10.1.2.3", "10.1.2.3"),
        ("::ffff:10.0.0.0/104", "10.1.2.3"),
        ("fe80::/10", "fe80::1%eth0"),
        ("fe80::1", "fe80::1%25eth0"),
    ],
)
def test_listed_address_is_let_in(allowlist: str, address: str) -> None:
    auth.check_allowlist(key(allowlist), address)


@pytest.mark.parametrize(
    ("allowlist", "address"),
    [
        ("203.0.113.9", "203.0.113.10"),
        ("203.0.113.0/25", "203.0.113.128"),
        ("2001:db8::1", "2001:db8::2"),
        ("2001:db8::/32", "2001:db9::1"),
        ("0.0.0.0/0", "2001:db8::1"),
        ("::/0", "203.0.113.9"),
        ("::/0", "::ffff:203.0.113.9"),
        ("10.0.0.0/8", ""),
        ("10.0.0.0/8", "unknown"),
        ("10.0.0.0/8", "10.0.0.1:80"),
        ("10.0.0.0/8", "010.0.0.1"),
        ("10.0.0.0/8", "10.1"),
        ("0.0.0.0/0", "localhost"),
    ],
)
def test_other_address_is_kept_out(allowlist: str, address: str) -> None:
    with pytest.raises(AddressNotAllowed) as refused:
        auth.check_allowlist(key(allowlist), address)

    assert refused.value.facts == {"address": address}


@pytest.mark.parametrize(
    "entry", ["10.0.0.0/33", "2001:db8::1/129", "256.1.1.1", "010.0.0.1", "localhost", "10.0.0.1-10.0.0.9", "*"]
)  # fmt: skip
def test_wrong_entry_is_named(entry: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        auth.read_allowlist(["192.0.2.1", entry])

    assert entry in str(refused.value)


@pytest.mark.parametrize(
    "allowlist",
    [
        "192.0.2.1, fd00::/8 ,",
        "192.0.2.1\nfd00::/8\r\n",
        "192.0.2.1;fd00::/8",
        ["192.0.2.1", " fd00::1/8 ", ""],
        "192.0.2.1 FD00::/8",
    ],
)
def test_allowlist_is_text_or_list(allowlist: str | list[str]) -> None:
    assert auth.read_allowlist(allowlist) == ("192.0.2.1", "fd00::/8")


@pytest.mark.parametrize(
    ("sent", "caller"),
    [
        (environ("203.0.113.9"), "203.0.113.9"),
        (environ("203.0.113.9", "198.51.100.1"), "203.0.113.9"),
        (environ("10.0.0.1", "198.51.100.1"), "198.51.100.1"),
        (environ("10.0.0.1", "6.6.6.6", "198.51.100.1"), "198.51.100.1"),
        (environ("10.0.0.1", "6.6.6.6", "198.51.100.1", "10.0.0.2"), "198.51.100.1"),
        (environ("10.0.0.1", "10.0.0.3", "10.0.0.2"), "10.0.0.3"),
        (environ("10.0.0.1"), "10.0.0.1"),
        (environ("::ffff:10.0.0.1", "198.51.100.1"), "198.51.100.1"),
        (environ("2001:db8:ffff::1", "2001:db8::5"), "2001:db8::5"),
        (environ("10.0.0.1", "::ffff:198.51.100.1"), "198.51.100.1"),
        (environ("10.0.0.1", "fe80::1%eth0"), "fe80::1"),
        (environ("10.0.0.1", "198.51.100.1", "10.0.0.2:443"), "198.51.100.1"),
        (environ("10.0.0.1", "198.51.100.1:5555"), "198.51.100.1"),
        (environ("10.0.0.1", "[2001:db8::5]:443"), "2001:db8::5"),
        (environ("10.0.0.1", "[2001:db8::5]"), "2001:db8::5"),
        (environ("10.0.0.1", "[fe80::1%eth0]:1"), "fe80::1"),
        (environ("10.0.0.1", "[::ffff:198.51.100.1]:1"), "198.51.100.1"),
        (environ(""), ""),
    ],
    ids=["no proxy", "untrusted peer", "one proxy", "client's own lie", "two proxies", "nothing but proxies", "no header",
         "mapped proxy", "IPv6", "mapped caller", "zone id",
         "proxy's port", "port", "port of IPv6", "brackets", "zone id in brackets", "mapped in brackets", "no peer"],
)  # fmt: skip
def test_caller_is_read_from_the_right(sent: dict[str, Any], caller: str) -> None:
    assert auth.peer_address(sent, PROXIES) == caller


@pytest.mark.parametrize(
    "hop",
    [
        "nonsense",
        "unknown",
        "_hidden",
        "1.2.3",
        "198.51.100.1:",
        "198.51.100.1:port",
        "[198.51.100.1",
        "[]",
        ":80",
        "1:2",
        "x" * 9000,
    ],
)
@pytest.mark.parametrize("behind", [(), ("10.0.0.2",)], ids=["last", "before a proxy"])
def test_unreadable_hop_is_nobodys_address(hop: str, behind: tuple[str, ...]) -> None:
    caller = auth.peer_address(environ("10.0.0.1", "198.51.100.1", hop, *behind), PROXIES)

    assert hop[:100] in caller
    assert len(caller) < 200
    assert not auth.allowed(("10.0.0.1", "10.0.0.2", "198.51.100.1", "0.0.0.0/0", "::/0"), caller)


@pytest.mark.parametrize(
    ("address", "network"),
    [("203.0.113.9", "203.0.113.9"), ("::ffff:203.0.113.9", "203.0.113.9"), ("2001:db8::1", "2001:db8::/64"),
     ("2001:db8::2:1", "2001:db8::/64"), ("'x', which is no address", "'x', which is no address"), ("", "")],
)  # fmt: skip
def test_guesses_are_counted_by_network(address: str, network: str) -> None:
    assert auth.network_of(address) == network


def test_header_is_ignored_without_proxies() -> None:
    assert auth.peer_address(environ("10.0.0.1", "198.51.100.1"), ()) == "10.0.0.1"


@pytest.mark.parametrize(
    ("granted", "scope"), [(("a", "b"), "b"), (("*",), "b"), ((), None), (("a",), None)], ids=str
)  # fmt: skip
def test_granted_scope_is_let_in(granted: tuple[str, ...], scope: str | None) -> None:
    auth.check_scope(granted, scope)


@pytest.mark.parametrize("granted", [(), ("b",), ("a:",), ("A",)], ids=str)
def test_missing_scope_is_named(granted: tuple[str, ...]) -> None:
    with pytest.raises(ScopeMissing, match="lacks the scope a") as refused:
        auth.check_scope(granted, "a")

    assert refused.value.facts == {"scope": "a"}


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("Bearer abc", "abc"),
        ("bearer abc", "abc"),
        ("BEARER  abc ", "abc"),
        ("Bearer", None),
        ("Bearer ", None),
        ("Basic abc", None),
        ("abc", None),
        ("", None),
    ],
)
def test_bearer_is_read_as_rfc6750(sent: str, expected: str | None) -> None:
    assert auth.bearer({"HTTP_AUTHORIZATION": sent}) == expected


def test_header_is_found_by_name() -> None:
    find = auth.header("X-API-Key")

    assert (find({"HTTP_X_API_KEY": "abc"}), find({})) == ("abc", None)


def new_secret(client: Client, **options: Any) -> str:
    """Make a key of the portal; returns its secret."""
    return str(client.control("POST", "keys", {"vendor": "portal", "name": "Test", **options})["secret"])


def status(client: Client, secret: str | bytes) -> int:
    """Return the status of a call with a key."""
    return client.call("GET", "/api/v1/events", headers={"X-API-Key": secret}).status_code


def word(client: Client) -> str:
    """Return why the last request was refused."""
    return str(client.control("GET", "requests")["requests"][-1]["refused"])


def test_key_expires_by_worlds_clock(client: Client, world: World) -> None:
    client.control("PUT", "clock", {"frozen": True})
    secret = new_secret(client, expires_at=iso_ms(world.clock.now() + DAY))

    client.control("POST", "clock/advance", {"seconds": 86_399.999})
    before = status(client, secret)
    client.control("POST", "clock/advance", {"seconds": 0.001})

    assert (before, status(client, secret)) == (200, 401)


def test_deleted_key_is_unknown(client: Client) -> None:
    secret = new_secret(client)
    id = client.control("GET", "keys")["keys"][-1]["id"]

    client.control("DELETE", f"keys/{id}")

    assert status(client, secret) == 401


def test_rotated_key_is_another(client: Client) -> None:
    secret = new_secret(client)
    id = client.control("GET", "keys")["keys"][-1]["id"]

    rotated = client.control("POST", f"keys/{id}/rotate")["secret"]

    assert (status(client, secret), status(client, rotated)) == (401, 200)


@pytest.mark.parametrize("secret", ["é".encode("latin-1"), b"\xff\xfe", "k" * 5_000, "a b", "'--"], ids=repr)
def test_odd_key_is_only_unknown(client: Client, secret: str | bytes) -> None:
    assert status(client, secret) == 401


def test_scope_missing_is_named(client: Client) -> None:
    secret = new_secret(client, scopes=["inventory:read"])

    answer = client.call("GET", "/api/v1/events", headers={"X-API-Key": secret})

    assert (answer.status_code, word(client)) == (403, "scope_missing")
    assert "events:read" in answer.text


def test_foreign_address_is_kept_out(client: Client) -> None:
    secret = new_secret(client, ip_allowlist=["203.0.113.9"])

    answer = client.call("GET", "/api/v1/events", headers={"X-API-Key": secret, "X-Forwarded-For": "203.0.113.9"})

    assert (answer.status_code, word(client)) == (403, "address_not_allowed")


def test_changed_allowlist_holds_at_once(client: Client) -> None:
    secret = new_secret(client, ip_allowlist=["203.0.113.9"])
    id = client.control("GET", "keys")["keys"][-1]["id"]

    client.control("PATCH", f"keys/{id}", {"ip_allowlist": "203.0.113.9, 127.0.0.0/8"})

    assert status(client, secret) == 200


def test_wrong_allowlist_is_refused(client: Client) -> None:
    answer = client.post("/_mockmarket/keys", {"vendor": "portal", "name": "x", "ip_allowlist": ["10.0.0.5/33"]})

    assert answer.status_code == 400
    assert "10.0.0.5/33" in answer.text


def test_last_use_is_noted(client: Client, world: World) -> None:
    client.control("PUT", "clock", {"frozen": True})
    secret = new_secret(client)

    status(client, secret)

    assert client.control("GET", "keys")["keys"][-1]["last_used_at"] == iso_ms(world.clock.now())


def test_file_keeps_no_key_text(client: Client, world: World) -> None:
    secret = new_secret(client, secret="an-obviously-fake-secret-of-ours")
    world.store.checkpoint()

    assert secret.encode() not in world.store.path.read_bytes()
    with sqlite3.connect(world.store.path) as tool:
        assert tool.execute("SELECT count(*) FROM key WHERE hash = ?", (secret,)).fetchone() == (0,)
    tool.close()


@pytest.fixture(scope="module")
def behind_proxy() -> Iterator[Served]:
    """Serve a mock that trusts the proxy on this machine."""
    with serving(Config(fixture="small", trusted_proxies=parse_networks("127.0.0.0/8"))) as served:
        yield served


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [("203.0.113.9", 200), ("6.6.6.6, 203.0.113.9", 200), ("203.0.113.9, 6.6.6.6", 403), ("203.0.113.9, x", 403), (None, 403)],
)  # fmt: skip
def test_trusted_proxy_is_believed(behind_proxy: Served, forwarded: str | None, expected: int) -> None:
    client = Client(behind_proxy.url, behind_proxy.app.worlds.get("main"))
    secret = new_secret(client, ip_allowlist=["203.0.113.9"])
    headers = {"X-API-Key": secret} | ({"X-Forwarded-For": forwarded} if forwarded else {})

    answer = client.call("GET", "/api/v1/events", headers=headers)

    assert answer.status_code == expected


@pytest.mark.parametrize("forwarded", ["garbage", "203.0.113.7, garbage", "unknown", "203.0.113.7:1234"])
def test_proxys_address_is_no_callers(behind_proxy: Served, forwarded: str) -> None:
    client = Client(behind_proxy.url, behind_proxy.app.worlds.get("main"))
    secret = new_secret(client, ip_allowlist=["127.0.0.1"])

    answer = client.call("GET", "/api/v1/events", headers={"X-API-Key": secret, "X-Forwarded-For": forwarded})

    assert answer.status_code == 403
    assert ("X-Forwarded-For" in answer.text) is (":" not in forwarded)


def test_allowlist_is_kept_as_blocks(client: Client) -> None:
    new_secret(client, ip_allowlist=" 2001:DB8::1/32 ,127.0.0.3/30\n127.0.0.1/32")

    assert client.control("GET", "keys")["keys"][-1]["ip_allowlist"] == ["2001:db8::/32", "127.0.0.0/30", "127.0.0.1"]
