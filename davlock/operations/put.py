"""PUT under locks and conditions. A 207 is a failure until every member is 2xx."""

from dataclasses import replace

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.predicates.presence import reappearance
from davlock.diagnosis.resource import OwnLock, existence, find_asked, read_propfind, says_missing
from davlock.errors import LocalProtocolError, RemoteProtocolError
from davlock.operations import investigate
from davlock.operations.own_lock import taken_over
from davlock.operations.probe import Probe, ProbeResult, went_well
from davlock.operations.results import Achieved
from davlock.protocol import requests
from davlock.protocol.headers import EntityTag, parse_etag_list
from davlock.protocol.if_header import IfHeader
from davlock.protocol.lock import LockToken
from davlock.protocol.message import BodySource, Exchange, Response
from davlock.protocol.requests import LOCK_PROPERTIES, STATE_PROPERTIES
from davlock.protocol.url import has_unusual_characters
from davlock.servers import PROFILES
from davlock.servers.profile import Profile
from davlock.transport.base import Send
from davlock.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What must hold for the write. ``match_current`` reads the entity tag first, so that only a racing writer is
    caught.
    """

    tokens: tuple[LockToken, ...] = ()
    noted: tuple[LockToken, ...] = ()
    """Those of ``tokens`` that nobody typed: they are sent where the server does not show them with another owner."""
    raw_if: str | None = None
    if_match: str | None = None
    match_current: bool = False
    if_none_match: str | None = None
    if_unmodified_since: str | None = None


def put(
    send: Send,
    url: str,
    body: bytes | BodySource,
    conditions: Conditions,
    *,
    content_type: str | None = None,
    own: tuple[OwnLock, ...] = (),
    profiles: tuple[Profile, ...] = PROFILES,
) -> ProbeResult:
    """Write ``body`` to ``url``. ``own`` are the locks there that davlock took.

    Raises LocalProtocolError where the current entity tag is wanted and there is none.
    """
    held = tuple(token.uri for token in conditions.tokens if token not in conditions.noted)
    probe = Probe(send, url, held=held, own=own, profiles=profiles, stay_within=url)
    if conditions.noted:
        probe.propfind(url, LOCK_PROPERTIES)
        shown = probe.evidence(inquiry=True)
        if why := next(filter(None, (taken_over(shown, token) for token in conditions.noted)), ""):
            probe.skip("PUT", why)
            return probe.report(shown, Achieved.NO)
    fields = _fields(probe, conditions)
    if isinstance(fields, ProbeResult):
        return fields
    exchange = _send(probe, url, body, conditions, fields, content_type, tagged=True)
    tagged = probe.last if exchange.status in (412, 423) and conditions.tokens and conditions.raw_if is None else None
    untagged = False
    # nginx and asgiwebdav compare the tag without decoding it: such names never match (423 or 412).
    if tagged is not None and _takes_untagged(probe) and ("%" in url or has_unusual_characters(url)):
        why = f"the server answered {exchange.status}; the name needs escapes, so davlock also sent it untagged"
        probe.skip("tagged If", why)
        exchange = _send(probe, url, body, conditions, fields, content_type, tagged=False)
        untagged = True
    subject = probe.last
    evidence = probe.evidence(subject)
    if evidence.refusals and conditions.tokens and exchange.status in (207, 412, 423, 424):
        # The lock may have been taken above: a list tagged with a new member's own URL is false on Apache (412).
        evidence = investigate.explain_refusal(probe, subject)
        roots = _roots(evidence)
        if roots:
            probe.skip(
                "If", f"tagged with the URL, it got {exchange.status}; davlock sent it again, tagged with the lock root"
            )
            exchange = _send(probe, url, body, conditions, fields, content_type, tagged=True, roots=roots)
        elif tagged is not None and not untagged and _takes_untagged(probe) and not _is_dead(evidence):
            before = exchange.status
            exchange = _send(probe, url, body, conditions, fields, content_type, tagged=False)
            passed = went_well(exchange)
            end = "went through (412-tagged-list-mismatch)" if passed else f"got {exchange.status}"
            probe.skip("tagged If", f"the server refused it with {before}; the same token without a tag {end}")
        subject = probe.last if exchange is probe.exchanges[-1] else subject
        evidence = probe.evidence(subject)
    response = exchange.response
    if response is None or not response.ok or evidence.refusals or evidence.page is not None:
        return probe.report(investigate.explain_refusal(probe, subject), Achieved.NO)
    if response.status == 207 and (evidence.error is None or evidence.error.multistatus is None):
        probe.skip("207", "davlock could not read the body of the answer, so nobody knows whether anything was written")
        return probe.report(evidence, Achieved.UNKNOWN)
    achieved = _read_back(probe, url, response)
    report = probe.report(probe.evidence(subject), achieved)
    # The tag of a name that needs escapes is no news: davlock knows the servers that compare it without decoding.
    if tagged is None or untagged or achieved is not Achieved.YES:
        return report
    return replace(report, evidence=replace(report.evidence, overcome=probe.evidence(tagged)))


def _read_back(probe: Probe, url: str, response: Response) -> Achieved:
    """Says if something is at ``url`` after a success."""
    seen = probe.propfind(url, LOCK_PROPERTIES)
    if seen.status == 207 and not _tells_existence(seen):
        seen = probe.propfind(url, STATE_PROPERTIES)
    page = seen.response is not None and seen.response.ok and seen.status != 207
    if not says_missing(seen) and not page:
        return Achieved.YES
    outcome = "gets a web page, and so may PUT" if page else "finds nothing there"
    probe.skip("the resource", f"the server answered {response.status} to PUT, and PROPFIND {outcome}")
    return Achieved.UNKNOWN


def _tells_existence(seen: Exchange) -> bool:
    """Returns true if the answer to a PROPFIND for lockdiscovery alone tells of the resource: a 404 for it does not."""
    answer = read_propfind(seen)
    element = None if isinstance(answer, str) else find_asked(answer, seen)
    return element is None or existence(element) is not None


def _takes_untagged(probe: Probe) -> bool:
    """Returns true if no server is known here that dies of an untagged If."""
    server = probe.evidence(probe.last).server
    return server is None or not server.untagged_if_is_deadly


def _is_dead(evidence: Evidence) -> bool:
    """Returns true if the tokens that were sent are known to lock nothing here, in whatever form they are sent."""
    if reappearance(evidence) is not None:
        return True  # which form passes is a matter of who answers
    if not isinstance(evidence.locks, Known) or any(covering.token is None for covering in evidence.covering):
        return False
    if any(covering.token in (evidence.submitted or ()) for covering in evidence.covering):
        return False
    return bool(evidence.covering) or (evidence.server is not None and evidence.server.shows_locks is True)


def _roots(evidence: Evidence) -> tuple[tuple[str, LockToken], ...]:
    """The roots, other than the target, of covering locks whose token is held."""
    return tuple(
        (covering.root, covering.lock.token)
        for covering in evidence.covering
        if covering.held and covering.lock.token and covering.root and covering.direct is False
    )


def _fields(probe: Probe, conditions: Conditions) -> list[tuple[str, str]] | ProbeResult:
    fields: list[tuple[str, str]] = []
    if conditions.match_current:
        state = probe.propfind(probe.target, ("{DAV:}getetag",))
        evidence = probe.evidence(inquiry=True)
        if state.response is None or state.status != 207:
            return probe.report(probe.evidence(subject=probe.last), Achieved.NO)
        if not isinstance(evidence.etag, Known):
            probe.skip("PUT", "the server shows no entity tag for this URL; leave out --if-match current")
            return probe.report(evidence, Achieved.UNKNOWN)
        tag: EntityTag = evidence.etag.value
        try:
            fields.append(("If-Match", checked_etag(str(EntityTag(tag.value, tag.weak)), "getetag")))
        except LocalProtocolError as error:  # the server chose it
            raise RemoteProtocolError("getetag", error.what) from None
    elif conditions.if_match is not None:
        fields.append(("If-Match", checked_etag(conditions.if_match, "--if-match")))
    if conditions.if_none_match is not None:
        fields.append(("If-None-Match", checked_etag(conditions.if_none_match, "--if-none-match")))
    if conditions.if_unmodified_since is not None:
        fields.append(("If-Unmodified-Since", conditions.if_unmodified_since))
    return fields


def checked_etag(text: str, option: str) -> str:
    """An entity tag as it must be sent; one without quotes gets them, as people type it at a shell."""
    if not text.strip() or max(text) > "\xff":
        raise LocalProtocolError(f"{option}: {text!r} is not an entity tag", "write one such as '\"abc\"', or '*'")
    if text != "*" and not text.startswith(('"', "W/")):
        text = f'"{text}"'
    try:
        parse_etag_list(text)
    except RemoteProtocolError as error:
        raise LocalProtocolError(f"{option}: {error.why}", "write an entity tag such as '\"abc\"', or '*'") from None
    return text


def _send(
    probe: Probe,
    url: str,
    body: bytes | BodySource,
    conditions: Conditions,
    fields: list[tuple[str, str]],
    content_type: str | None,
    *,
    tagged: bool,
    roots: tuple[tuple[str, LockToken], ...] = (),
) -> Exchange:
    sent = list(fields)
    if conditions.raw_if is not None:
        sent.append(("If", conditions.raw_if))
    elif roots:
        sent.append(("If", str(IfHeader.for_locks(*roots))))
    elif conditions.tokens:
        make = IfHeader.tagged_with(url, *conditions.tokens) if tagged else IfHeader.untagged(*conditions.tokens)
        sent.append(("If", str(make)))
    return probe.ask(requests.put(url, body, conditions=tuple(sent), content_type=content_type))
