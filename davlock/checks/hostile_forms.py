"""Forms of If and Timeout that crash some servers: the hostile checks of the group ``if``."""

from davlock.checks.context import CheckContext
from davlock.checks.exclusive import LOCK
from davlock.checks.if_conditions import GROUP as IF_GROUP
from davlock.checks.if_conditions import LOCKS
from davlock.checks.outcomes import CheckFailed
from davlock.checks.requester import NEW
from davlock.checks.results import Level
from davlock.operations.answers import refusal
from davlock.operations.probe import went_well
from davlock.operations.scratch import OLD
from davlock.protocol import request_bodies, requests
from davlock.protocol.if_header import IfHeader
from davlock.protocol.lock import LockScope

GROUP = IF_GROUP
check = GROUP.check


@check(
    "if-untagged",
    "The server accepts an untagged token",
    Level.MUST,
    "RFC 4918 §10.4.2",
    litmus="owner_modify",
    needs=LOCKS,
    hostile=True,
)
def if_untagged(context: CheckContext) -> None:
    """Sends PUT to a locked file with `(<token>)`, as most clients send it. This request crashes some servers."""
    url = context.file()
    taken = context.lock(url)
    field = ("If", str(IfHeader.untagged(taken.token)))
    context.done(context.put(url, NEW, field), url, what="PUT with an untagged token")


@check("if-path-tag", "The server accepts a path as tag", Level.SHOULD, "RFC 4918 §10.4.2", needs=LOCKS, hostile=True)
def if_path_tag(context: CheckContext) -> None:
    """Sends PUT to a locked file, with its token after the path alone. RFC 4918 §8.3 allows this, and it survives a
    proxy that changes the host.
    """
    url = context.file()
    taken = context.lock(url)
    path = "/" + url.split("/", 3)[3]
    context.done(context.put(url, NEW, context.tagged(taken, path)), url, what="PUT with a path as tag")


@check("if-garbage", "A malformed If header is rejected", Level.MUST, "RFC 4918 §10.4.2", hostile=True)
def if_garbage(context: CheckContext) -> None:
    """PUT with an If header that cannot be parsed must return 400. A server that writes nevertheless ignores a
    condition.
    """
    url = context.file()
    context.refused(
        context.put(url, NEW, ("If", "(<nonsense")), url, OLD, status=(400, 412), what="PUT with a malformed If"
    )


@check(
    "timeout-list",
    "The server accepts a list in Timeout",
    Level.MUST,
    "RFC 4918 §10.7",
    needs=(LOCK,),
    hostile=True,
)
def timeout_list(context: CheckContext) -> None:
    """Sends LOCK with `Timeout: Infinite, Second-4100000000`, the RFC's own example. lighttpd 1.4.69 hangs on it for
    good.
    """
    url = context.file()
    fields = (
        ("Depth", "0"),
        ("Timeout", "Infinite, Second-4100000000"),
        ("Content-Type", requests.XML_TYPE),
    )
    body = request_bodies.lockinfo(LockScope.EXCLUSIVE, context.owner)
    asked = context.request("LOCK", url, *fields, body=body)
    if not went_well(asked):
        raise CheckFailed(refusal(asked, "LOCK with a list of timeouts"), context.last)
