"""TLS: an authority made on the spot, certificates that it signs, and the contexts of servers. Imported only where TLS is asked for."""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TypeVar
from warnings import catch_warnings

import trustme
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import PKCS12Certificate, serialize_java_truststore
from cryptography.x509 import load_pem_x509_certificate

from mockmarket.clock import to_datetime, wall_ms
from mockmarket.errors import of_system

LOOPBACK = ("localhost", "127.0.0.1", "::1")
EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104  # names nobody in a certificate
VALID, BACKDATED = timedelta(days=800), timedelta(days=1)
"""For how long a certificate is valid, less than the 825 days that Apple's systems accept; and since when, for clocks that are behind."""
CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
CA_FILE, CA_KEY_FILE = "ca.pem", "ca-key.pem"
OWNER = "mockmarket"
T = TypeVar("T")


class Unusable(Exception):
    """A file that TLS needs cannot be used; the message names it and says why."""


def server_context(client_ca: str | None = None) -> ssl.SSLContext:
    """Return the context of a server: TLS 1.2 and 1.3, HTTP/1.1. With a file of authorities, clients must show a certificate of theirs."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    context.set_alpn_protocols(["http/1.1"])
    if client_ca:
        use(client_ca, lambda: context.load_verify_locations(client_ca))
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def load_certificate(context: ssl.SSLContext, cert: str, key: str | None) -> None:
    """Give a context a certificate (PEM, with its chain) and its key, which may stand in the same file. Raises Unusable."""
    use(key or cert, lambda: context.load_cert_chain(cert, key, password=""))


def authority_in(folder: Path) -> trustme.CA:
    """Return the authority that a folder keeps; it is made, with files that only their user may read, when there is none."""
    cert, key = folder / CA_FILE, folder / CA_KEY_FILE
    if cert.exists() and key.exists():
        return use(str(key), lambda: trustme.CA.from_pem(cert.read_bytes(), key.read_bytes()))
    authority = new_authority()
    write(key, authority.private_key_pem.bytes(), 0o600)
    publish(authority, cert)
    return authority


def publish(authority: trustme.CA, path: Path) -> Path:
    """Write an authority's certificate to a file; returns its absolute path. Raises Unusable."""
    return write(path.absolute(), authority.cert_pem.bytes())


def new_authority() -> trustme.CA:
    """Return an authority that signs certificates of servers, and no other authority's."""
    return trustme.CA(path_length=0, organization_name=OWNER, organization_unit_name=f"{OWNER} test authority")


def certify(context: ssl.SSLContext, authority: trustme.CA, names: Iterable[str]) -> None:
    """Give a context a certificate for loopback and for names or addresses, signed by an authority; its key stays in memory."""
    now = to_datetime(wall_ms())
    identities = dict.fromkeys((*LOOPBACK, *(name for name in names if name not in EVERY_ADDRESS)))
    own = authority.issue_cert(
        *identities, organization_name=OWNER, not_before=now - BACKDATED, not_after=now - BACKDATED + VALID
    )
    own.configure_cert(context)


def java_truststore(bundle: bytes, password: str) -> bytes:
    """Return a PKCS #12 file of a bundle's certificates (PEM) that Java trusts; what cannot be read as a certificate is left out."""
    entries: list[PKCS12Certificate] = []
    for part in CERTIFICATE.findall(bundle):
        with suppress(ValueError), catch_warnings(action="ignore"):  # old roots that break today's rules
            entries.append(PKCS12Certificate(load_pem_x509_certificate(part), b"%d" % len(entries)))
    return serialize_java_truststore(entries, BestAvailableEncryption(password.encode()))


def write(path: Path, data: bytes, mode: int = 0o644) -> Path:
    """Write a file of a mode, replacing an older file; its folder is made, for its user alone, when missing. Raises Unusable."""

    def replace() -> Path:
        path.parent.mkdir(0o700, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(data)
        return path

    return use(str(path), replace)


def use(path: str, action: Callable[[], T]) -> T:
    """Return what an action on a file returns; raises Unusable for its errors."""
    try:
        return action()
    except OSError as error:
        words = "it is no certificate, or no key that belongs to it (PEM)." if isinstance(error, ssl.SSLError) else ""
        raise Unusable(f"{path}: {words}" if words else of_system(error)) from error
    except ValueError as error:
        raise Unusable(f"{path}: it cannot be read as PEM.") from error
