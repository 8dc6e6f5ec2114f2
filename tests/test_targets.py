"""The URLs and addresses that a webhook may be sent to."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given, strategies as st

from mockmarket.webhooks.targets import (
    METADATA,
    METADATA_SERVICES,
    PRIVATE,
    SPECIAL,
    Policy,
    ascii_url,
    check_url,
    refusal,
)

PUBLIC = Policy(allow_private=False)
LOCAL = Policy(allow_private=True)

ORDINARY = [
    "8.8.8.8",
    "1.1.1.1",
    "99.255.255.255",
    "172.32.0.1",
    "2606:4700::1111",
    "2a00:1450:4001::1",
    "::ffff:8.8.8.8",
]
OWN = [
    "127.0.0.1",
    "127.8.9.10",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "::1",
    "fd12::1",
    "::ffff:10.0.0.1",
]
NEVER_USEFUL = [
    "0.0.0.0",
    "100.64.0.1",
    "169.254.1.1",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::7f00:1",
    "::ffff:0:7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "::ffff:224.0.0.1",
]
METADATA_IN_DISGUISE = [
    "169.254.169.254",
    "fd00:ec2::254",
    "fd00:ec2::254%1",
    "::ffff:169.254.169.254",
    "::a9fe:a9fe",
    "::ffff:0:a9fe:a9fe",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "2001:0:a9fe:a9fe::1",
    "100.100.100.200",
]


@pytest.mark.parametrize("address", ORDINARY)
def test_public_addresses_are_always_allowed(address: str) -> None:
    assert refusal(PUBLIC, address) is None
    assert refusal(LOCAL, address) is None


@pytest.mark.parametrize("address", OWN)
def test_own_addresses_need_the_private_policy(address: str) -> None:
    assert "public addresses only" in (refusal(PUBLIC, address) or "")
    assert refusal(LOCAL, address) is None


@pytest.mark.parametrize("policy", [PUBLIC, LOCAL])
@pytest.mark.parametrize("address", NEVER_USEFUL)
def test_special_addresses_are_refused_anyway(policy: Policy, address: str) -> None:
    assert refusal(policy, address)


CLOUDS = {
    "AWS": {"169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254", "fd00:ec2::23"},
    "Azure": {"169.254.169.254", "168.63.129.16"},
    "Google": {"169.254.169.254", "fd20:ce::254"},
    "Alibaba": {"100.100.100.200", "fd00:100::100:200"},
    "Oracle": {"169.254.169.254", "fd00:c1::a9fe:a9fe"},
    "Oracle Classic": {"192.0.0.192"},
    "Scaleway": {"169.254.42.42", "fd00:42::42"},
    "Akamai": {"169.254.169.254", "fd00:a9fe:a9fe::1"},
    "DigitalOcean": {"169.254.169.254"},
    "Hetzner": {"169.254.169.254"},
    "IBM": {"169.254.169.254"},
    "OpenStack": {"169.254.169.254", "fe80::a9fe:a9fe"},
    "Tencent": {"169.254.0.23"},
}
"""The addresses at which each cloud hands out credentials."""


def test_each_clouds_addresses_are_listed_with_their_source() -> None:
    listed: dict[str, set[str]] = {}
    for address, cloud, source in METADATA_SERVICES:
        assert source.startswith("https://")
        listed.setdefault(cloud.partition(",")[0], set()).add(address)

    assert listed == CLOUDS


@pytest.mark.parametrize("address", [*sorted({row[0] for row in METADATA_SERVICES}), *METADATA_IN_DISGUISE])
def test_metadata_is_refused_whatever_is_set(address: str) -> None:
    open_policy = Policy(True, allow=(ip_network("0.0.0.0/0"), ip_network("::/0")))

    assert "metadata" in (refusal(open_policy, address) or "")


@pytest.mark.parametrize(
    "word", ["", "localhost", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "::g", "/run/x.sock"]
)
def test_what_is_no_address_is_refused(word: str) -> None:
    assert "not an IP address" in (refusal(LOCAL, word) or "")


def test_allowed_networks_open_special_ones() -> None:
    policy = Policy(False, allow=(ip_network("100.64.0.0/10"),))

    assert refusal(policy, "100.64.0.1") is None
    assert refusal(policy, "10.0.0.1")


def test_denied_networks_beat_allowed_ones() -> None:
    policy = Policy(True, allow=(ip_network("10.0.0.0/8"),), deny=(ip_network("10.1.0.0/16"), ip_network("8.8.8.0/24")))

    assert refusal(policy, "10.2.0.1") is None
    assert refusal(policy, "::ffff:10.1.0.1")
    assert refusal(policy, "8.8.8.8")


@given(st.integers(0, 2**32 - 1).map(IPv4Address) | st.integers(0, 2**128 - 1).map(IPv6Address))
def test_no_policy_lets_the_unroutable_through(ip: IPv4Address | IPv6Address) -> None:
    if refusal(PUBLIC, str(ip)) is None:
        plain = getattr(ip, "ipv4_mapped", None) or ip

        assert plain.is_global
        assert not plain.is_multicast


@given(st.sampled_from(PRIVATE + SPECIAL), st.data())
def test_each_row_covers_its_whole_network(row: tuple[str, str], data: st.DataObject) -> None:
    network = ip_network(row[0])
    offset = data.draw(st.integers(0, network.num_addresses - 1))

    assert refusal(PUBLIC, str(network[offset]))


def test_refusals_name_the_address_and_reason() -> None:
    assert refusal(PUBLIC, "::ffff:127.0.0.1") == ("127.0.0.1 is loopback: this server sends to public addresses only")
    assert all(refusal(LOCAL, str(address)) for address in METADATA)
    assert ip_address("169.254.169.254") in METADATA


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "https://example.com:8443/a/../b?x=1&y=%20",
        "HTTP://127.0.0.1:1/",
        "http://[::1]:65535/hook",
        "http://my_service.local/hook?at=a@b",
        "https://xn--bcher-kva.example/",
        "https://bücher.example:8443/hook?x=1",
        "http://例え.テスト/",
    ],
)
def test_usable_urls_pass(url: str) -> None:
    check_url(url)


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("https://bücher.example:8443/h?x=1", "https://xn--bcher-kva.example:8443/h?x=1"),
        ("HTTP://BÜCHER.Example", "HTTP://xn--bcher-kva.example"),
        ("http://straße.example/", "http://xn--strae-oqa.example/"),
        ("http://example.com/a", "http://example.com/a"),
    ],
)
def test_hosts_are_sent_as_the_name_service_knows_them(written: str, sent: str) -> None:
    assert ascii_url(written) == sent


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("", "Begin"),
        ("example.com/hook", "Begin"),
        ("//example.com", "Begin"),
        ("ftp://example.com/", "Begin"),
        ("file:///etc/passwd", "Begin"),
        ("gopher://127.0.0.1:6379/_x", "Begin"),
        ("http://", "Add a host"),
        ("http:///hook", "Add a host"),
        ("http://:80/", "Add a host"),
        ("http://user@example.com/", "user name"),
        ("http://user:secret@example.com/", "user name"),
        ("http://@example.com/", "user name"),
        ("http://example.com\\@evil.example/", "Percent-encode"),
        ("http://example.com/#top", "fragment"),
        ("http://example.com/#", "fragment"),
        ("http://example.com:0/", "port"),
        ("http://example.com:65536/", "port"),
        ("http://example.com:-1/", "port"),
        ("http://example.com:x/", "port"),
        ("http://example.com:/", "port"),
        ("http://example.com/a b", "Percent-encode"),
        ("http://example.com/\r\nX: y", "Percent-encode"),
        ("http://example.com/\x00", "Percent-encode"),
        (" http://example.com/", "Percent-encode"),
        ("http://bücher.example/ü", "Percent-encode"),
        ("http://example.com/?q=ü", "Percent-encode"),
        ("http://ü@example.com/", "user name"),
        ("http://bücher.example:0/", "port"),
        ("http://bü cher.example/", "Percent-encode"),
        ("http://ü.-.example/", "is no name"),
        ("http://" + "ü" * 80 + ".example/", "is no name"),
        ("http://exa%6dple.com/", "host"),
        ("http://[::1/", "host"),
        ("http://[nope]/", "host"),
        ("http://example.com/" + "a" * 2048, "shorten"),
    ],
)
def test_unusable_urls_say_what_to_change(url: str, hint: str) -> None:
    with pytest.raises(ValueError, match=hint):
        check_url(url)


def test_https_is_required_on_demand() -> None:
    check_url("https://example.com/", require_https=True)

    with pytest.raises(ValueError, match="Use https"):
        check_url("http://example.com/", require_https=True)
