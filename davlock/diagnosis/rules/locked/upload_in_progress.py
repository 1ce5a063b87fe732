"""423 on the same URL right after this client's own request was cut.

What happened: Your own request, which was cut, is probably still at work on the server. A write got no answer in time,
and the same URL is refused as locked right afterwards. The client gave up; the server, or a gateway in front of it,
did not: it still stores the first body, and keeps its own lock on the name until it has done so. Nobody else is
involved.

How sure we are: likely. The cut request and the refusal stand in the same exchanges, and nothing shows another lock.

What to do: wait until the first request has ended. A PHP server ends it with max_execution_time or the time limit of
FPM; a gateway when the store behind it has the whole file. Then look whether the first one was stored, before sending
it again. Unlocking cannot help, and a client that answers the 423 with DELETE loses the file.

How to confirm: `davlock locks URL` shows no lock, and the same write goes through later.
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
"""Seconds: a reasoned first wait where the server names none."""


@rule(
    id="423-upload-in-progress",
    severity=Severity.WARNING,
    statuses=(423,),
    retry=(RetryVerdict.AFTER_WAIT,),
    see=(rfc4918("11.3"),),
)
def check(evidence: Evidence) -> Match | None:
    """Refused as locked after a write of our own on the same URL that got no answer, and no lock that explains it."""
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
            return None  # 423-transactional-stuck: no request lasts for so long
    why = f"{before.status}" if before.status is not None else str(before.outcome)
    advice = evidence.wait_advice
    return Match(
        certainty=Certainty.LIKELY,
        headline="Your own request before, which was cut, is probably still at work on the server",
        explanation=f"The {before.request.method} on the same URL got no answer in time, and the server may not have"
        " noticed that you left. No token is involved, so UNLOCK cannot help.",
        retry=after_wait(advice.seconds if advice else FIRST_WAIT),
        evidence=(Quote(f"{before.request.method} before", why, cut), *quotes.answer(evidence)),
        alternatives=()
        if internal
        else (Alternative("423-held-by-other", "PROPFIND for lockdiscovery: it shows somebody's lock"),),
        remedies=(
            safe("Wait until the server has finished with the first request"),
            safe(
                "See whether the first request was stored, before you send it again",
                ("davlock", "propfind", evidence.target),
            ),
            safe("Then upload in chunks, fewer at once, and give the client a longer time limit (rclone: --timeout)"),
        ),
    )
