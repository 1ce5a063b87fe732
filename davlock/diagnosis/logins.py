"""Which requests came with a login, and whether the server tells those who send them apart."""

import re
from collections.abc import Sequence

from davlock.capture.secret import SECRET_FIELDS, login_mark
from davlock.diagnosis.fact import Fact, Known, NotAsked
from davlock.late_pattern import late_pattern
from davlock.protocol.message import Exchange, Headers

REFUSED = (401, 403)
WRITES = frozenset({"PUT", "MKCOL", "DELETE", "PROPPATCH", "COPY", "MOVE", "LOCK", "UNLOCK"})


def has_login(headers: Headers) -> bool | None:
    """Whether a request says who sends it; ``None`` where not all of its header fields are known."""
    if any(name.lower() in SECRET_FIELDS for name, _ in headers):
        return True
    return False if headers.complete else None


def login_of(headers: Headers) -> str | None:
    """Authorization, to be compared with another one: of a hidden one its user's mark, without the scheme."""
    value = headers.get("Authorization")
    return value if value is None else login_mark(value) or value


def users_told_apart(exchanges: Sequence[Exchange]) -> Fact[bool]:
    """Whether the server tells users apart: a request that came with a login and also without one decides.

    Known false where the server did what both asked: whoever logs in then does it in vain. Only PROPFIND and writes
    count, for GET and OPTIONS are often open to everybody. A 401 or 403 to any request without a login outweighs that:
    there are servers that let everybody read.
    """
    logins = [has_login(exchange.request.headers) for exchange in exchanges]
    done = {_key(exchange) for exchange, login in zip(exchanges, logins, strict=True) if login and _was_done(exchange)}
    if not done:
        return NotAsked("no request came with a login")
    apart: Fact[bool] = NotAsked("no request came both with a login and without")
    for index, (exchange, login) in enumerate(zip(exchanges, logins, strict=True)):
        if login is not False:
            continue
        if exchange.status in REFUSED:
            return Known(True, index)
        if _key(exchange) in done and _was_done(exchange):
            apart = Known(False, index)
    return apart


def _key(exchange: Exchange) -> tuple[str, str]:
    return exchange.request.method.upper(), exchange.request.url


def _was_done(exchange: Exchange) -> bool:
    method = exchange.request.method.upper()
    if method == "PROPFIND":
        return exchange.status == 207
    return method in WRITES and exchange.response is not None and exchange.response.ok and exchange.status != 207


_DIGEST_USER = late_pattern(r"^Digest\b.*\busername=(\"[^\"]*\"|[^\s,]+)", re.IGNORECASE | re.DOTALL)


def logins_differ(first_fields: Headers, second_fields: Headers) -> bool | None:
    """Returns true if two requests came with different credentials; ``None`` where that cannot be seen.

    Credentials are taken out of captures and traces; a mark stays that is the same for one user. Two values of Digest
    differ even for one user.
    """
    first, second = (headers.get("Authorization") for headers in (first_fields, second_fields))
    if first is None or second is None:
        return first != second if first_fields.complete and second_fields.complete else None
    if first == second:
        return False
    marks = [login_mark(value) for value in (first, second)]
    if None not in marks:
        return marks[0] != marks[1]  # what is hidden is marked, each user's otherwise
    users = [_DIGEST_USER.search(value) for value in (first, second)]
    if all(users):
        first, second = (user[1] for user in users if user is not None)
        return first != second
    if all(value.lower().startswith(("basic ", "bearer ")) for value in (first, second)):
        return first != second
    return None
