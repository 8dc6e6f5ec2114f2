"""The environment in which an unmodified application reaches the mock through its proxy: `exec --intercept`."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mockmarket import tls

if TYPE_CHECKING:
    from mockmarket.server.serving import Server

DIRECT = ("localhost", "127.0.0.1", "::1")
"""Hosts that are called without the proxy."""
BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
"""Variables that name a file of authorities: of OpenSSL and Go, of Python's requests, of curl, of Node."""
PASSWORD = "changeit"  # noqa: S105  # Java's own for its trust stores, which have no secret


@contextmanager
def intercepting(server: Server, environ: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Give the variables by which a command's clients use a server's proxy and trust its authority, for the length of a block."""
    if server.https is None or server.https.proxy_url is None:
        raise ValueError("The server is no proxy.")
    with TemporaryDirectory(prefix="mockmarket-trust-") as name:
        folder = Path(name)
        trusted = authorities(environ) + (Path(server.https.ca_file).read_bytes() if server.https.ca_file else b"")
        bundle = str(tls.write(folder / "ca-bundle.pem", trusted))
        store = str(tls.write(folder / "truststore.p12", tls.java_truststore(trusted, PASSWORD)))
        tls.write(folder / "php" / "mockmarket.ini", php_ini(bundle).encode())
        yield {
            **proxies(server.https.proxy_url, environ),
            **dict.fromkeys(BUNDLES, bundle),
            "NODE_USE_ENV_PROXY": "1",
            "JAVA_TOOL_OPTIONS": java_options(server.https.proxy_url, store, environ),
            "PHP_INI_SCAN_DIR": f"{environ.get('PHP_INI_SCAN_DIR', '')}:{folder / 'php'}",
        }


def authorities(environ: Mapping[str, str]) -> bytes:
    """Return the authorities that the command would trust: those of its variables, else the system's, else certifi's."""
    system = ssl.get_default_verify_paths().cafile
    files = [environ[name] for name in BUNDLES[:3] if environ.get(name)] + ([system] if system else [])
    for file in map(Path, files):
        if file.is_file():
            return file.read_bytes().rstrip() + b"\n"
    import certifi

    return Path(certifi.where()).read_bytes()


def proxies(url: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of proxies, in both spellings; hosts that were called directly still are."""
    inherited = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    hosts = [host.strip() for host in inherited.split(",") if host.strip() not in ("", "*")]
    direct = ",".join(dict.fromkeys([*hosts, *DIRECT]))
    variables = {"HTTP_PROXY": url, "HTTPS_PROXY": url, "NO_PROXY": direct}
    return variables | {name.lower(): value for name, value in variables.items()}


def java_options(url: str, store: str, environ: Mapping[str, str]) -> str:
    """Return the options that a Java virtual machine reads at its start: proxy and trust store."""
    proxy = urlsplit(url)
    properties = {
        **{f"{scheme}.proxyHost": proxy.hostname for scheme in ("http", "https")},
        **{f"{scheme}.proxyPort": proxy.port for scheme in ("http", "https")},
        "http.nonProxyHosts": "localhost|127.*|[::1]",
        "javax.net.ssl.trustStore": store,
        "javax.net.ssl.trustStoreType": "PKCS12",
        "javax.net.ssl.trustStorePassword": PASSWORD,
    }
    inherited = environ.get("JAVA_TOOL_OPTIONS", "")
    return f"{inherited} {' '.join(f'-D{name}={value}' for name, value in properties.items())}".strip()


def php_ini(bundle: str) -> str:
    """Return the settings of PHP for its curl and its streams."""
    return f'curl.cainfo="{bundle}"\nopenssl.cafile="{bundle}"\n'
