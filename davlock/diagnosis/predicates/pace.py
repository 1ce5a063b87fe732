"""Whether a server refuses a request because there are too many of them."""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.own_words import own_words
from davlock.diagnosis.predicates.applications import application_refusal
from davlock.protocol.lock_words import says_locked
from davlock.protocol.retry_after import THROTTLED
from davlock.servers.phrases import Said, Sayings


def paced(evidence: Evidence) -> bool:
    """Returns true if the request was refused for the number of requests: by 429, or by a 503 that says so.

    Not if the answer says in so many words that something is locked: a 429 of Stripe is often about one object.
    """
    cause, error, response = evidence.cause, evidence.error, evidence.response
    if cause is None or error is None or response is None or cause.status not in THROTTLED:
        return False
    application = application_refusal(evidence)
    if (application is not None and application.is_lock) or says_locked(own_words(evidence)):
        return False
    said = (response.reason, error.message or "", error.exception or "", *error.json_codes, *cause.codes)
    return cause.status == 429 or any(Said.TOO_MANY_REQUESTS in Sayings(words) for words in said)
