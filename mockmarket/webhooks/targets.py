"""Allowed targets of webhooks: the form of the URL, and the address that the connection actually reaches. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
MAX_URL = 2048
OF_AN_ENDPOINT = 'give them to the endpoint as "basic_auth": "user:password" (PATCH /_mockmarket/endpoints/{id})'
SCHEMES = ("http", "https")

METADATA_SERVICES = (
    ("169.254.169.254", "AWS", "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html"),
    ("fd00:ec2::254", "AWS", "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html"),
    ("169.254.170.2", "AWS, of a task", "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html"),
    ("169.254.170.23", "AWS, of a pod", "https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html"),
    ("fd00:ec2::23", "AWS, of a pod", "https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html"),
    ("169.254.169.254", "Azure", "https://learn.microsoft.com/azure/virtual-machines/instance-metadata-service"),
    ("168.63.129.16", "Azure, certificates", "https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16"),
    ("169.254.169.254", "Google", "https://cloud.google.com/compute/docs/metadata/querying-metadata"),
    ("fd20:ce::254", "Google", "https://cloud.google.com/compute/docs/metadata/querying-metadata"),
    ("100.100.100.200", "Alibaba", "https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata"),
    ("fd00:100::100:200", "Alibaba", "https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata"),
    ("169.254.169.254", "Oracle", "https://docs.oracle.com/en-us/iaas/Content/Compute/Tasks/gettingmetadata.htm"),
    ("fd00:c1::a9fe:a9fe", "Oracle", "https://github.com/oracle/oci-python-sdk"),
    ("192.0.0.192", "Oracle Classic", "https://docs.oracle.com/en/cloud/iaas/compute-iaas-cloud/stcsg/retrieving-instance-metadata.html"),
    ("169.254.42.42", "Scaleway", "https://docs.cloud-init.io/en/latest/reference/datasources/scaleway.html"),
    ("fd00:42::42", "Scaleway", "https://docs.cloud-init.io/en/latest/reference/datasources/scaleway.html"),
    ("169.254.169.254", "Akamai", "https://docs.cloud-init.io/en/latest/reference/datasources/akamai.html"),
    ("fd00:a9fe:a9fe::1", "Akamai", "https://docs.cloud-init.io/en/latest/reference/datasources/akamai.html"),
    ("169.254.169.254", "DigitalOcean", "https://docs.digitalocean.com/reference/api/metadata/"),
    ("169.254.169.254", "Hetzner", "https://docs.hetzner.cloud/reference/cloud"),
    ("169.254.169.254", "IBM", "https://cloud.ibm.com/docs/vpc?topic=vpc-imd-about"),
    ("169.254.169.254", "OpenStack", "https://docs.openstack.org/nova/latest/admin/metadata-service.html"),
    ("fe80::a9fe:a9fe", "OpenStack", "https://docs.openstack.org/nova/latest/admin/metadata-service.html"),
    ("169.254.0.23", "Tencent", "https://www.tencentcloud.com/document/product/213/4934"),
)  # fmt: skip
"""Metadata services of clouds, which return credentials or certificates: address, cloud, and the page that names the address. No setting
allows these. Clouds built on OpenStack (OVHcloud, Huawei, Vultr) have its addresses."""
METADATA = frozenset(ip_address(address) for address, _, _ in METADATA_SERVICES)

# Local receivers: allowed when the policy allows private addresses.
PRIVATE = (
    ("127.0.0.0/8", "loopback"),
    ("10.0.0.0/8", "private (RFC 1918)"),
    ("172.16.0.0/12", "private (RFC 1918)"),
    ("192.168.0.0/16", "private (RFC 1918)"),
    ("::1/128", "loopback"),
    ("fc00::/7", "private (RFC 4193)"),
)

# IANA's special-purpose registries, spelled out: `ipaddress` calls several of these global, and its ranges differ
# between Python releases. The first network that matches gives the reason.
SPECIAL = (
    ("0.0.0.0/8", "'this network' (RFC 791)"),
    ("100.64.0.0/10", "shared by carriers (RFC 6598)"),
    ("169.254.0.0/16", "link-local (RFC 3927)"),
    ("192.0.0.0/24", "kept for protocols (RFC 6890)"),
    ("192.0.2.0/24", "for documentation (RFC 5737)"),
    ("192.31.196.0/24", "AS112 (RFC 7535)"),
    ("192.52.193.0/24", "AMT (RFC 7450)"),
    ("192.88.99.0/24", "6to4 relay (RFC 7526)"),
    ("192.175.48.0/24", "AS112 (RFC 7534)"),
    ("198.18.0.0/15", "for benchmarking (RFC 2544)"),
    ("198.51.100.0/24", "for documentation (RFC 5737)"),
    ("203.0.113.0/24", "for documentation (RFC 5737)"),
    ("224.0.0.0/4", "multicast (RFC 1112)"),
    ("240.0.0.0/4", "class E or broadcast (RFC 1112)"),
    ("64:ff9b::/96", "NAT64 (RFC 6052)"),
    ("64:ff9b:1::/48", "local NAT64 (RFC 8215)"),
    ("::/8", "unspecified, or IPv4 in disguise (RFC 4291)"),
    ("100::/64", "discard (RFC 6666)"),
    ("2001::/23", "kept for protocols, Teredo and ORCHID among them (RFC 2928)"),
    ("2001:db8::/32", "for documentation (RFC 3849)"),
    ("2002::/16", "6to4 (RFC 3056)"),
    ("2620:4f:8000::/48", "AS112 (RFC 7534)"),
    ("3fff::/20", "for documentation (RFC 9637)"),
    ("5f00::/16", "SRv6 (RFC 9602)"),
    ("fe80::/10", "link-local (RFC 4291)"),
    ("fec0::/10", "site-local (RFC 3879)"),
    ("ff00::/8", "multicast (RFC 4291)"),
)

_PRIVATE = tuple((ip_network(network), word) for network, word in PRIVATE)
_SPECIAL = tuple((ip_network(network), word) for network, word in SPECIAL)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_UNSAFE = re.compile(r"[^\x21-\x7e]|[\\\"<>^`{|}]")
_BEYOND_ASCII = re.compile(r"(https?://)([^/?#:@\[\]\\\s]+)", re.IGNORECASE)
_HOST = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=-]+|\[[0-9A-Fa-f:.]+\]")


@dataclass(frozen=True, slots=True)
class Policy:
    """The addresses that may be connected to: `deny` beats `allow`, `allow` beats the tables; metadata addresses are always refused."""

    allow_private: bool
    allow: tuple[Network, ...] = ()
    deny: tuple[Network, ...] = ()


def refusal(policy: Policy, address: str) -> str | None:
    """Return why `address` may not be connected to, as a sentence, or None. An IPv4-mapped IPv6 address is treated as
    the IPv4 address. A text that is not an address is refused."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return f"{address!r} is not an IP address"
    if isinstance(ip, IPv6Address):
        ip = ip.ipv4_mapped or ip
    why = _why(policy, ip)
    return None if why is None else f"{ip} is {why}"


