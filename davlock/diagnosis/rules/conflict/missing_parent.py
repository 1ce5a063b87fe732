"""the folder above does not exist, or is a file.

What happened: your program tried to create something in a folder that does not exist. Servers answer 409 to PUT,
MKCOL, LOCK, COPY and MOVE; some use 404 (sabre, Go), 403 (lighttpd, LOCK) or 500 (nginx, PUT). No lock is involved.

How sure we are: certain if davlock asked for the folder, if someone created it only later, or if the answer says so.
Likely from a 409 alone, or from a 404 to a request that can create something. Possible if the server also uses this
status for other reasons, or if nothing shows WebDAV.

What to do: create the missing folders, the outermost first (MKCOL; 405 means that a folder exists already). Then
repeat the request.

How to confirm: `davlock propfind FOLDER` gets 404, or shows that it is a file.
"""

from enum import Enum

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import CREATING, Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Quote, Remedy, RetryVerdict, Severity
from davlock.diagnosis.own_words import own_words
from davlock.diagnosis.predicates.applications import is_thin, may_be_no_dav
from davlock.diagnosis.predicates.refusal import refused_as_locked
from davlock.diagnosis.predicates.stated_cause import stated_cause
from davlock.diagnosis.remedies import intrusive, safe
from davlock.diagnosis.resource import find, read_propfind, view
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.diagnosis.wording import look_above, parent_of
from davlock.protocol.message import Exchange
from davlock.protocol.precondition import BodyKind
from davlock.protocol.url import ancestors, first_below, is_ancestor, is_path_above, resolve, same_resource
from davlock.servers.phrases import Said
from davlock.values import dataclass

_WRITTEN = (BodyKind.TEXT, BodyKind.XML, BodyKind.JSON, BodyKind.PROBLEM)


