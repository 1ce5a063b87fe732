"""What the findings about applications share: the answer's words, the holder, and the application's own way out.

No WebDAV remedy helps here: no token opens such a lock, and lockdiscovery does not show it.
"""

from dataclasses import replace

from davlock.applications.application import Actor, ApplicationRefusal, Harm, RefusalKind, Sign
from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Remedy, Risk, Who, after_wait
from davlock.diagnosis.own_words import for_headline
from davlock.diagnosis.predicates.applications import application_refusal
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.rule import Match
from davlock.diagnosis.wording import retry_as_told, seconds_in_words
from davlock.protocol.precondition import BodyKind

_LONGEST = 130
"""Characters of the server's words in an explanation, so that davlock's own fit beside them."""

_CERTAINTIES = {
    Sign.CERTAIN: Certainty.CERTAIN,
    Sign.LIKELY: Certainty.LIKELY,
    Sign.POSSIBLE: Certainty.POSSIBLE,
}
_WHO = {Actor.YOU: Who.YOU, Actor.HOLDER: Who.LOCK_OWNER, Actor.ADMIN: Who.SERVER_ADMIN}
_RISKS = {Harm.SAFE: Risk.SAFE, Harm.INTRUSIVE: Risk.INTRUSIVE, Harm.DESTRUCTIVE: Risk.DESTRUCTIVE}


def application_match(evidence: Evidence, kind: RefusalKind) -> Match | None:
    """Returns the match if an application of ``kind`` refused the request, else ``None``."""
    refusal = application_refusal(evidence)
    if refusal is None or refusal.application.kind is not kind:
        return None
    if not refusal.message and evidence.error is not None and evidence.error.kind is BodyKind.HTML:
        refusal = replace(refusal, message=" ".join((evidence.error.message or "").split()))
    application = refusal.application
    certain = refusal.sign is Sign.CERTAIN
    told = (application.subject or refusal.holder) and " " in refusal.message  # a word alone is a code
    quoted = f"The server says: “{for_headline(refusal.message, _LONGEST)}”. " if told else ""
    return Match(
        certainty=_CERTAINTIES[refusal.sign],
        headline=headline_of(refusal),
        explanation=f"{quoted}{application.explanation}",
        retry=retry_as_told(evidence, after_wait() if application.waits else AFTER_CHANGE),
        evidence=(
            *quotes.answer(evidence),
            *quotes.response_header(evidence, "x-ms-error-code"),
            *quotes.response_header(evidence, "Tus-Resumable"),
            *quotes.response_header(evidence, "Retry-After"),
        ),
        facts=(
            ("application", application.name),
            ("holder", refusal.holder or None),
            ("since", refusal.since or None),
            ("until", refusal.until or None),
            ("id", refusal.id or None),
            ("message", refusal.message or None),
        ),
        remedies=(*_wait_as_told(evidence), *remedies_of(refusal)),
        alternatives=() if certain else tuple(Alternative(id_, look) for id_, look in application.otherwise),
    )


def _wait_as_told(evidence: Evidence) -> tuple[Remedy, ...]:
    advice = evidence.wait_advice
    if advice is None or advice.seconds <= 0:
        return ()
    return (safe(f"Wait {seconds_in_words(advice.seconds)}, then send it again"),)


def headline_of(refusal: ApplicationRefusal) -> str:
    """Returns who holds it since when, or the answer's own words if the application names no subject."""
    application = refusal.application
    if application.subject:
        by = f" by {refusal.holder}" if refusal.holder else ""
        since = f", since {refusal.since}" if refusal.since else ""
        since += f", until {refusal.until}" if refusal.until else ""
        return f"{application.subject} {application.state}{by}{since}"
    who = application.title[:1].upper() + application.title[1:]
    if refusal.message:
        return f"{who} says: “{for_headline(refusal.message)}”"
    return f"{who} refuses the request {'as locked' if refusal.is_lock else 'because of a conflict'}"


def remedies_of(refusal: ApplicationRefusal) -> tuple[Remedy, ...]:
    """Returns the application's own ways out."""
    return tuple(
        Remedy(_WHO[way.actor], way.title, refusal.command_of(way) or None, _RISKS[way.harm])
        for way in refusal.application.ways
    )