@lru_cache(maxsize=1024)
def ascii_url(url: str) -> str:
    """Return a URL with its host as the name service knows it (IDNA, RFC 5891): `bücher.example` as `xn--bcher-kva.example`. ValueError
    for a host that is no name."""
    if url.isascii() or not (host := _BEYOND_ASCII.match(url)):
        return url
    import idna  # most URLs do not need it

    try:
        return f"{host[1]}{idna.encode(host[2], uts46=True).decode()}{url[host.end() :]}"
    except idna.IDNAError as error:
        raise ValueError(f"Correct the host of the URL: {host[2]!r} is no name ({error}).") from error


@lru_cache(maxsize=1024)
def check_url(url: str, require_https: bool = False, credentials: str = OF_AN_ENDPOINT) -> None:
    """Raise ValueError, with what to change, unless webhooks can be POSTed to a URL; `credentials` says where its credentials belong."""
    problem = next(_problems(ascii_url(url), require_https, credentials), None)
    if problem:
        raise ValueError(problem)


def _problems(url: str, require_https: bool, credentials: str) -> Iterator[str]:
    if len(url) > MAX_URL:
        yield f"The URL has {len(url)} characters; shorten it to {MAX_URL}."
    if _UNSAFE.search(url):
        yield "Percent-encode spaces, control characters, quotes, brackets and non-ASCII letters behind the host of the URL."
    try:
        parts = urlsplit(url)
    except ValueError as error:
        yield f"Correct the host of the URL: {error}."
        return
    if require_https and parts.scheme != "https":
        yield "Use https: this vendor accepts no other URL."
    if parts.scheme not in SCHEMES:
        yield "Begin the URL with http:// or https://."
    if "@" in parts.netloc:
        yield f"Remove the user name and password from the URL; {credentials}."
    if not parts.hostname:
        yield "Add a host to the URL, as in https://example.com/hook."
    has_port = ":" in parts.netloc.rpartition("]")[2]
    host, colon, port = parts.netloc.rpartition(":") if has_port else (parts.netloc, "", "")
    if not _HOST.fullmatch(host):
        yield f"Correct the host of the URL: {host!r} is no name or address."
    if colon and not (port.isdigit() and 1 <= int(port) <= 65_535):
        yield "Give the port as a number from 1 to 65535, or leave it and its colon out."
    if "#" in url:
        yield "Remove the fragment (from '#' on): it is never sent."


def _why(policy: Policy, ip: Address) -> str | None:
    if not METADATA.isdisjoint((ip, *_carried(ip))):
        return "a cloud's metadata service, which is never a webhook's target"
    if any(ip in network for network in policy.deny):
        return "denied by the target policy"
    if any(ip in network for network in policy.allow):
        return None
    if private := _first(_PRIVATE, ip):
        return None if policy.allow_private else f"{private}: this server sends to public addresses only"
    unassigned = ip.version == 6 and ip not in _GLOBAL_UNICAST
    return _first(_SPECIAL, ip) or ("not global unicast (RFC 4291)" if unassigned else None)


def _first(table: tuple[tuple[Network, str], ...], ip: Address) -> str | None:
    return next((word for network, word in table if ip in network), None)


def _carried(ip: Address) -> tuple[Address, ...]:
    """Return the IPv4 addresses that an IPv6 address may lead to: 6to4, Teredo, NAT64, compatible and translated."""
    if isinstance(ip, IPv4Address):
        return ()
    low = IPv4Address(int(ip) & 0xFFFFFFFF)
    in_low = int(ip) >> 64 == 0 or any(ip in network for network in _NAT64)
    return (*(ip.teredo or ()), *((ip.sixtofour,) if ip.sixtofour else ()), *((low,) if in_low else ()))
