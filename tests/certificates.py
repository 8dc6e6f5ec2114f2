"""A private certificate authority and server certificates, made by the openssl command, for tests of TLS."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

NEW_KEY = "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"


def make(folder: Path) -> Path:
    """Write `ca.pem` and four certificates of servers with their keys: good, wrong-name, expired, self-signed. Returns the folder."""
    _openssl(
        folder,
        f"{NEW_KEY} -x509 -keyout ca.key -out ca.pem -subj /CN=Test -days 2",
    )
    for name, san, span in (
        ("good", "IP:127.0.0.1,DNS:localhost,DNS:xn--bcher-kva.localhost", ("20200101000000Z", "20990101000000Z")),
        ("wrong-name", "DNS:other.invalid", ("20200101000000Z", "20990101000000Z")),
        ("expired", "IP:127.0.0.1", ("20200101000000Z", "20200201000000Z")),
    ):
        _sign(folder, name, san, span)
    _openssl(
        folder,
        f"{NEW_KEY} -x509 -keyout self-signed.key -out self-signed.pem"
        " -subj /CN=self -addext subjectAltName=IP:127.0.0.1 -days 2",
    )
    return folder


def server_context(folder: Path, name: str) -> ssl.SSLContext:
    """Return the TLS context of a server that presents one of the certificates."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    return context


def _sign(folder: Path, name: str, san: str, span: tuple[str, str]) -> None:
    (folder / "index.txt").write_text("")
    (folder / f"{name}.cnf").write_text(
        "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nnew_certs_dir=.\nrand_serial=yes\ndefault_md=sha256\npolicy=p\n"
        f"x509_extensions=x\nunique_subject=no\n[p]\ncommonName=supplied\n[x]\nsubjectAltName={san}\n"
    )
    _openssl(
        folder,
        f"{NEW_KEY} -keyout {name}.key -out {name}.csr -subj /CN={name}",
    )
    _openssl(
        folder,
        f"ca -batch -notext -config {name}.cnf -cert ca.pem -keyfile ca.key -in {name}.csr -out {name}.pem"
        f" -startdate {span[0]} -enddate {span[1]}",
    )


def _openssl(folder: Path, command: str) -> None:
    subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)


def encrypt(key: Path, target: Path) -> None:
    """Write a key with a passphrase."""
    _openssl(target.parent, f"ec -in {key} -aes256 -passout pass:secret -out {target}")
