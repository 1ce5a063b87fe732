"""The password of a client certificate's key: typed, of the environment, or asked for before anything is sent."""

from urllib.parse import urlsplit

from davlock.cli.install_hint import require_package
from davlock.cli.options import Shared
from davlock.cli.password_sources import asked_once
from davlock.errors import LocalProtocolError


def key_password(shared: Shared, url: str) -> str | None:
    """The password of the key of --cert; ``None`` if it needs none, or ``url`` has no use for a certificate.

    Raises LocalProtocolError where there is none to have, and where a package is missing.
    """
    if shared.cert is None or urlsplit(url).scheme.lower() != "https":
        return None
    from davlock.transport.client_certificate import PACKAGE, is_pkcs12, needs_password, read_key_file

    try:
        content = read_key_file(shared.cert)
    except OSError:
        return None  # who loads it says why
    pkcs12 = is_pkcs12(content)
    if shared.cert_type is not None and (shared.cert_type == "P12") is not pkcs12:
        found = "PKCS#12" if pkcs12 else "not PKCS#12"
        raise LocalProtocolError(f"{shared.cert} is {found}", "leave out --cert-type: davlock sees what it is")
    if pkcs12:
        require_package(PACKAGE, "a PKCS#12 certificate")
    if shared.key_password is not None:
        return shared.key_password
    path = shared.cert
    if not pkcs12 and shared.key is not None:
        path = shared.key
        try:
            content = read_key_file(path)
        except OSError:
            return None
    if not needs_password(content):
        return None
    return asked_once(shared, f"the key in {path}", "set DAVLOCK_PASS, or use --pass")
