"""the resource changed after you read it, so nothing was overwritten.

What happened: your request named the entity tag or the date of the version that you had read. The resource has another
version now, so the server refused to overwrite that change. No lock is involved.

How sure we are: certain if the server names the header, or if its current entity tag or date is another one. Likely
from the condition alone, or if the current tag is weak. If the two tags differ only in W/ or in a compression suffix,
the version is the same, and this is another finding.

What to do: read the current version, merge your change, and write with the current entity tag.

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
from davlock.servers.phrases import Said

_WRITTEN = {"if-match": "If-Match", "if-unmodified-since": "If-Unmodified-Since", "if": "If header"}


@rule(
    id="412-etag-changed",
    severity=Severity.ERROR,
    statuses=(412,),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc(9110, "13.1.1"), rfc(9110, "13.1.4")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a 412 to If-Match with a tag or to If-Unmodified-Since, if no other condition explains it."""
    if evidence.cause is None or evidence.cause.status != 412:
        return None
    named = failed_header(evidence)
    guard = next((name for name in ("If-Match", "If-Unmodified-Since") if name in evidence.headers), None)
    in_if = named == "if" and "If" not in evidence.headers and Said.IF_ETAG_DIFFERS in evidence.said
    if named and named not in ("if-match", "if-unmodified-since") and not in_if:
        return None
    if guard is None and not named:
        return None
    condition = read_condition(evidence)
    if condition is None and guard == "If-Match" and not named:
        return None  # it does not parse
    if condition is not None and condition.any:
        return None  # "*" fails only if there is no resource
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
        headline="It changed after you read it, so the server did not overwrite it"
        if evidence.method not in READS
        else "It changed after you read it",
        explanation=f"The version in your {header} is no longer the current one. No lock is involved.",
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
        return (safe("Read it again from the beginning", read),)
    first = safe("Read the current version and merge your change", read)
    if weak:
        return first, intrusive("Then lock it, and write without If-Match", ("davlock", "lock", evidence.target))
    if evidence.method not in ("PUT", ""):
        return first, intrusive("Then send it with the current entity tag")
    title = "Then write with the current entity tag"
    command = ("davlock", "put", "FILE", evidence.target, "--if-match", "current")
    return first, intrusive(title, command)


def _gone(evidence: Evidence, header: str, read: int) -> Match:
    return Match(
        certainty=Certainty.LIKELY,
        headline="It no longer exists, so the server did not write",
        explanation=f"The version in your {header} is gone. No lock is involved.",
        retry=AFTER_CHANGE,
        evidence=(
            *quotes.answer(evidence),
            *quotes.request_header(evidence, header),
            Quote("read since", "404", read),
        ),
        remedies=(
            safe(
                "Check if it was moved",
                ("davlock", "propfind", parent_of(evidence.target), "--depth", "1"),
            ),
            intrusive(
                "If you want it back, create it again",
                ("davlock", "put", "FILE", evidence.target, "--if-none-match", "*"),
            ),
        ),
    )


def _last_modified(evidence: Evidence) -> tuple[Quote, bool] | None:
    """Quotes Last-Modified from the refusal or a later read, and says if it is after the date that was sent."""
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
