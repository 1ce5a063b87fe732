"""A client certificate and its key, from PEM or PKCS#12 files, as OpenSSL takes them."""

import contextlib
import os
import re
import ssl
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from davlock.errors import LocalProtocolError
from davlock.late_pattern import late_pattern
from davlock.transport.errors import reason

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.serialization.pkcs12 import PKCS12KeyAndCertificates

LARGEST = 1024 * 1024
"""Bytes of a file with a certificate or a key: the largest have some hundred thousand."""

PACKAGE = "cryptography"
"""The Python package that reads PKCS#12, which the module ssl cannot."""

_LOCKED = late_pattern(rb"-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED", re.MULTILINE)

# RFC 7292 §4: PFX ::= SEQUENCE { version INTEGER {v3(3)}, … }. A certificate begins with a SEQUENCE in a SEQUENCE.
_PFX = late_pattern(rb"\x30(?:[\x00-\x7f]|\x80|\x81.|\x82..|\x83...|\x84....)\x02\x01\x03", re.DOTALL)


def read_key_file(path: str) -> bytes:
    """The content of a file with a certificate or a key. Raises OSError."""
    with open(path, "rb") as file:
        return file.read(LARGEST)


def is_pkcs12(content: bytes) -> bool:
    """Returns true for a PKCS#12 file, also called PFX."""
    return _PFX.match(content) is not None


def needs_password(content: bytes) -> bool:
    """Returns true if a PEM or PKCS#12 file has a key that cannot be read without a password."""
    if not is_pkcs12(content):
        return _LOCKED.search(content) is not None
    try:
        _opened(content, "")
    except ValueError:
        return True
    return False


def load_client_certificate(
    context: ssl.SSLContext,
    cert: str,
    key: str | None,
    password: str | None,
    *,
    spell: Callable[[str], str] = str,
) -> None:
    """Have ``context`` show a certificate. Raises LocalProtocolError if it cannot be read with that ``password``.

    ``spell`` is how the caller spells an option of the command line.
    """
    asks = spell("--pass or in DAVLOCK_PASS")
    with _naming(cert, asks):
        content = read_key_file(cert)
    if is_pkcs12(content):
        if key is not None:
            raise LocalProtocolError(f"{cert} is PKCS#12 and has its key in it", f"leave out {spell('--key')}")
        _load_pkcs12(context, cert, content, password or "", asks)
        return
    if key is not None:
        with _naming(key, asks):
            read_key_file(key)
    with _naming(" with ".join(filter(None, (cert, key))), asks, "certificate and key"):
        # Without a password OpenSSL would ask for one on the terminal.
        context.load_cert_chain(cert, key, password=password or "")


def _load_pkcs12(context: ssl.SSLContext, path: str, content: bytes, password: str, asks: str) -> None:
    import secrets

    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

    try:
        opened = _opened(content, password)
    except ValueError as error:
        what = f"{path}: cannot read PKCS#12: wrong password, or a damaged file"
        raise LocalProtocolError(what, f"give its password with {asks}") from error
    if opened.key is None or opened.cert is None:
        raise LocalProtocolError(f"{path}: there is no certificate with a key in it", "export both")
    # OpenSSL reads only files. What lies there for a moment needs a password that nobody else ever has.
    passing = secrets.token_urlsafe(32)
    key = opened.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passing.encode()))
    certificates = [entry.certificate.public_bytes(Encoding.PEM) for entry in (opened.cert, *opened.additional_certs)]
    with _private_file(b"".join((key, *certificates))) as file, _naming(path, asks):
        context.load_cert_chain(file, password=passing)


def _opened(content: bytes, password: str) -> "PKCS12KeyAndCertificates":
    """The key and the certificates; raises ValueError for a wrong password and for a damaged file alike."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import pkcs12

    errors: list[Exception] = []
    # A file without a password has either none or an empty one, which are different keys.
    for word in (password.encode(),) if password else (None, b""):
        try:
            return pkcs12.load_pkcs12(content, word)
        except (ValueError, UnsupportedAlgorithm) as error:
            errors.append(error)
    raise ValueError(str(errors[0]))


@contextlib.contextmanager
def _private_file(content: bytes) -> Iterator[str]:
    """The path of a file that only this user can read, and that is gone afterwards."""
    descriptor, path = tempfile.mkstemp(prefix="davlock-", suffix=".pem")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        yield path
    finally:
        Path(path).unlink(missing_ok=True)


@contextlib.contextmanager
def _naming(path: str, asks: str, what: str = "certificate or key") -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        hint = f"give a PEM or PKCS#12 file, and the password of its key with {asks}"
        raise LocalProtocolError(f"{path}: cannot read a {what} ({reason(exc)})", hint) from exc
