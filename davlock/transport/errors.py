"""What it means that no answer came: which of DNS, connect, TLS, proxy, timeout and reset, in words for a person."""

import socket
import ssl

from davlock.errors import LocalProtocolError, NoResponse, NoResponseKind, RemoteProtocolError
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
        raise LocalProtocolError("such a request cannot be sent by HTTP/1.1", "look at the header fields") from None
    if not isinstance(exc, httpx.TransportError):
        raise RemoteProtocolError("HTTP", f"the answer is of no use ({exc!s:.200})") from exc
    cause = progress.cause or _root(exc)
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
        raise RemoteProtocolError("HTTP", "the port speaks TLS: try https:// in place of http://") from None
    if received and not b"HTTP/".startswith(received[:5]):
        raise RemoteProtocolError("HTTP", f"the answer is not HTTP/1, it begins {received[:40]!r}") from None
    if isinstance(exc, httpx.TimeoutException):
        hint = "if the server is only slow, allow more with --max-time"
        return no_response(NoResponseKind.TIMEOUT, progress, f"no complete answer after {progress.elapsed:.1f} s", hint)
    if isinstance(cause, ssl.SSLError):
        return no_response(NoResponseKind.TLS, progress, f"TLS broke down ({reason(cause)})")
    if isinstance(exc, httpx.RemoteProtocolError) and not progress.closed:
        raise RemoteProtocolError("HTTP", f"the answer is not valid ({exc!s:.200})") from exc
    where = "in the middle of its answer" if received else "without an answer"
    how = "closed" if progress.closed else "reset"
    return no_response(NoResponseKind.RESET, progress, f"the server {how} the connection {where}")


def _connect_failure(cause: BaseException, progress: Progress) -> NoResponse:
    settings = progress.settings
    if isinstance(cause, socket.gaierror | UnicodeError):
        kind = address_kind(settings.family)
        why = f"the name {progress.target.origin.host} has no {kind} ({reason(cause)})"
        return no_response(NoResponseKind.DNS, progress, why, "check how it is written, and the DNS")
    hint = ""
    if settings.unix_socket is not None:
        hint = "check the path of --unix-socket, and whether the server runs"
    elif isinstance(cause, ConnectionRefusedError):
        hint = "check the port, and whether the server runs"
    return no_response(NoResponseKind.CONNECT, progress, f"no connection ({reason(cause)})", hint)


# OpenSSL's verification results (x509_vfy.h).
_EXPIRED, _NOT_YET_VALID, _SELF_SIGNED, _REVOKED = 10, 9, 18, 23
_UNKNOWN_AUTHORITY = frozenset({2, 19, 20, 21})
_ANOTHER_NAME = frozenset({62, 64})


def is_for_another_name(cause: BaseException | None) -> bool:
    """Whether TLS failed because the certificate names another host."""
    return isinstance(cause, ssl.SSLCertVerificationError) and cause.verify_code in _ANOTHER_NAME


def _tls_failure(cause: BaseException, progress: Progress) -> NoResponse:
    if isinstance(cause, ssl.SSLCertVerificationError):
        why, hint = _about_the_certificate(cause, progress)
        return no_response(NoResponseKind.TLS, progress, f"the server's certificate {why}", hint)
    if isinstance(cause, ssl.SSLError) and cause.reason in _NO_TLS:
        hint = f"try http://{progress.target.shown.partition('://')[2]}"
        return no_response(NoResponseKind.TLS, progress, "the port does not speak TLS", hint)
    return no_response(NoResponseKind.TLS, progress, f"the TLS handshake failed ({reason(cause)})")


def _about_the_certificate(cause: ssl.SSLCertVerificationError, progress: Progress) -> tuple[str, str]:
    """What is wrong with it, and what helps."""
    code, words = cause.verify_code, cause.verify_message
    if is_for_another_name(cause):
        return _about_its_names(progress)
    if code == _EXPIRED:
        return f"is not trusted: it is out of date ({words})", "its owner must renew it; -k skips the check"
    if code == _NOT_YET_VALID:
        return f"is not trusted: it is not valid yet ({words})", "check the clock of this computer; -k skips the check"
    if code == _SELF_SIGNED:
        hint = "if it is the right one, trust it with --cacert FILE; -k skips the check"
        return f"is not trusted: it is signed by itself ({words})", hint
    if code in _UNKNOWN_AUTHORITY:
        hint = "name its authority with --cacert FILE; -k skips the check"
        return f"is not trusted: its authority is unknown here ({words})", hint
    return f"is not trusted ({words})", "-k skips the check"


def _about_its_names(progress: Progress) -> tuple[str, str]:
    origin = progress.target.origin
    names = progress.certificate_names
    if not names:
        return f"is for another name than {origin.host}", "use its name in the URL; -k skips the check"
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    port = origin.port or 443
    plain = next((name for name in names if not name.startswith("*")), "NAME")
    return f"is for {shown}, not for {origin.host}", (
        f"use {'that name' if len(names) == 1 else 'one of these names'} in the URL, "
        f"if need be with --resolve {plain}:{port}:ADDRESS; -k skips the check"
    )


def _proxy_failure(exc: Exception, cause: BaseException, progress: Progress) -> NoResponse:
    status = progress.proxy_status
    if status is not None:
        hint = "give user and password in the proxy's URL" if status == 407 else ""
        return no_response(NoResponseKind.PROXY, progress, f"the proxy refused with {exc!s:.80}", hint)
    if progress.closed:
        return no_response(NoResponseKind.PROXY, progress, "the proxy closed the connection")
    if isinstance(exc, httpx.NetworkError):
        return no_response(NoResponseKind.PROXY, progress, f"no connection to the proxy ({reason(cause)})")
    return no_response(NoResponseKind.PROXY, progress, f"the proxy answered with an error ({exc!s:.80})")


def reason(cause: BaseException | None) -> str:
    """What the system says, without its numbers; OpenSSL's words for TLS."""
    if isinstance(cause, ssl.SSLError) and cause.reason:
        return cause.reason.lower().replace("_", " ")
    text = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)
    return text[:1].lower() + text[1:]


def _root(exc: BaseException) -> BaseException:
    while exc.__cause__ is not None:
        exc = exc.__cause__
    return exc
