"""Entity tags by every way that a client may have come by one: what tells why an If-Match does not match."""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.operations.probe import Probe, ProbeResult
from davlock.protocol import requests
from davlock.protocol.headers import parse_etag_list
from davlock.protocol.message import Exchange
from davlock.protocol.requests import STATE_PROPERTIES
from davlock.servers import PROFILES
from davlock.servers.profile import Profile
from davlock.transport.base import Send

SMALL = 1024 * 1024
"""Bytes: a larger resource is not fetched, only asked about."""


def read_etags(probe: Probe) -> None:
    """HEAD, and where the content is small GET as well: with and without leave to compress, which changes tags."""
    head = probe.read(requests.head(probe.target))
    if head.response is None or not head.response.ok:
        return
    if _is_small(head):
        probe.read(requests.get(probe.target))
        probe.read(requests.get(probe.target, coding="gzip"))
    else:
        probe.read(requests.head(probe.target, coding="gzip"))


def _is_small(head: Exchange) -> bool:
    length = head.response.headers.get("Content-Length") if head.response is not None else None
    return length is not None and length.isascii() and length.isdigit() and int(length) <= SMALL


def check_if_match(send: Send, url: str, tag: str, *, profiles: tuple[Profile, ...] = PROFILES) -> ProbeResult:
    """Ask the server itself whether ``tag`` matches, with a HEAD that has it in If-Match (RFC 9110 §13.1.1).

    Where it does not, the evidence has that refusal as its subject, and the tags that there are now.
    """
    probe = Probe(send, url, profiles=profiles, stay_within=url)
    asked = probe.ask(requests.head(probe.target, conditions=(("If-Match", tag),)))
    subject = probe.last
    if asked.response is None or not (asked.response.ok or asked.status == 412):
        answer = f"answered {asked.status}" if asked.response is not None else "not answered"
        probe.skip("If-Match", f"HEAD with If-Match: {tag} was {answer}")
        return probe.report(probe.evidence(inquiry=True))
    probe.propfind(probe.target, STATE_PROPERTIES)
    read_etags(probe)
    if asked.status == 412:
        return probe.report(probe.evidence(subject))
    evidence = probe.evidence(inquiry=True)
    probe.skip("If-Match", f"the server answered {asked.status} to HEAD with If-Match: {tag}: {_judged(evidence, tag)}")
    return probe.report(evidence)


def _judged(evidence: Evidence, tag: str) -> str:
    """In words, what a tag that was not refused is worth."""
    wanted = parse_etag_list(tag)
    current = [seen.tag for seen in evidence.etags if not seen.coded]
    if wanted.any or any(known.strong_equal(own) for known in wanted.tags for own in current):
        return "it matches"
    if not current:
        return "it matches, or is not looked at; the server shows no entity tag"
    return f"it is not looked at when reading. It would not match: the current one is {current[-1]}"


def asks_for_etags(evidence: Evidence) -> bool:
    """Returns true if a request was refused that named a version, of something that can have one."""
    collection = isinstance(evidence.is_collection, Known) and evidence.is_collection.value
    cause = evidence.cause
    return cause is not None and cause.status == 412 and "If-Match" in evidence.headers and not collection
