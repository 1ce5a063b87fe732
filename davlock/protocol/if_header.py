"""The If header of RFC 4918 §10.4: parse it, print it, and say which condition fails, in which list, and why.

The header is a disjunction of lists, each a conjunction of conditions. Beside that, a lock token that appears in it
counts as submitted, whatever its list evaluates to (§10.4.1).
"""

import re
from collections.abc import Callable, Mapping
from enum import Enum

from davlock.errors import LocalProtocolError, RemoteProtocolError
from davlock.late_pattern import late_pattern
from davlock.protocol.headers import EntityTag, parse_etag_leniently
from davlock.protocol.lock import LockToken
from davlock.values import dataclass

NO_LOCK = LockToken("DAV:no-lock")
"""RFC 4918 §10.4.8: a state token that no resource ever has."""

# What may stand between "<" and ">": anything else could end the condition, the list or the header.
_BRACKETED = r"[^<>\s\x00-\x1f\x7f-\x9f]+"


class IfSyntaxError(RemoteProtocolError):
    """No If header: at the character ``position``, counted from 0, one of ``expected`` should stand."""

    def __init__(self, position: int, expected: str, found: str) -> None:
        super().__init__("If", f"expected {expected} at character {position}, found {found}")
        self.position = position
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Condition:
    """A state token that the resource shall have, or an entity tag: exactly one of the two. ``negated`` is ``Not``."""

    negated: bool
    token: LockToken | None = None
    etag: EntityTag | None = None

    def __post_init__(self) -> None:
        if (self.token is None) == (self.etag is None):
            raise LocalProtocolError("a condition of an If header has either a lock token or an entity tag")
        if self.token is not None:
            _refuse_injection("a lock token", self.token.uri)

    def __str__(self) -> str:
        state = self.token.coded if self.token is not None else f"[{self.etag}]"
        return f"Not {state}" if self.negated else state


@dataclass(frozen=True, slots=True)
class IfList:
    """Conditions that must all hold, on ``resource`` as the tag names it, or on the request's own (``None``)."""

    resource: str | None
    conditions: tuple[Condition, ...]

    def __post_init__(self) -> None:
        if not self.conditions:
            raise LocalProtocolError("a list of an If header needs a condition")
        if self.resource is not None:
            _refuse_injection("a URL", self.resource)

    def __str__(self) -> str:
        return f"({' '.join(map(str, self.conditions))})"


@dataclass(frozen=True, slots=True)
class ResourceState:
    """What an If header is evaluated against: the tokens of every lock whose scope the resource is in, and its ETag."""

    tokens: frozenset[str] = frozenset()
    etag: EntityTag | None = None


# §10.4.4: a URL where nothing is counts as a resource without the state.
UNMAPPED = ResourceState()

StateOf = Callable[[str | None], ResourceState] | Mapping[str | None, ResourceState]
"""The state by resource tag as it stands in the header, ``None`` for the request's own URL."""


