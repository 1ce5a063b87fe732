"""Whether the words or the codes of an answer say that something is locked, whatever its status, and who has it."""

import re

from davlock.late_pattern import late_pattern

_THING = (
    r"(?:item|file|document|record|row|resource|object|content|account|user|folder|node|page|entity|entry|index|table"
    r"|database|issue|conversation|discussion|thread|topic|post|branch|repository|project|server|machine|instance|vm"
    r"|state|order|cart|ticket|task|job|asset|workspace|site|shop|store|subscription|card|device)"
)
_FAILS = r"(?:could ?n[o']t|can ?n[o']t|can't|unable to|failed to|failed|failure to|waiting|timed? ?out|timeout|not)"
_ANOTHER = r"another (?:process|user|program|transaction|request|session|operation|task|job|thread|client)"

_LOCKED = late_pattern(
    r"\b(?:is|are|was|were|been|being|got|currently|already|temporarily) (?:\w+ ){0,2}?locked\b"
    rf"|\b{_THING} locked\b(?![\"'`])|\block(?:ed)? (?:is )?(?:held )?by\b|\bholds? (?:a|an|the) (?:\w+ )?lock\b"
    rf"|\b{_FAILS} (?:\w+ ){{0,3}}(?:acquir|obtain|get|grab|tak)(?:e|ing)? (?:[\w-]+ ){{0,4}}lock\b"
    rf"|\b{_FAILS} (?:to )?lock (?:the |this |that )?{_THING}\b|\bacquiring (?:\w+ ){{0,3}}lock\b"
    r"|\block (?:wait )?(?:timeout|timed out)\b|\bwaiting for (?:\w+ ){0,3}lock\b|\bdeadlock (?:found|detected)\b"
    r"|\block is (?:currently |already )?(?:taken|held|in use)\b|\bprotected by (?:an )?object lock\b"
    r"|\bworm[- ]protected\b|\b(?:file|object|resource|state|write|exclusive) lock (?:already )?exists\b"
    r"|\b(?:modify|edit|update|change|delete|write to|save|move|rename|remove|overwrite|replace|comment on|reply to)"
    r" (?:an? |the |this |to )?locked\b"
    rf"|\b(?:used|in use|accessed|modified|held) by {_ANOTHER}\b"
    r"|\b(?:von|durch) [^.\n]{1,40}? gesperrt\b|\bgesperrt (?:von|durch)\b|\bverrouillée? par\b|\bbloccat[oa] da\b"
    r"|\bbloqueado por (?:el|la|otro|otra|un)\b",
    re.IGNORECASE,
)

_OTHER_SENSE = late_pattern(
    r"(?:\b(?:not|never|no longer|cannot|must|should|needs? to|ha(?:s|ve) to|can|could|only|will|would|may|might|gets?"
    r"|before|if|to be)|n['’]t)(?: (?:be|been|being|have|currently|already|yet|first|get|\w+ or))* locked\b"
    r"|\blocked (?:to|down|into|onto|with|out)\b|\blocked(?=\.\w)",
    re.IGNORECASE,
)
"""Words for the opposite, for what has not come yet, and for what is no lock: locked to a version."""

_ACCOUNT = late_pattern(
    r"\baccount\b[^.,;\n]{0,25}?\b(?:is|was|been|temporarily|now|currently) (?:\w+ ){0,2}?locked\b|\baccount locked\b"
    r"|\buser (?:account )?(?:(?:is|was|has been|temporarily|currently|now) )+locked\b|\buser account locked\b"
    r"|^\W*user locked\b|\b(?:your|this) locked account\b",
    re.IGNORECASE,
)

_NOT_YET = late_pattern(
    r"\b(?:if|when|whether|unless|until|before|in case|avoid|prevent|or)\b[^.;\n]{0,60}?\blocked\b"
    r"|\bafter \w+ (?:more |failed |wrong |unsuccessful )*(?:attempts|tries|logins|passwords)\b[^.;\n]{0,60}?"
    r"\blocked\b",
    re.IGNORECASE,
)
"""Words on when an account gets locked, and on what else may be: login pages say them to everybody."""

_BUSY = late_pattern(
    rf"\b{_ANOTHER} (?:[\w()/]+ ){{0,4}}?(?:is|are) (?:currently |already |still )*(?:in progress|running|pending"
    r"|accessing|operating|using|modifying|updating|processing)\b",
    re.IGNORECASE,
)

_WORD = late_pattern(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

_OTHERWISE = frozenset(
    {"not", "no", "missing", "invalid", "unknown", "unsupported", "required", "requires", "without", "expired", "token"}
    | {"optimistic", "version", "mismatch", "released", "lost", "outdated", "time"}
)
"""Words of a code that is about locks, but not about one that is in the way."""

_BY = late_pattern(
    r"\b(?:edited|locked|processed|held|checked[- ]out) \(?(?:by|to)(?: the)?(?: user)?(?: named)?:? "
    r"(?:[“\"']([^“”\"'\n]{1,80})[”\"']|([A-Z][\w.-]*(?: [A-Z][\w.-]*){1,3}|[A-Za-z][\w@+\\-]*(?:\.[\w@+\\-]+)*))"
    r"|\b[Uu]ser (\S+) is currently editing\b",
)

_NOBODY = frozenset(
    {"another", "a", "an", "the", "other", "others", "someone", "somebody", "anyone", "user", "this", "that", "it"}
    | {"your", "our", "my", "his", "her", "their", "default", "with", "process", "session", "transaction", "request"}
    | {"client", "system", "task", "job", "operation", "admin's", "business", "id", "none", "null", "n", "unknown"}
)


def says_locked(words: str) -> bool:
    """Returns true if ``words`` say that something is locked, or that a lock could not be had."""
    return _LOCKED.search(_OTHER_SENSE.sub(" ", words)) is not None


def says_not_locked(words: str) -> bool:
    """Returns true if ``words`` speak of something that is not locked, or not yet."""
    return _OTHER_SENSE.search(words) is not None and not says_locked(words)


def says_account_locked(words: str) -> bool:
    """Returns true if ``words`` say that it is an account that is locked."""
    return _ACCOUNT.search(_NOT_YET.sub(" ", _OTHER_SENSE.sub(" ", words))) is not None


def says_busy(words: str) -> bool:
    """Returns true if ``words`` say that another operation is under way."""
    return _BUSY.search(words) is not None


def is_lock_code(codes: str) -> bool:
    """Returns true if one of ``codes``, parted by blanks, names a lock that is in the way: ``item_locked``."""
    return any(_names_a_lock(words) for words in _words_of(codes))


def is_account_code(codes: str) -> bool:
    """Returns true if one of ``codes`` names a locked account."""
    return any(_names_a_lock(words) and not words.isdisjoint({"account", "user"}) for words in _words_of(codes))


def holder_in(words: str) -> str:
    """Returns who holds the lock, as ``words`` say; empty if they name nobody."""
    match = _BY.search(words)
    name = (match[1] or match[2] or match[3] or "").rstrip(".") if match is not None else ""
    return "" if name.lower() in _NOBODY else name


def _words_of(codes: str) -> list[frozenset[str]]:
    return [frozenset(word.lower() for word in _WORD.findall(code[:200])) for code in codes.split()[:20]]


def _names_a_lock(words: frozenset[str]) -> bool:
    return words != {"lock"} and not words.isdisjoint({"lock", "locked"}) and words.isdisjoint(_OTHERWISE)