@rule(
    id="409-missing-parent",
    severity=Severity.ERROR,
    statuses=(403, 404, 409, 500),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("9.7.1"), rfc4918("9.3.1"), rfc4918("9.10.6")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a refusal to create something if the parent is missing, is said to be missing, or was not asked for."""
    cause = evidence.cause
    if evidence.method not in CREATING or cause is None or cause.member or evidence.is_refresh:
        return None
    if refused_as_locked(evidence) or cause.status not in (400, 403, 404, 409, 415, 424, 500):
        return None
    place = evidence.destination or evidence.target
    seen = _seen(evidence, parent_of(place)) or _asked(evidence, place)
    if seen is not None:
        return None if seen.state is _State.THERE else _match(evidence, place, Certainty.CERTAIN, seen)
    if place.partition("://")[0] != place and ancestors(parent_of(place)) == ():
        return None  # the root of a server exists
    if (stated := _said(evidence)) is not None:
        return _match(evidence, place, Certainty.CERTAIN, stated)
    if evidence.method in ("PUT", "MKCOL") and stated_cause(evidence) is Said.MISSING:
        return _match(evidence, place, Certainty.LIKELY)  # the target need not exist before, but its parent must
    if is_thin(evidence):
        return None  # any application may say so about anything
    if evidence.method in ("COPY", "MOVE") and cause.status == 404:
        return None  # the source does not exist
    if evidence.destination is not None and same_resource(parent_of(place), parent_of(evidence.target)):
        return None  # the source is in it
    if cause.status == 404 and may_be_no_dav(evidence):
        return None  # an application says so about the object to change
    if cause.status == 404 and evidence.method == "LOCK":
        # Not every server lets LOCK create: it may be the resource itself that is missing.
        other = Alternative("404-not-found", f"PROPFIND {parent_of(place)}: it exists, but the resource does not")
        return _match(evidence, place, Certainty.LIKELY, alternatives=(other,))
    if cause.status == 404:
        return _match(evidence, place, Certainty.LIKELY)
    if cause.status == 500 and evidence.method == "PUT" and _page_of_nginx(evidence):
        other = Alternative("403-no-permission", f"PROPFIND {parent_of(place)}: it exists, but is not writable")
        return _match(evidence, place, Certainty.POSSIBLE, alternatives=(other,))
    if cause.status != 409:
        return None
    if evidence.error is not None and (evidence.error.exception or evidence.error.preconditions):
        return None  # the server named another reason
    if Said.OTHER_CONFLICT in evidence.said:
        return None
    if _says_something_else(evidence):
        return None
    if evidence.method == "MKCOL" and not evidence.target.endswith("/"):
        other = Alternative("405-method-not-allowed", f"MKCOL {evidence.target}/ (nginx insists on the trailing slash)")
        return _match(evidence, place, Certainty.POSSIBLE, alternatives=(other,))
    if may_be_no_dav(evidence):
        other = Alternative("409-unexplained", f"PROPFIND {parent_of(place)}: it exists, or this is not WebDAV")
        return _match(evidence, place, Certainty.POSSIBLE, alternatives=(other,))
    exists = Alternative("409-move-onto-existing", f"PROPFIND {place}: it exists, and cannot be replaced")
    overwriting = evidence.method == "MOVE" and (evidence.headers.get("Overwrite") or "T").upper() == "T"
    return _match(evidence, place, Certainty.LIKELY, alternatives=(exists,) if overwriting else ())


def _says_something_else(evidence: Evidence) -> bool:
    """Whether the answer's own words give another reason. Web pages do not count: they say the same for many causes."""
    written = evidence.error is not None and evidence.error.kind in _WRITTEN
    return written and bool(own_words(evidence)) and stated_cause(evidence) is not Said.MISSING


class _State(Enum):
    """What is known about a collection, as the predicate of a sentence."""

    THERE = "exists"
    FILE = "is not a folder"
    MISSING = "does not exist"
    NO_USE = "does not exist or is not a folder"


@dataclass(frozen=True, slots=True)
class _Seen:
    """What an exchange shows about the collection above, and the words to quote."""

    state: _State
    quote: Quote | None = None


def _asked(evidence: Evidence, place: str) -> _Seen | None:
    """What a PROPFIND on the parent said."""
    parent = evidence.parent_is_collection if place == evidence.target else None
    if not isinstance(parent, Known):
        return None
    if parent.value:
        return _Seen(_State.THERE)
    if evidence.exchanges[parent.exchange].status == 404:
        return _Seen(_State.MISSING, Quote("PROPFIND on it", "404", parent.exchange))
    return _Seen(_State.FILE, Quote("PROPFIND on it", "no collection", parent.exchange))


def _said(evidence: Evidence) -> _Seen | None:
    """Returns what the refusal itself says about the collection above."""
    error, said = evidence.error, evidence.said
    status = evidence.cause.status if evidence.cause is not None else 0
    if stated_cause(evidence) is Said.PARENT_MISSING and Said.NO_COLLECTION not in said:
        return _Seen(_State.MISSING)
    if error is None or status not in (404, 409, 415):
        return None
    if Said.PARENT_IS_FILE in said or (status == 415 and Said.DESTINATION_NO_COLLECTION in said):
        return _Seen(_State.FILE)
    if status == 415:
        return None
    if Said.PARENT_NO_COLLECTION in said:
        return _Seen(_State.NO_USE)
    located = evidence.method not in ("COPY", "MOVE") and Said.NODE_NOT_LOCATED in said
    # In a namespace of its own, an exception is read as a code, and only the quote has its name.
    named = "ancestorsnotfound" in f"{error.exception} {error.quote}".lower()
    if located or Said.PARENT_NOT_THERE in said or named:
        return _Seen(_State.MISSING)
    return None


def _seen(evidence: Evidence, above: str) -> _Seen | None:
    """Returns what the other exchanges show about the collection ``above`` at the time of the refusal."""
    state: _Seen | None = None
    for index, exchange in enumerate(evidence.exchanges):
        response, method, url = exchange.response, exchange.request.method.upper(), exchange.request.url
        if response is None or index == evidence.subject:
            continue
        made = method == "MKCOL" and response.status == 201
        if made and evidence.after_subject(index) and _is_at_or_above(url, above):
            if same_resource(url, above) and (state is None or state.state is not _State.THERE):
                return _Seen(_State.MISSING, Quote("MKCOL on it afterwards", "201", index))
            return state  # later exchanges show what was created since
        put = resolve(url, exchange.request.headers.get("Destination") or "") if method in ("COPY", "MOVE") else ""
        if response.ok and put and _is_at_or_above(above, put):
            state = _Seen(_State.THERE)
        elif response.ok and method in ("DELETE", "MOVE") and _is_at_or_above(url, above):
            state = None
        elif method == "PROPFIND" and _is_at_or_above(url, above) and response.status == 404:
            state = _Seen(_State.MISSING, Quote(f"PROPFIND {url}", "404", index))
        elif method == "PROPFIND" and response.status == 207:
            state = _listed(exchange, above, index) or state
        elif (method == "MKCOL" and response.status in (201, 405) and same_resource(url, above)) or (
            response.ok and method in _NEED_IT and is_ancestor(above, url)
        ):
            state = _Seen(_State.THERE)
    return state


_NEED_IT = frozenset({"GET", "HEAD", "PUT", "MKCOL", "PROPPATCH", "LOCK"})
"""Methods that do not work below a collection that does not exist."""


def _is_at_or_above(url: str, above: str) -> bool:
    return same_resource(url, above) or is_ancestor(url, above)


def _listed(exchange: Exchange, above: str, index: int) -> _Seen | None:
    """Returns what a multistatus shows about the collection ``above``: itself, or something in it."""
    answer = read_propfind(exchange)
    if isinstance(answer, str):
        return None
    url = exchange.request.url
    element = find(answer, url, above)
    if element is not None and (collection := view(element, url).is_collection) is not None:
        if collection:
            return _Seen(_State.THERE)
        return _Seen(_State.FILE, Quote("PROPFIND on it", "no collection", index))
    members = (entry for entry in answer.responses if entry.status is None and entry.hrefs)
    below = any(is_path_above(above, resolve(url, entry.hrefs[0])) for entry in members)
    return _Seen(_State.THERE) if below else None


def _page_of_nginx(evidence: Evidence) -> bool:
    """Whether it is nginx's own page, signed at its end. nginx answers 500 to a PUT for any error of the disk."""
    error = evidence.error
    words = (error.message or "").split() if error is not None and error.kind is BodyKind.HTML else []
    return bool(words) and words[-1].lower().partition("/")[0] == "nginx"


def _match(
    evidence: Evidence,
    place: str,
    certainty: Certainty,
    seen: _Seen | None = None,
    alternatives: tuple[Alternative, ...] = (),
) -> Match:
    above = parent_of(place)
    missing = seen is not None and seen.state is _State.MISSING
    nearest = evidence.nearest if missing and place == evidence.target else None
    outermost = above if nearest is None else first_below(nearest, place)
    create = intrusive(
        "Create the missing folder first" if outermost == above else "Create the missing folders, the outermost first",
        ("curl", "-X", "MKCOL", outermost),
    )
    may_be_the_resource = any(entry.id == "404-not-found" for entry in alternatives)
    is_file = seen is not None and seen.state is _State.FILE
    subject = above if is_file else f"The folder {above}"
    unsure = certainty is Certainty.POSSIBLE
    guessed = f" Such an answer {'can mean' if unsure else 'usually means'} that." if seen is None else ""
    return Match(
        certainty=certainty,
        headline=f"{subject} "
        + ("may not exist" if unsure else (seen.state if seen is not None else _State.MISSING).value),
        explanation=f"{evidence.method} cannot create anything there, and no lock is involved.{guessed}",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *((seen.quote,) if seen is not None and seen.quote is not None else ())),
        facts=(("parent", above),),
        alternatives=alternatives,
        remedies=(
            _look(above, nearest, missing=missing),
            *(() if is_file or may_be_no_dav(evidence) or may_be_the_resource else (create,)),
        ),
    )


def _look(above: str, nearest: str | None, *, missing: bool) -> Remedy:
    """Returns how to look at the last part of the path that exists. A PROPFIND on what is missing shows nothing new."""
    if nearest is not None:
        return safe("See what is there", ("davlock", "propfind", nearest, "--depth", "1"))
    if missing:
        return look_above(above, "See what is in the folder above")
    return safe("See what is there", ("davlock", "propfind", above))