class Mismatch(Enum):
    """Why a condition is false."""

    NO_LOCK = "DAV:no-lock is never the token of a lock"
    TOKEN_NOT_HELD = "the resource has no lock with this token"  # noqa: S105 -- a sentence, no secret
    TOKEN_HELD = "the resource has a lock with this token"  # noqa: S105 -- the same
    NO_ETAG = "the resource has no entity tag"
    ETAG_DIFFERS = "the resource has another entity tag"
    ETAG_WEAK = "the entity tags are the same, but a weak one never matches in a strong comparison"
    ETAG_MATCHES = "the resource has this entity tag"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One false condition; both indexes count from 0."""

    list_index: int
    condition_index: int
    condition: Condition
    why: Mismatch


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Whether the header is true, and every condition that is false, those of lists that did not matter too."""

    true: bool
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class IfHeader:
    """An If header: either all lists have a tag or none has."""

    lists: tuple[IfList, ...]

    def __post_init__(self) -> None:
        if not self.lists:
            raise LocalProtocolError("an If header needs a list", "give a lock token")
        if len({if_list.resource is None for if_list in self.lists}) == 2:
            raise LocalProtocolError("an If header cannot have both tagged and untagged lists (RFC 4918 §10.4.2)")

    @classmethod
    def untagged(cls, *tokens: LockToken) -> "IfHeader":
        """Submits ``tokens`` for the request's own URL, each in a list of its own.

        In one list, a single token that has expired would make the header false and lose the others.
        """
        return cls._submitting(None, tokens)

    @classmethod
    def tagged_with(cls, url: str, *tokens: LockToken) -> "IfHeader":
        """Submits ``tokens`` for ``url``, each in a list of its own."""
        _refuse_unsendable("a URL", url, "escape it")
        return cls._submitting(url, tokens)

    @classmethod
    def for_locks(cls, first: tuple[str, LockToken], *others: tuple[str, LockToken]) -> "IfHeader":
        """Submits the token of each lock for its URL: a request has one If header, however many locks it meets."""
        return sum((cls.tagged_with(*lock) for lock in others), start=cls.tagged_with(*first))

    @classmethod
    def _submitting(cls, resource: str | None, tokens: tuple[LockToken, ...]) -> "IfHeader":
        for token in tokens:
            _refuse_unsendable("a lock token", token.uri, "give it exactly as the server sent it")
        return cls(tuple(IfList(resource, (Condition(False, token),)) for token in dict.fromkeys(tokens)))

    def __add__(self, other: "IfHeader") -> "IfHeader":
        """The lists of both: a request that needs the tokens of several resources submits them in one header."""
        return IfHeader(self.lists + other.lists)

    @property
    def tagged(self) -> bool:
        """Returns true if the lists name the resources they apply to."""
        return self.lists[0].resource is not None

    @property
    def tokens(self) -> tuple[LockToken, ...]:
        """The lock tokens submitted, each once.

        §10.4.1 counts every state token that appears. A negated one is left out all the same: who writes
        ``Not <t>`` says that t is not held.
        """
        named = (c.token for if_list in self.lists for c in if_list.conditions if c.token is not None and not c.negated)
        return tuple(token for token in dict.fromkeys(named) if token != NO_LOCK)

    def __str__(self) -> str:
        parts: list[str] = []
        tag: str | None = None
        for if_list in self.lists:
            if if_list.resource != tag:
                tag = if_list.resource
                parts.append(f"<{tag}>")
            parts.append(str(if_list))
        return " ".join(parts)

    def evaluate(self, state: StateOf, *, strong: bool = False) -> Evaluation:
        """§10.4.3: true if every condition of at least one list is.

        §10.4.4 leaves it to the server whether entity tags compare weakly or strongly. Apache's mod_dav compares
        weakly, and that is the default here; ``strong`` asks for the other.
        """
        failures: list[Failure] = []
        true = False
        for list_index, if_list in enumerate(self.lists):
            resource = state.get(if_list.resource, UNMAPPED) if isinstance(state, Mapping) else state(if_list.resource)
            before = len(failures)
            for condition_index, condition in enumerate(if_list.conditions):
                why = _mismatch(condition, resource, strong=strong)
                if why is not None:
                    failures.append(
                        Failure(list_index=list_index, condition_index=condition_index, condition=condition, why=why)
                    )
            true = true or len(failures) == before
        return Evaluation(true, tuple(failures))


def _mismatch(condition: Condition, resource: ResourceState, *, strong: bool) -> Mismatch | None:
    """Why ``condition`` is false on ``resource``; ``None`` if it is true."""
    if condition.etag is not None:
        differs = _etag_mismatch(condition.etag, resource.etag, strong=strong)
        matches = Mismatch.ETAG_MATCHES
    elif condition.token == NO_LOCK:
        differs, matches = Mismatch.NO_LOCK, Mismatch.TOKEN_HELD
    else:
        held = condition.token is not None and condition.token.uri in resource.tokens
        differs, matches = None if held else Mismatch.TOKEN_NOT_HELD, Mismatch.TOKEN_HELD
    if condition.negated:
        return matches if differs is None else None
    return differs


def _etag_mismatch(wanted: EntityTag, current: EntityTag | None, *, strong: bool) -> Mismatch | None:
    if current is None:
        return Mismatch.NO_ETAG
    if not wanted.weak_equal(current):
        return Mismatch.ETAG_DIFFERS
    return Mismatch.ETAG_WEAK if strong and not wanted.strong_equal(current) else None


def _refuse_injection(what: str, text: str) -> None:
    if not re.fullmatch(_BRACKETED, text):
        raise LocalProtocolError(
            f"{text!r:.80} cannot stand in an If header as {what}",
            "it may not have <, >, white space or control characters",
        )


