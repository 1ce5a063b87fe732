"""What it means that no answer came: which of DNS, connect, TLS, proxy, timeout and reset, in words for a person."""

import re
import socket
import ssl

from davlock.errors import LocalProtocolError, NoResponse, NoResponseKind, RemoteProtocolError
from davlock.transport.http_faults import fault, quote
from davlock.transport.httpx_import import httpx
from davlock.transport.progress import Progress
from davlock.transport.resolution import address_kind

TRANSPORT_ERRORS = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, httpx.CookieConflict)
"""Whatever httpx's transports raise."""

_CALLERS_FAULT = (
    httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.StreamError, httpx.CookieConflict,
)  # fmt: skip

# OpenSSL's names, which differ by its version, for an answer that is no TLS.
_NO_TLS = frozenset(
    {"HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL", "WRONG_VERSION_NUMBER"}
)

_TLS_ALERT = b"\x15\x03"


def no_response(kind: NoResponseKind, progress: Progress, why: str, hint: str = "") -> NoResponse:
    """That a request got no answer, and whether the server may have seen it nevertheless."""
    return NoResponse(kind, progress.target.shown, why, hint=hint, sent=progress.sent)


def as_no_response(exc: Exception, progress: Progress) -> NoResponse:
    """Why there is no answer, from one of ``TRANSPORT_ERRORS``.

    Raises ``RemoteProtocolError`` if there is an answer that is not HTTP, and ``LocalProtocolError`` if the request
    cannot be sent.
    """
    if isinstance(exc, _CALLERS_FAULT):
        # Its message may quote a header.
        raise LocalProtocolError("HTTP/1.1 cannot send such a request", "check the header fields") from None
    if not isinstance(exc, httpx.TransportError):
        raise RemoteProtocolError("HTTP", f"the answer is not usable ({fault(exc)})") from exc
    cause = progress.cause or _cause(exc)
    if progress.asking:
        return _failed_while_asking(exc, cause, progress)
    if isinstance(exc, httpx.TimeoutException):
        return no_response(NoResponseKind.TIMEOUT, progress, f"no connection after {progress.elapsed:.1f} s")
    # To an https proxy TLS comes first, and once more inside it for the server.
    proxy = progress.settings.proxy_scheme
    if progress.tls_layers > (proxy == "https") or (isinstance(cause, ssl.SSLError) and not proxy):
        return _tls_failure(cause, progress)
    if proxy or isinstance(exc, httpx.ProxyError):
        return _proxy_failure(exc, cause, progress)
    return _connect_failure(cause, progress)


def _failed_while_asking(exc: Exception, cause: BaseException, progress: Progress) -> NoResponse:
    received = progress.received
    if received.startswith(_TLS_ALERT):
        raise RemoteProtocolError("HTTP", "the port speaks TLS: try https:// instead of http://") from None
    if received and not b"HTTP/".startswith(received[:5]):
        raise RemoteProtocolError("HTTP", f"the answer is not HTTP/1; it begins with {quote(received[:40])}") from None
    if isinstance(exc, httpx.TimeoutException):
        hint = f"if the server is only slow, allow more with {progress.settings.spell('--max-time')}"
        return no_response(NoResponseKind.TIMEOUT, progress, f"no complete answer after {progress.elapsed:.1f} s", hint)
    if isinstance(cause, ssl.SSLError):
        hint = _about_our_certificate(cause, progress)
        return no_response(NoResponseKind.TLS, progress, f"the TLS connection failed ({reason(cause)})", hint)
    if isinstance(exc, httpx.ProtocolError) and not progress.closed:
        raise RemoteProtocolError("HTTP", f"the answer is not valid ({fault(exc)})") from exc
    where = "in the middle of its answer" if received else "without an answer"
    how = "closed" if progress.closed else "reset"
    return no_response(NoResponseKind.RESET, progress, f"the server {how} the connection {where}")


def _about_our_certificate(cause: ssl.SSLError, progress: Progress) -> str:
    """RFC 8446 §6.2: certificate_required. Before TLS 1.3 the alert does not say what was missing."""
    if cause.reason != "TLSV13_ALERT_CERTIFICATE_REQUIRED":
        return ""
    given = progress.settings.cert is not None
    if given:
        return "the server wants another client certificate"
    return f"give a client certificate with {progress.settings.spell('--cert FILE')}"


