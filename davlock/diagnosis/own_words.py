"""What an answer says in its own words, if they say more than its status: the best evidence of a cause."""

from davlock.diagnosis.evidence import Evidence
from davlock.protocol.lock_words import says_locked
from davlock.protocol.precondition import BodyKind
from davlock.protocol.status_words import says_more

LONGEST = 500
"""Characters of words that are quoted; a page of HTML gets fewer."""

_IN_A_HEADLINE = 80
"""Characters of words that are quoted in a headline, which is one line of a screen."""

_LONGEST_PAGE = 200

_STOCK = ("that this server could not understand", "is not allowed for the url", "was not found on this server")
"""Words of the pages that web servers show for a status, whatever the cause."""


def own_words(evidence: Evidence) -> str:
    """Returns the message of the answer's body, else its reason phrase; empty where neither says more than the status.

    A page of HTML counts only if it is short: its first words are those of a menu otherwise.
    """
    error, response = evidence.error, evidence.response
    if evidence.cause is None or evidence.cause.member or response is None:
        return ""
    message = " ".join((error.message or "").split()) if error is not None else ""
    page = error is not None and error.kind is BodyKind.HTML
    if page and (len(message) > _LONGEST_PAGE or any(words in message.lower() for words in _STOCK)):
        message = ""
    for words in (message, response.reason):
        if words and (says_more(words) or (evidence.cause.status != 423 and says_locked(words))):
            return words[:LONGEST]
    return ""


def for_headline(words: str, longest: int = _IN_A_HEADLINE) -> str:
    """Returns words of an answer as a headline can quote them: cut between two words, without a full stop."""
    words = " ".join(words.split()).rstrip(".")
    if len(words) <= longest:
        return words
    return f"{words[:longest].rpartition(' ')[0] or words[:longest]} …"