def _refuse_unsendable(what: str, text: str, hint: str) -> None:
    """Header fields carry ASCII (RFC 9110 §5.5), and so does a URI (RFC 3986 §2)."""
    if not text.isascii():
        raise LocalProtocolError(f"{text!r:.80} cannot be sent as {what}: it has characters beyond ASCII", hint)


# RFC 4918 §10.4.2, in the ABNF of RFC 2616 §2.1: literals compare without case, white space may stand between words.
#   If           = "If" ":" ( 1*No-tag-list | 1*Tagged-list )
#   No-tag-list  = List
#   Tagged-list  = Resource-Tag 1*List
#   List         = "(" 1*Condition ")"
#   Condition    = ["Not"] (State-token | "[" entity-tag "]")    ; no LWS between "[", entity-tag and "]"
#   State-token  = Coded-URL                                     ; "<" absolute-URI ">", no LWS
#   Resource-Tag = "<" Simple-ref ">"                            ; no LWS
# Let through because servers do and clients rely on it: a token that is no URI (rclone's is a number), and an entity
# tag without quotes ([etag] is what a client makes of the unquoted getetag of WsgiDAV and Nephele).
# A token without angle brackets, which Go servers let through, is an error: nobody else understands it.
_SPACE = late_pattern(r"[ \t\r\n]*")
_CODED = late_pattern(rf"<({_BRACKETED})>")
_NOT = late_pattern(r"Not(?=[\s<\[])", re.IGNORECASE | re.ASCII)
_ENTITY_TAG = late_pattern(r'\[((?:W/)?"[^"\x00-\x1f\x7f]*"|[^"\[\]\s\x00-\x1f\x7f]+)\]', re.IGNORECASE | re.ASCII)

_STATE = "a state token '<…>' or an entity tag '[\"…\"]'"


def parse_if(text: str) -> IfHeader:
    """The value of an If header."""
    return _Parser(text).header()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    def header(self) -> IfHeader:
        lists: list[IfList] = []
        resource: str | None = None
        opening = "'(' or '<'"
        while self._peek():
            if self._peek() == "<":
                if lists and not lists[0].resource:
                    raise self._error("'(' or the end, since the lists before it have no tag")
                resource = self._coded("a resource tag '<…>' without white space")
                if self._peek() != "(":
                    raise self._error("'('")
            if self._peek() != "(":
                raise self._error(opening)
            lists.append(self._list(resource))
            opening = "'(', '<' or the end" if resource is not None else "'(' or the end"
        if not lists:
            raise self._error(opening)
        return IfHeader(tuple(lists))

    def _list(self, resource: str | None) -> IfList:
        self.position += 1
        conditions = [self._condition(_STATE)]
        while self._peek() != ")":
            conditions.append(self._condition(f"{_STATE} or ')'"))
        self.position += 1
        return IfList(resource, tuple(conditions))

    def _condition(self, expected: str) -> Condition:
        self._peek()
        negation = _NOT.match(self.text, self.position)
        if negation:
            self.position = negation.end()
            expected = _STATE
        match self._peek():
            case "<":
                return Condition(
                    negation is not None, LockToken(self._coded("a state token '<…>' without white space"))
                )
            case "[":
                return Condition(negation is not None, etag=self._entity_tag())
            case _:
                raise self._error(expected)

    def _coded(self, expected: str) -> str:
        match = _CODED.match(self.text, self.position)
        if match is None:
            raise self._error(expected)
        self.position = match.end()
        return match[1]

    def _entity_tag(self) -> EntityTag:
        match = _ENTITY_TAG.match(self.text, self.position)
        if match is None:
            raise self._error("an entity tag '[\"…\"]' without white space around it")
        self.position = match.end()
        return parse_etag_leniently(match[1], where="If")[0]

    def _peek(self) -> str:
        """The next character that is no white space; empty at the end."""
        space = _SPACE.match(self.text, self.position)
        self.position = space.end() if space else self.position
        return self.text[self.position : self.position + 1]

    def _error(self, expected: str) -> IfSyntaxError:
        rest = self.text[self.position : self.position + 40]
        return IfSyntaxError(self.position, expected, repr(rest) if rest else "the end")
