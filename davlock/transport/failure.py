"""What it means that no answer came: which of DNS, connect, TLS, proxy, timeout and reset, in words for a person."""

import socket
import ssl

import httpcore

from davlock.errors import LocalProtocolError, NoResponse, NoResponseKind, RemoteProtocolError
from davlock.transport.call import Call

NETWORK_TROUBLE = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
)
"""Whatever else httpcore raises is a fault in what was given to it."""

# OpenSSL's names, which differ by its version, for an answer that is no TLS.
_NO_TLS = frozenset(
    {"HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL", "WRONG_VERSION_NUMBER"}
)

_TLS_ALERT = b"\x15\x03"


def no_response(kind: NoResponseKind, call: Call, why: str, hint: str = "") -> NoResponse:
    """That ``call`` got no answer, and whether the server may have seen the request nevertheless."""
    return NoResponse(kind, call.target.shown, why, hint=hint, sent=call.sent)


def failure(exc: Exception, call: Call) -> NoResponse:
    """Why there is no answer; raises ``RemoteProtocolError`` if there is one that is not HTTP."""
    if call.asking:
        return _failed_while_asking(exc, call)
    if isinstance(exc, httpcore.TimeoutException):
        return no_response(NoResponseKind.TIMEOUT, call, f"no connection after {call.elapsed:.1f} s")
    # To an https proxy TLS comes first, and once more inside it for the server.
    if call.tls_layers > (1 if call.proxy is not None and call.proxy.scheme == "https" else 0):
        return _tls_failure(call)
    if call.proxy is not None:
        return _proxy_failure(exc, call)
    if isinstance(call.cause, socket.gaierror | UnicodeError):
        why = f"the name {call.target.origin.host} has no address ({reason(call.cause)})"
        return no_response(NoResponseKind.DNS, call, why, "check how it is written, and the DNS")
    hint = "check the port, and whether the server runs" if isinstance(call.cause, ConnectionRefusedError) else ""
    return no_response(NoResponseKind.CONNECT, call, f"no connection ({reason(call.cause)})", hint)


def _failed_while_asking(exc: Exception, call: Call) -> NoResponse:
    if isinstance(exc, httpcore.LocalProtocolError):
        # Its message may quote a header.
        raise LocalProtocolError("such a request cannot be sent by HTTP/1.1", "look at the header fields") from None
    if call.received.startswith(_TLS_ALERT):
        raise RemoteProtocolError("HTTP", "the port speaks TLS: try https:// in place of http://") from None
    if call.received and not b"HTTP/".startswith(call.received[:5]):
        raise RemoteProtocolError("HTTP", f"the answer is not HTTP/1, it begins {call.received[:40]!r}") from None
    if isinstance(exc, httpcore.TimeoutException):
        hint = "if the server is only slow, allow more with --max-time"
        return no_response(NoResponseKind.TIMEOUT, call, f"no complete answer after {call.elapsed:.1f} s", hint)
    if isinstance(call.cause, ssl.SSLError):
        return no_response(NoResponseKind.TLS, call, f"TLS broke down ({reason(call.cause)})")
    if isinstance(exc, httpcore.RemoteProtocolError) and not call.closed:
        raise RemoteProtocolError("HTTP", f"the answer is not valid ({exc!s:.200})") from exc
    where = "in the middle of its answer" if call.received else "without an answer"
    how = "closed" if call.closed else "reset"
    return no_response(NoResponseKind.RESET, call, f"the server {how} the connection {where}")


def _tls_failure(call: Call) -> NoResponse:
    cause = call.cause
    if isinstance(cause, ssl.SSLCertVerificationError):
        why = f"the server's certificate is not trusted ({cause.verify_message})"
        hint = "name its authority with --cacert FILE, or do without the check with -k"
        return no_response(NoResponseKind.TLS, call, why, hint)
    if isinstance(cause, ssl.SSLError) and cause.reason in _NO_TLS:
        hint = f"try http://{call.target.shown.partition('://')[2]}"
        return no_response(NoResponseKind.TLS, call, "the port does not speak TLS", hint)
    return no_response(NoResponseKind.TLS, call, f"the TLS handshake failed ({reason(cause)})")


def _proxy_failure(exc: Exception, call: Call) -> NoResponse:
    if call.proxy_status is not None:
        hint = "give user and password in the proxy's URL" if call.proxy_status == 407 else ""
        return no_response(NoResponseKind.PROXY, call, f"the proxy refused with {exc!s:.80}", hint)
    if call.closed:
        return no_response(NoResponseKind.PROXY, call, "the proxy closed the connection")
    if isinstance(exc, httpcore.NetworkError):
        return no_response(NoResponseKind.PROXY, call, f"no connection to the proxy ({reason(call.cause)})")
    return no_response(NoResponseKind.PROXY, call, f"the proxy answered with an error ({exc!s:.80})")


def reason(cause: BaseException | None) -> str:
    """What the system says, without its numbers; OpenSSL's words for TLS."""
    if isinstance(cause, ssl.SSLError) and cause.reason:
        return cause.reason.lower().replace("_", " ")
    text = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)
    return text[:1].lower() + text[1:]
