"""Whether the words or the codes of an answer say that something is locked, whatever its status."""

import re

from davlock.applications.refused_request import RefusedRequest
from davlock.late_pattern import late_pattern

_THING = (
    r"(?:item|file|document|record|row|resource|object|content|account|user|folder|node|page|entity|entry|index|table"
    r"|database|issue|conversation|discussion|thread|topic|post|branch|repository|project|server|machine|instance|vm"
    r"|state|order|cart|ticket|task|job|asset|workspace|site|shop|store|subscription|card|device)"
)
_FAILS = r"(?:could ?n[o']t|can ?n[o']t|can't|unable to|failed to|failed|failure to|waiting|timed? ?out|timeout|not)"

_LOCKED = late_pattern(
    r"\b(?:is|are|was|were|been|being|got|currently|already|temporarily) (?:\w+ ){0,2}?locked\b"
    rf"|\b{_THING} locked\b(?![\"'`])|\block(?:ed)? (?:is )?(?:held )?by\b|\bholds? (?:a|an|the) (?:\w+ )?lock\b"
    rf"|\b{_FAILS} (?:\w+ ){{0,3}}(?:acquir|obtain|get|grab|tak)(?:e|ing)? (?:[\w-]+ ){{0,4}}lock\b"
    rf"|\b{_FAILS} (?:to )?lock (?:the |this |that )?{_THING}\b|\bacquiring (?:\w+ ){{0,3}}lock\b"
    r"|\block (?:wait )?(?:timeout|timed out)\b|\bprotected by (?:an )?object lock\b"
    r"|\b(?:file|object|resource|state|write|exclusive) lock (?:already )?exists\b"
    r"|\b(?:modify|edit|update|change|delete|write to|save|move|rename|remove|overwrite|replace|comment on|reply to)"
    r" (?:an? |the |this |to )?locked\b",
    re.IGNORECASE,
)

_NOT_LOCKED = late_pattern(
    r"(?:\b(?:not|never|no longer|cannot|must|should|needs? to|ha(?:s|ve) to|can|only)|n['’]t)"
    r"(?: (?:be|been|being|currently|already|yet|first))* locked\b",
    re.IGNORECASE,
)
"""Words for the opposite: something had to be locked first."""

_WORD = late_pattern(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

_OTHERWISE = frozenset(
    {"not", "no", "missing", "invalid", "unknown", "unsupported", "required", "requires", "without", "expired", "token"}
)
"""Words of a code that is about locks, but not about one that is in the way."""


def says_locked(words: str) -> bool:
    """Returns true if ``words`` say that something is locked, or that a lock could not be had."""
    return _LOCKED.search(_NOT_LOCKED.sub(" ", words)) is not None


def is_lock_code(codes: str) -> bool:
    """Returns true if one of ``codes``, parted by blanks, names a lock that is in the way: ``item_locked``."""
    return any(_names_a_lock(code) for code in codes.split()[:20])


def _names_a_lock(code: str) -> bool:
    words = {word.lower() for word in _WORD.findall(code[:200])}
    return not words.isdisjoint({"lock", "locked"}) and words.isdisjoint(_OTHERWISE)


_BY = late_pattern(
    r"\b(?:(?:edited|locked|processed|checked[- ]out) \(?(?:by|to)(?: the)?(?: user)? [“\"']?"
    r"|user (?=\S+ is currently editing))([\w@+\\-]+(?:\.[\w@+\\-]+)*)",
    re.IGNORECASE,
)
_NOBODY = frozenset({"another", "a", "an", "the", "other", "others", "someone", "somebody", "user", "this", "default"})


def holder_in_words(refused: RefusedRequest) -> str:
    """Returns who holds the lock, as the message says; empty if it names nobody."""
    match = _BY.search(refused.words)
    return match[1] if match is not None and match[1].lower() not in _NOBODY else ""
