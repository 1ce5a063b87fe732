"""The lock was released, as read again afterwards.

What happened: UNLOCK was answered with a success, and lockdiscovery no longer shows the lock; or the token was tried
and is dead.

How sure we are: certain where lockdiscovery was read. Likely where only the token could be tried, or where a product
answered that was never seen to say so in vain. From the 2xx of any other nothing is claimed.

What to do: nothing.

How to confirm: `davlock locks URL` shows no lock, or another one.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, Quote, Severity
from davlock.diagnosis.rule import Family, Match, Role, Rule, rfc4918
from davlock.diagnosis.rules.capability import unlock_no_effect
from davlock.diagnosis.rules.conflict import unlock_already_gone
from davlock.diagnosis.situation import locks_read_since


def check(evidence: Evidence) -> Match | None:
    """2xx to UNLOCK, and a look afterwards that does not find the lock."""
    if evidence.method != "UNLOCK" or evidence.status is None or not 200 <= evidence.status < 300 or evidence.refusals:
        return None
    if evidence.page is not None:
        return None  # a page answered, and no UNLOCK was done
    if unlock_no_effect.check(evidence) is not None or unlock_already_gone.check(evidence) is not None:
        return None
    said = (quotes.status_line(evidence), *quotes.request_header(evidence, "Lock-Token"))
    sent = (evidence.headers.get("Lock-Token") or "").strip("<> ")
    free_before = isinstance(evidence.locks_before, Known) and not evidence.locks_before.value
    if locks_read_since(evidence) and isinstance(evidence.locks, Known) and not free_before:
        if any(covering.token == sent for covering in evidence.covering):
            return None
        others = f"; {len(evidence.covering)} other lock(s) remain" if evidence.covering else ""
        shown = Quote(
            "lockdiscovery", "(empty)" if not evidence.covering else "without that token", evidence.locks.exchange
        )
        return Match(
            certainty=Certainty.CERTAIN,
            headline=f"The lock is released{others}",
            explanation="It was looked for again and is gone.",
            retry=NOT_NEEDED,
            evidence=(*said, shown),
        )
    gone = evidence.exists_now
    if isinstance(gone, Known) and not gone.value and evidence.after_subject(gone.exchange):
        return Match(
            certainty=Certainty.CERTAIN,
            headline="The lock is released, and the resource went with it",
            explanation="There is nothing at the URL any more: it was only there because it was locked, or was"
            " deleted.",
            retry=NOT_NEEDED,
            evidence=(*said, Quote("PROPFIND", "404", gone.exchange)),
        )
    if isinstance(evidence.token_alive, Known) and not evidence.token_alive.value:
        tried = Quote("refresh with the same token", "refused: the token is dead", evidence.token_alive.exchange)
        return Match(
            certainty=Certainty.LIKELY,
            headline="The lock is released: its token is dead",
            explanation="This server does not show locks, so the token was tried instead.",
            retry=NOT_NEEDED,
            evidence=(*said, tried),
        )
    server = evidence.server
    if server is None or not server.unlock_answer_proves or locks_read_since(evidence):
        return None
    if free_before or isinstance(evidence.token_alive, Known):
        return None
    return Match(
        certainty=Certainty.LIKELY,
        headline="The lock is released, by the word of the server",
        explanation=f"It was not looked for again; {server.title} was never seen to answer so and keep the lock.",
        retry=NOT_NEEDED,
        evidence=said,
    )


RULE = Rule(
    id="unlocked",
    family=Family.HEALTHY,
    severity=Severity.OK,
    title="verified by reading again",
    page=__doc__,
    check=check,
    role=Role.NOTE,
    references=(rfc4918("9.11"),),
)
