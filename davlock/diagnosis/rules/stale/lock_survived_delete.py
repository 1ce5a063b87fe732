"""the lock still exists although its resource is gone.

What happened: RFC 4918 wants a lock to end with its resource. Here a lock from before the DELETE or MOVE is still
shown, or still blocks what comes after. Programs that save by deleting and writing again (Word on a mapped drive) block
themselves, and some of them then delete the file.

How sure we are: certain if the server shows the same token before and after. Likely if it refuses a write after the
DELETE as locked and you never released your lock.

What to do: release the leftover lock with its token, at the same URL. Update the server: seafdav had this fault.

How to confirm: `davlock locks URL` no longer shows the token.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.predicates.locks import locks_read_since
from davlock.diagnosis.predicates.refusal import blamed, refused_as_locked
from davlock.diagnosis.remedies import for_admin, intrusive
from davlock.diagnosis.resource import says_missing
from davlock.diagnosis.rule import Match, Role, rfc4918, rule
from davlock.locks.observed import ObservedLock
from davlock.protocol.lock import Depth
from davlock.protocol.url import same_path, same_resource


@rule(
    id="lock-survived-delete",
    severity=Severity.WARNING,
    role=Role.NOTE,
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("9.6"), rfc4918("7.7")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a token shown both before and after the target was gone, or a write refused as locked after a DELETE."""
    gone = _last_gone(evidence)
    if gone is None:
        return None
    seen = [entry for entry in evidence.sightings if same_resource(entry.url, evidence.target)]
    before = {entry.token for entry in seen if entry.exchange < gone}
    before -= {entry.token for entry in seen if entry.exchange > gone and entry in evidence.grants}
    for covering in evidence.covering:
        if covering.token in before and covering.exchange > gone and _is_on_it(covering, evidence):
            return _match(evidence, gone, covering.token or "", (quotes.lock(covering),), mine=bool(covering.held))
    if not _refused_since(evidence, gone):
        return None
    taken = [entry for entry in evidence.taken if entry.exchange < gone and same_path(entry.url, evidence.target)]
    for entry in taken:
        token = entry.lock.token.uri if entry.lock.token else ""
        if token in before:
            quote = (Quote("LOCK answer", f"token {token}", entry.exchange), *quotes.answer(evidence))
            return _match(evidence, gone, token, quote, mine=True, certainty=Certainty.LIKELY)
    return None


def _last_gone(evidence: Evidence) -> int | None:
    """Returns the last exchange that shows the target gone. Not a GET, which a lock-null resource answers with 404."""
    for index in reversed(range(len(evidence.exchanges))):
        exchange = evidence.exchanges[index]
        method, status = exchange.request.method.upper(), exchange.status
        if status is None or not same_resource(exchange.request.url, evidence.target):
            continue
        if (method in ("DELETE", "MOVE") and 200 <= status < 300 and status != 207) or (
            method == "PROPFIND" and says_missing(exchange)
        ):
            return index
    return None


def _is_on_it(covering: ObservedLock, evidence: Evidence) -> bool:
    """Whether the lock was taken on the target: a lock on a collection above lives on, as it should."""
    return covering.direct is True or (
        covering.root is None and covering.lock.depth is Depth.ZERO and same_path(covering.url, evidence.target)
    )


def _refused_since(evidence: Evidence, gone: int) -> bool:
    if not refused_as_locked(evidence) or gone > (evidence.subject or 0) or blamed(evidence) is not None:
        return False
    return not locks_read_since(evidence) and evidence.exchanges[gone].request.method.upper() == "DELETE"


def _match(
    evidence: Evidence,
    gone: int,
    token: str,
    seen: tuple[Quote, ...],
    *,
    mine: bool,
    certainty: Certainty = Certainty.CERTAIN,
) -> Match:
    removal = evidence.exchanges[gone]
    command = ("davlock", "unlock", evidence.target, "--token", token)
    return Match(
        certainty=certainty,
        headline="The lock still exists although its resource was deleted or moved",
        explanation="A lock should end with its resource. This one is left over and blocks what comes after.",
        retry=AFTER_CHANGE,
        evidence=(Quote(removal.request.method, f"answered {removal.status}", gone), *seen),
        facts=(("token", token),),
        remedies=(
            *((intrusive("Release the leftover lock", command),) if mine else ()),
            for_admin(intrusive("Update the server, which should end such locks")),
        ),
    )
