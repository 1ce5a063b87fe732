"""your own earlier, interrupted request is still being processed.

What happened: your write got no answer in time, and the next request on the same URL is refused as locked. Your
program gave up, but the server, or a gateway in front of it, did not. It still stores the first upload, and locks the
name until it has finished. Nobody else is involved.

How sure we are: likely. The interrupted request and the refusal are in the same capture, and nothing shows another
lock.

What to do: wait until the server has finished: at the latest when PHP's max_execution_time or the gateway's time limit
ends the request. Then check if the file is there before you upload it again. Do not send UNLOCK, which cannot help, or
DELETE, which loses the file. For the next upload, raise the client's time limit, or upload in chunks.

How to confirm: `davlock locks URL` shows no lock, and the same write works later.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import READS, Evidence
from davlock.diagnosis.finding import Alternative, Certainty, Quote, RetryVerdict, Severity, after_wait
from davlock.diagnosis.logins import logins_differ
from davlock.diagnosis.predicates.file_locks import LIFE, file_locked_since, is_transactional
from davlock.diagnosis.predicates.refusal import refused_as_locked
from davlock.diagnosis.predicates.sequence import cut_before, seconds_between
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.rule import Match, rfc4918, rule

FIRST_WAIT = 60.0
"""Seconds to wait first, if the server names no time."""


@rule(
    id="423-upload-in-progress",
    severity=Severity.WARNING,
    statuses=(423,),
    retry=(RetryVerdict.AFTER_WAIT,),
    see=(rfc4918("11.3"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a refusal as locked after the person's own write on that URL got no answer, if no lock explains it."""
    if not refused_as_locked(evidence) or evidence.method == "UNLOCK":
        return None
    internal = is_transactional(evidence)
    if not internal and (evidence.covering or evidence.submitted or evidence.method in READS):
        return None
    cut = cut_before(evidence)
    if cut is None:
        return None
    before = evidence.exchanges[cut]
    if logins_differ(before.request.headers, evidence.headers):
        return None  # another client's
    passed = seconds_between(evidence, cut, evidence.subject or 0)
    if passed is not None and passed >= LIFE:
        return None
    first = file_locked_since(evidence)
    if first is not None and evidence.subject is not None:
        lasted = seconds_between(evidence, first, evidence.subject)
        if lasted is not None and lasted >= LIFE:
            return None  # 423-transactional-stuck: no request lasts that long
    ending = f"{before.status}" if before.status is not None else str(before.outcome)
    advice = evidence.wait_advice
    return Match(
        certainty=Certainty.LIKELY,
        headline="The server is still processing your earlier, interrupted request",
        explanation=f"Your {before.request.method} on the same URL got no answer in time, and the server may not have"
        " noticed that you left. UNLOCK cannot help, because no token is involved.",
        retry=after_wait(advice.seconds if advice else FIRST_WAIT),
        evidence=(Quote(f"{before.request.method} before", ending, cut), *quotes.answer(evidence)),
        alternatives=()
        if internal
        else (Alternative("423-held-by-other", "PROPFIND for lockdiscovery: it shows somebody's lock"),),
        remedies=(
            safe("Wait until the server has finished"),
            safe("Check if the first upload was stored", ("davlock", "propfind", evidence.target)),
            safe("Raise the client's time limit (rclone: --timeout)"),
        ),
    )
