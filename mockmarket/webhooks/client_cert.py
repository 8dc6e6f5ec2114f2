"""An endpoint's client certificate, shown to its receiver in the TLS handshake: its checks, and its redaction for display. Pure."""

import re
from collections.abc import Iterator

REDACTED = "(redacted)"
KEY = re.compile(r"(-----BEGIN ([A-Z ]*PRIVATE KEY)-----).*?(-----END \2-----)", re.DOTALL)


def problems(client_cert: str, url: str) -> Iterator[str]:
    """Yield why a client certificate cannot be shown to the receiver at a URL; nothing for none, which is ""."""
    if not client_cert:
        return
    if not url.lower().startswith("https:"):
        yield "only an https URL asks for a certificate; change the URL, or leave it out"
    elif not belongs(client_cert):
        yield "it is no certificate followed by its private key, both as PEM and without a passphrase"


def belongs(pem: str) -> bool:
    """Return whether a text has a certificate and the private key that belongs to it."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from cryptography.x509 import load_pem_x509_certificates

    try:
        certificate, *_ = load_pem_x509_certificates(pem.encode())
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError):  # TypeError: a key with a passphrase
        return False
    return key.public_key() == certificate.public_key()


def redact_key(client_cert: str) -> str:
    """Return a client certificate for display, without its private key."""
    return KEY.sub(rf"\1\n{REDACTED}\n\3", client_cert)


def restored_key(client_cert: str, stored: str) -> str:
    """Return a submitted certificate, the stored one if it is that as displayed; ValueError when there is no such."""
    if REDACTED not in client_cert:
        return client_cert
    if client_cert.strip() == redact_key(stored).strip():
        return stored
    raise ValueError(f"there is no private key yet that {REDACTED} could stand for; write it out")
