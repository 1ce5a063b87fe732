"""If-Match: the content changed since it was read; the guard worked.

What happened: the request carried an entity tag or a date of the version that it was based on, and the resource has
another version now. The server refused to overwrite someone's change. No lock is involved.

How sure we are: certain where the server names the failing header, or its current entity tag or date differs. Likely
from the condition alone, and where the current tag is weak. Two tags that differ only in W/, or in the suffix of a
compressing layer, are of the same version, and not this finding.

What to do: read the current version, merge, and write with its entity tag.

How to confirm: the ETag of a GET differs from the one in If-Match.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import READS, Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Quote, Remedy, RetryVerdict, Severity
from davlock.diagnosis.predicates.etags import current_tag, read_condition, read_without_etag
from davlock.diagnosis.predicates.refusal import failed_header
from davlock.diagnosis.predicates.sequence import is_write, on_target
from davlock.diagnosis.remedies import intrusive, safe
from davlock.diagnosis.rule import Match, rfc, rule
from davlock.diagnosis.wording import parent_of
from davlock.protocol.compressed_tag import same_content
from davlock.protocol.retry_after import http_date

_WRITTEN = {"if-match": "If-Match", "if-unmodified-since": "If-Unmodified-Since"}


@rule(
    id="412-etag-changed",
    severity=Severity.ERROR,
    statuses=(412,),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc(9110, "13.1.1"), rfc(9110, "13.1.4")),
)
def check(evidence: Evidence) -> Match | None:
    """412 to If-Match with a tag or If-Unmodified-Since, not shadowed by another condition that failed."""
    if evidence.cause is None or evidence.cause.status != 412:
        return None
    named = failed_header(evidence)
    guard = next((name for name in ("If-Match", "If-Unmodified-Since") if name in evidence.headers), None)
    if named and named not in ("if-match", "if-unmodified-since"):
        return None
    if guard is None and not named:
        return None
    condition = read_condition(evidence)
    if condition is None and guard == "If-Match" and not named:
        return None  # it does not parse
    if condition is not None and condition.any:
        return None  # "*" fails only where there is no resource
    current = current_tag(evidence)
    if guard == "If-Match" and not named and current is None and read_without_etag(evidence) is not None:
        return None  # there is no version to compare: PyWebDAV3
    if condition is not None and current is not None and any(same_content(current[0], tag) for tag in condition.tags):
        return None  # the version is still the same: something else failed, or the comparison itself
    date = _last_modified(evidence) if guard == "If-Unmodified-Since" else None
    if date is not None and not date[1]:
        return None  # not modified since
    locked_too = evidence.submitted or not evidence.headers.complete
    weak = current is not None and current[0].weak
    differs = (current is not None and not weak) or date is not None
    certain = bool(named) or (differs and not evidence.submitted)
    certainty = Certainty.CERTAIN if certain else Certainty.LIKELY
    seen: tuple[Quote, ...] = () if current is None else (Quote("current ETag", current[0].as_sent, current[1]),)
    seen += () if date is None else (date[0],)
    header = guard or _WRITTEN.get(named, named)
    now = evidence.exists_now
    if isinstance(now, Known) and not now.value and evidence.after_subject(now.exchange):
        return _gone(evidence, header, now.exchange)
    return Match(
        certainty=certainty,
        headline="The resource changed since you read it; nothing was overwritten"
        if evidence.method not in READS
        else "The resource changed since you read it",
        explanation=f"{header} did its work: the version that the {'request' if evidence.method in READS else 'write'}"
        " was based on is no longer the current one. No lock is involved.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *(quotes.request_header(evidence, guard) if guard else ()), *seen),
        facts=(
            ("sent", evidence.headers.get(guard) if guard else None),
            ("current", current[0].as_sent if current else None),
        ),
        alternatives=(
            (Alternative("412-if-token-unknown", "the same request without its If header"),)
            if locked_too and certainty is not Certainty.CERTAIN
            else ()
        ),
        remedies=_remedies(evidence, weak=weak),
    )


def _remedies(evidence: Evidence, *, weak: bool) -> tuple[Remedy, ...]:
    read = ("curl", "-O", evidence.target)
    if evidence.method in READS:
        return (safe("Read it anew, from its beginning", read),)
    first = safe("Read the current version and merge your change into it", read)
    if weak:
        title = "Then take a lock and write without If-Match, which can never match a weak entity tag"
        return first, intrusive(title, ("davlock", "lock", evidence.target))
    if evidence.method not in ("PUT", ""):
        return first, intrusive("Then send it again with the current entity tag")
    title = "Then write with the current entity tag"
    command = ("davlock", "put", "FILE", evidence.target, "--if-match", "current")
    return first, intrusive(title, command)


def _gone(evidence: Evidence, header: str, read: int) -> Match:
    return Match(
        certainty=Certainty.LIKELY,
        headline="The resource is gone since you read it; nothing was written",
        explanation=f"{header} did its work: there is no version any more that it could match. No lock is involved.",
        retry=AFTER_CHANGE,
        evidence=(
            *quotes.answer(evidence),
            *quotes.request_header(evidence, header),
            Quote("read since", "404", read),
        ),
        remedies=(
            safe(
                "See whether it was moved",
                ("davlock", "propfind", parent_of(evidence.target), "--depth", "1"),
            ),
            intrusive(
                "If it is to be made again",
                ("davlock", "put", "FILE", evidence.target, "--if-none-match", "*"),
            ),
        ),
    )


def _last_modified(evidence: Evidence) -> tuple[Quote, bool] | None:
    """When it was changed, as said by the refusal or since, and whether that is later than what was sent."""
    limit = http_date(evidence.headers.get("If-Unmodified-Since") or "")
    for index, exchange in reversed(list(on_target(evidence))):
        response = exchange.response
        if response is None or limit is None or not (index == evidence.subject or evidence.after_subject(index)):
            continue
        sent = response.headers.get("Last-Modified")
        if index != evidence.subject and (not response.ok or is_write(exchange)):
            continue
        moment = http_date(sent or "")
        if sent is not None and moment is not None:
            return Quote("response header Last-Modified", sent, index), moment > limit
    return None
