"""The parent collection does not exist, or is a file.

What happened: something was to be created in a collection that is not there. RFC 4918 says 409 for PUT, MKCOL, LOCK,
COPY and MOVE; sabre and Go answer 404 to PUT, lighttpd 403 to LOCK, nginx 500 to PUT. No lock is involved.

How sure we are: certain where the parent was asked and is missing, or the answer says so in words. Likely from a 409
alone; possible where the product answers so for other reasons too, as nginx does with its 500.

What to do: create the missing collections from the outside in (MKCOL; 405 means that one exists already), then
repeat.

How to confirm: PROPFIND on the parent is 404, or shows that it is no collection.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Quote, Remedy, Risk, Severity, Who
from davlock.diagnosis.rule import Family, Match, Rule, rfc4918
from davlock.diagnosis.situation import refused_as_locked
from davlock.diagnosis.wording import parent_of
from davlock.protocol.precondition import BodyKind
from davlock.protocol.url import ancestors

CREATING = frozenset({"PUT", "MKCOL", "LOCK", "COPY", "MOVE"})

# Words of WsgiDAV, mod_dav, sabre (older: a 404), Nutstore.
WORDS = (
    "parent must be a collection",
    "parent must be an existing collection",
    "parent resource of",
    "parent node does not exist",
    "ancestorsnotfound",
    "could not be located",
    "parent does not exist",
)


def check(evidence: Evidence) -> Match | None:
    """A refusal to create, and a parent that is missing, is said to be missing, or has not been asked."""
    cause = evidence.cause
    if evidence.method not in CREATING or cause is None or cause.member or evidence.is_refresh:
        return None
    if refused_as_locked(evidence) or cause.status not in (400, 403, 404, 409, 424, 500):
        return None
    place = evidence.destination or evidence.target
    parent = evidence.parent_is_collection if place == evidence.target else None
    if isinstance(parent, Known):
        return None if parent.value else _match(evidence, place, Certainty.CERTAIN, parent.exchange)
    if ancestors(parent_of(place)) == ():
        return None  # the root of a server is there
    says = evidence.error is not None and evidence.error.says(*WORDS)
    says = says or (evidence.error is not None and (evidence.error.exception or "").endswith("AncestorsNotFound"))
    if says and cause.status in (404, 409):
        return _match(evidence, place, Certainty.CERTAIN)
    if evidence.method in ("COPY", "MOVE") and cause.status == 404:
        return None  # the source is not there
    if cause.status == 404 and evidence.method in ("PUT", "MKCOL", "LOCK"):
        return _match(evidence, place, Certainty.LIKELY)
    if cause.status == 500 and evidence.method == "PUT" and _page_of_nginx(evidence):
        other = Alternative("403-no-permission", f"PROPFIND {parent_of(place)}: it is there, and may not be written")
        return _match(evidence, place, Certainty.POSSIBLE, alternatives=(other,))
    if cause.status != 409:
        return None
    if evidence.error is not None and (evidence.error.exception or evidence.error.preconditions):
        return None  # the server named another reason
    if evidence.method == "MKCOL" and not evidence.target.endswith("/"):
        other = Alternative("405-method-not-allowed", f"MKCOL {evidence.target}/ (nginx insists on the trailing slash)")
        return _match(evidence, place, Certainty.POSSIBLE, alternatives=(other,))
    exists = Alternative("409-move-onto-existing", f"PROPFIND {place}: it is there, and cannot be replaced")
    overwriting = evidence.method == "MOVE" and (evidence.headers.get("Overwrite") or "T").upper() == "T"
    return _match(evidence, place, Certainty.LIKELY, alternatives=(exists,) if overwriting else ())


def _page_of_nginx(evidence: Evidence) -> bool:
    """nginx's own page, which it signs at its end: its DAV module answers 500 to a PUT for any error of the disk."""
    error = evidence.error
    words = (error.message or "").split() if error is not None and error.kind is BodyKind.HTML else []
    return bool(words) and words[-1].lower().partition("/")[0] == "nginx"


def _match(
    evidence: Evidence,
    place: str,
    certainty: Certainty,
    asked: int | None = None,
    alternatives: tuple[Alternative, ...] = (),
) -> Match:
    above = parent_of(place)
    is_file = asked is not None and evidence.exchanges[asked].status != 404
    read = () if asked is None else (Quote("PROPFIND on it", "no collection" if is_file else "404", asked),)
    state = "is no collection" if is_file else "is missing" if certainty is Certainty.CERTAIN else "is probably missing"
    create = Remedy(
        Who.YOU,
        "Create the missing collections from the outside in (405 means that one is there already)",
        ("curl", "-X", "MKCOL", above),
        Risk.INTRUSIVE,
    )
    return Match(
        certainty=certainty,
        headline=f"The collection above it {state}: {above}",
        explanation=f"{evidence.method} cannot create anything there. No lock is involved.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *read),
        facts=(("parent", above),),
        alternatives=alternatives,
        remedies=(
            Remedy(Who.YOU, "See what is there", ("davlock", "propfind", above), Risk.SAFE),
            *(() if is_file else (create,)),
        ),
    )


RULE = Rule(
    id="409-missing-parent",
    family=Family.CONFLICT,
    severity=Severity.ERROR,
    title="the parent collection does not exist, or is a file",
    page=__doc__,
    check=check,
    references=(rfc4918("9.7.1"), rfc4918("9.3.1"), rfc4918("9.10.6")),
)