def _connect_failure(cause: BaseException, progress: Progress) -> NoResponse:
    settings = progress.settings
    if isinstance(cause, socket.gaierror | UnicodeError):
        kind = address_kind(settings.family)
        why = f"the name {progress.target.origin.host} has no {kind} ({reason(cause)})"
        hint = {socket.AF_INET: "try without -4", socket.AF_INET6: "try without -6"}.get(settings.family)
        return no_response(NoResponseKind.DNS, progress, why, hint or "check its spelling and the DNS")
    hint = ""
    if settings.unix_socket is not None:
        hint = "check the path of --unix-socket, and whether the server is running"
    elif isinstance(cause, ConnectionRefusedError):
        hint = "check the port, and whether the server is running"
    return no_response(NoResponseKind.CONNECT, progress, f"no connection ({reason(cause)})", hint)


def _tls_failure(cause: BaseException, progress: Progress) -> NoResponse:
    if isinstance(cause, ssl.SSLCertVerificationError):
        why, hint = _about_the_certificate(cause, progress)  # by OpenSSL's numbers (x509_vfy.h)
        return no_response(NoResponseKind.TLS, progress, f"the server's certificate {why}", hint)
    if getattr(cause, "reason", None) in _NO_TLS:
        hint = f"try http://{progress.target.shown.partition('://')[2]}"
        return no_response(NoResponseKind.TLS, progress, "the port does not speak TLS", hint)
    return no_response(NoResponseKind.TLS, progress, f"the TLS handshake failed ({reason(cause)})")


def _about_the_certificate(cause: ssl.SSLCertVerificationError, progress: Progress) -> tuple[str, str]:
    """What is wrong with it, and what helps."""
    spell = progress.settings.spell
    skips = f"{spell('-k')} skips the check"
    match cause.verify_code:
        case 62 | 64:
            return _about_its_names(progress, skips)
        case 10:
            return "has expired", f"its owner must renew it; {skips}"
        case 9:
            return "is not valid yet", f"check the clock of this computer; {skips}"
        case 18:
            hint = f"if it is the right one, name it with {spell('--cacert FILE')}; {skips}"
            return "is self-signed and not trusted here", hint
        case 2 | 19 | 20 | 21:
            why = f"is signed by an authority that this computer does not trust ({cause.verify_message})"
            return why, f"name that authority with {spell('--cacert FILE')}; {skips}"
    return f"is not trusted ({cause.verify_message})", skips


def _about_its_names(progress: Progress, skips: str) -> tuple[str, str]:
    origin, names = progress.target.origin, progress.certificate_names
    if not names:
        return f"is for another name than {origin.host}", f"write its name in the URL; {skips}"
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    hint = f"write {'that name' if len(names) == 1 else 'one of these names'} in the URL"
    # A certificate can name anything, and a shell would read more into some names than a host.
    name = next((name for name in names if re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name)), None)
    if name is not None and progress.address and (resolve := progress.settings.spell("--resolve")):
        hint += f", if necessary with {resolve} {name}:{origin.port or 443}:{progress.address}"
    return f"is for {shown}, not for {origin.host}", f"{hint}; {skips}"


def _proxy_failure(exc: Exception, cause: BaseException, progress: Progress) -> NoResponse:
    status = progress.proxy_status
    if status is not None:
        hint = "give user and password in the proxy's URL" if status == 407 else ""
        kind = NoResponseKind.PROXY_LOGIN if status == 407 else NoResponseKind.PROXY
        return no_response(kind, progress, f"the proxy refused with {exc!s:.80}", hint)
    if progress.closed:
        return no_response(NoResponseKind.PROXY, progress, "the proxy closed the connection")
    if isinstance(exc, httpx.NetworkError):
        return no_response(NoResponseKind.PROXY, progress, f"no connection to the proxy ({reason(cause)})")
    return no_response(NoResponseKind.PROXY, progress, f"the proxy answered with an error ({fault(exc):.80})")


def reason(cause: BaseException | None) -> str:
    """What the system says, without its numbers; OpenSSL's words for TLS."""
    words = getattr(cause, "reason", None) if isinstance(cause, ssl.SSLError) else None
    if words:  # which one that Python made itself has not
        return str(words).lower().replace("_", " ")
    text = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)
    return text[:1].lower() + text[1:]


def _cause(exc: BaseException) -> BaseException:
    """What the system said, if it did. A transport that is not ours may make a ring of causes."""
    seen: list[BaseException] = []
    while exc.__cause__ is not None and exc not in seen:
        seen.append(exc)
        exc = exc.__cause__
    return exc if exc not in seen else seen[0]
