"""PUT under locks and conditions. A 207 is a failure until every member is 2xx."""

from dataclasses import dataclass

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.errors import LocalProtocolError, RemoteProtocolError
from davlock.operations import gather
from davlock.operations.case import Case, Report
from davlock.operations.results import Achieved
from davlock.protocol import requests
from davlock.protocol.headers import EntityTag, parse_etag_list
from davlock.protocol.if_header import IfHeader
from davlock.protocol.lock import LockToken
from davlock.protocol.message import BodySource, Exchange
from davlock.protocol.requests import LOCK_PROPERTIES
from davlock.protocol.url import has_unusual_characters
from davlock.servers import PROFILES
from davlock.servers.profile import Profile
from davlock.transport.base import Send


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What must hold for the write. ``match_current`` reads the entity tag first, so that only a racing writer is
    caught.
    """

    tokens: tuple[LockToken, ...] = ()
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
    profiles: tuple[Profile, ...] = PROFILES,
) -> Report:
    """Write ``body`` to ``url``. Raises LocalProtocolError where the current entity tag is wanted and there is none."""
    case = Case(send, url, held=tuple(token.uri for token in conditions.tokens), profiles=profiles, stay_within=url)
    fields = _fields(case, conditions)
    if isinstance(fields, Report):
        return fields
    exchange = _send(case, url, body, conditions, fields, content_type, tagged=True)
    # nginx and asgiwebdav compare the tag without decoding it: such names never match (SERVERS: 423 or 412).
    server = case.evidence(case.last).server
    deadly = server is not None and server.untagged_if_is_deadly
    if (
        exchange.status in (412, 423)
        and conditions.tokens
        and not deadly
        and ("%" in url or has_unusual_characters(url))
    ):
        case.skip(
            "tagged If", f"it was answered {exchange.status}; the name needs escaping, so it was sent untagged as well"
        )
        exchange = _send(case, url, body, conditions, fields, content_type, tagged=False)
    subject = case.last
    evidence = case.evidence(subject)
    if evidence.refusals and conditions.tokens and exchange.status in (207, 412, 423, 424):
        # The lock may have been taken above: a list tagged with a new member's own URL is false on Apache (412).
        evidence = gather.explain_refusal(case, subject)
        roots = _roots(evidence)
        if roots:
            case.skip(
                "If", f"tagged with the URL it was answered {exchange.status}; sent again, tagged with the lock root"
            )
            exchange = _send(case, url, body, conditions, fields, content_type, tagged=True, roots=roots)
            subject = case.last
            evidence = case.evidence(subject)
    response = exchange.response
    if response is not None and response.ok and not evidence.refusals:
        if response.status == 207 and (evidence.error is None or evidence.error.multistatus is None):
            case.skip("207", "the body of the answer could not be read, so whether anything was written is not known")
            return case.report(evidence, Achieved.UNKNOWN)
        seen = case.propfind(url, LOCK_PROPERTIES).response
        if seen is not None and (seen.status == 404 or (seen.ok and seen.status != 207)):
            found = "finds nothing there" if seen.status == 404 else "is answered with a page, as PUT may have been"
            case.skip("the resource", f"PUT was answered {response.status}, and PROPFIND {found}")
            return case.report(case.evidence(subject), Achieved.UNKNOWN)
        return case.report(case.evidence(subject), Achieved.YES)
    return case.report(gather.explain_refusal(case, subject), Achieved.NO)


def _roots(evidence: Evidence) -> tuple[tuple[str, LockToken], ...]:
    """The roots, other than the target, of covering locks whose token is held."""
    return tuple(
        (covering.root, covering.lock.token)
        for covering in evidence.covering
        if covering.mine and covering.lock.token and covering.root and covering.direct is False
    )


def _fields(case: Case, conditions: Conditions) -> list[tuple[str, str]] | Report:
    fields: list[tuple[str, str]] = []
    if conditions.match_current:
        state = case.propfind(case.target, ("{DAV:}getetag",))
        evidence = case.evidence(inquiry=True)
        if state.response is None or state.status != 207:
            return case.report(case.evidence(subject=case.last), Achieved.NO)
        if not isinstance(evidence.etag, Known):
            raise LocalProtocolError("the server shows no entity tag for this URL", "leave --if-match current away")
        tag: EntityTag = evidence.etag.value
        fields.append(("If-Match", str(EntityTag(tag.value, tag.weak))))
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
        raise LocalProtocolError(f"{option}: {text!r} cannot be an entity tag", "write one such as '\"abc\"', or '*'")
    if text != "*" and not text.startswith(('"', "W/")):
        text = f'"{text}"'
    try:
        parse_etag_list(text)
    except RemoteProtocolError as error:
        raise LocalProtocolError(f"{option}: {error.why}", "write an entity tag such as '\"abc\"', or '*'") from None
    return text


def _send(
    case: Case,
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
        first, *others = (IfHeader.tagged_with(root, token) for root, token in roots)
        sent.append(("If", str(sum(others, start=first))))
    elif conditions.tokens:
        make = IfHeader.tagged_with(url, *conditions.tokens) if tagged else IfHeader.untagged(*conditions.tokens)
        sent.append(("If", str(make)))
    return case.ask(requests.put(url, body, conditions=tuple(sent), content_type=content_type))
