"""The ``decoded`` of ``davlock decode``, as plain JSON values, and its tab-separated form.

A line begins with a word that says what it is, the same word always with the same columns behind it:

    valid      yes or no
    error      character or empty, what should stand there or why the body is unusable, what was found
    forgiven   where, what
    note       what was assumed or not shown, why
    condition  list, resource, "Not" or empty, token or etag, its text, "holds" or why not
    evaluate   true or false
    timeout    seconds or infinite
    wait       seconds
    token      the lock token
    etag       strong or weak, its text
    lock       the columns of ``davlock locks``
    failure    yes or no
    response   href, status, error codes, description
    propstat   href, status, error codes, description
    property   href, status of its propstat, name, value
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from davlock.render.json_v1 import lock
from davlock.render.plain import lock_rows, row
from davlock.render.result import LockView, Result
from davlock.render.sinks import exact

if TYPE_CHECKING:
    from davlock.errors import RemoteProtocolError
    from davlock.protocol.deviation import Deviation
    from davlock.protocol.fragment import Discovery, Envelope
    from davlock.protocol.headers import EntityTag
    from davlock.protocol.if_header import Condition, Evaluation, IfHeader
    from davlock.protocol.lock import LockToken, Timeout
    from davlock.protocol.multistatus import PropStat, ResponseElement
    from davlock.protocol.retry_after import RetryAfter
    from davlock.protocol.strict import Reading

Decoded = dict[str, Any]

FOUND_LIMIT = 40
"""Characters of the text that are quoted from a fault on."""


def _header(kind: str, reading: "Reading[Any]", text: str, **keys: object) -> Decoded:
    fault = reading.fault
    return {
        "kind": kind,
        "valid": reading.valid,
        "error": None
        if fault is None
        else {
            "position": fault.position,
            "expected": fault.expected,
            "found": text[fault.position : fault.position + FOUND_LIMIT],
        },
        **keys,
        "deviations": _deviations(reading.deviations),
    }


def _deviations(forgiven: "Iterable[Deviation]") -> list[dict[str, str]]:
    return [{"where": deviation.where, "what": deviation.what} for deviation in forgiven]


def if_header(reading: "Reading[IfHeader]", text: str) -> Decoded:
    """``lists`` is empty where the header is not valid."""
    tagged_lists = reading.value.lists if reading.value else ()
    lists = [
        {"resource": tagged.resource, "conditions": [_condition(c) for c in tagged.conditions]}
        for tagged in tagged_lists
    ]
    return _header("if", reading, text, lists=lists)


def _condition(condition: "Condition") -> dict[str, object]:
    if condition.token is not None:
        return {"not": condition.negated, "token": condition.token.uri}
    return {"not": condition.negated, "etag": condition.etag.as_sent if condition.etag else ""}


def evaluation(weakly: "Evaluation", strongly: "Evaluation", *, submits_held: bool | None) -> Decoded:
    """``failed`` lists every false condition, those of lists that did not matter too; both indexes count from 0.

    A true header is not enough: where no token of a lock that is held stands in it, a write is refused.
    ``submits_held`` is ``None`` where none is held.
    """
    return {
        "true": weakly.true,
        "failed": [
            {
                "list": failure.list_index,
                "condition": failure.condition_index,
                **_condition(failure.condition),
                "why": failure.why.value,
            }
            for failure in weakly.failures
        ],
        "true_by_strong_comparison": strongly.true,
        "submits_held": submits_held,
    }


def lock_token(reading: "Reading[LockToken]", text: str) -> Decoded:
    """The token without its brackets; ``None`` where there is no telling what it is."""
    return _header("lock-token", reading, text, token=reading.value.uri if reading.value else None)


def timeout(reading: "Reading[Timeout]", text: str) -> Decoded:
    """The time that counts, of several."""
    value = reading.value
    return _header(
        "timeout",
        reading,
        text,
        infinite=value is not None and value.infinite,
        seconds=value.seconds if value else None,
    )


def retry_after(reading: "Reading[RetryAfter]", text: str) -> Decoded:
    """Seconds from now on; a date that has passed is 0."""
    return _header("retry-after", reading, text, seconds=reading.value.seconds if reading.value else None)


def etag(reading: "Reading[EntityTag]", text: str) -> Decoded:
    """``value`` is without its quotes."""
    value = reading.value
    return _header("etag", reading, text, weak=value is not None and value.weak, value=value.value if value else None)


def lockdiscovery(discovery: "Discovery", views: tuple[LockView, ...]) -> Decoded:
    """A body that shows locks, or that there are none."""
    return {
        "kind": "lockdiscovery",
        "ok": True,
        "error": None,
        "locks": [lock(view) for view in views],
        "deviations": _deviations(discovery.deviations),
    }


def multistatus(envelope: "Envelope", responses: list[Decoded], *, failure: bool) -> Decoded:
    """A 207 body. ``error_codes`` are of an error that stood in place of any response."""
    return {
        "kind": "multistatus",
        "ok": True,
        "error": None,
        "failure": failure,
        "responses": responses,
        "description": envelope.description,
        "error_codes": envelope.error_codes,
        "deviations": _deviations(envelope.deviations),
    }


def response(element: "ResponseElement") -> Decoded:
    """One member of ``responses``."""
    return {
        "hrefs": element.hrefs,
        "status": element.status,
        "reason": element.reason,
        "failed": element.failed,
        "propstats": tuple(_propstat(entry) for entry in element.propstats),
        "error_codes": element.error_codes,
        "description": element.description,
    }


def _propstat(entry: "PropStat") -> Decoded:
    return {
        "status": entry.status,
        "reason": entry.reason,
        "properties": tuple(
            {"name": property_.name, "value": property_.xml or property_.text} for property_ in entry.properties
        ),
        "error_codes": entry.error_codes,
        "description": entry.description,
    }


def unusable(kind: str, error: "RemoteProtocolError") -> Decoded:
    """A body that says nothing."""
    empty: Decoded = {"locks": []} if kind == "lockdiscovery" else {"failure": False, "responses": []}
    if kind == "multistatus":
        empty |= {"description": None, "error_codes": ()}
    return {"kind": kind, "ok": False, "error": {"where": error.where, "why": error.why}, **empty, "deviations": []}


def is_valid(decoded: Decoded) -> bool:
    """Returns true if the input was what its kind says."""
    return bool(decoded["valid"] if "valid" in decoded else decoded["ok"])


def rows(result: Result) -> Iterator[str]:
    """The lines that the module's docstring describes."""
    decoded = decoded_of(result)
    yield row(("valid", _yes(is_valid(decoded))))
    error = decoded["error"]
    if error is not None and "position" in error:
        yield row(("error", error["position"], error["expected"], error["found"]))
    elif error is not None:
        yield row(("error", None, f"{error['where']}: {error['why']}", None))
    for forgiven in decoded["deviations"]:
        yield row(("forgiven", forgiven["where"], forgiven["what"]))
    for skipped in result.skipped:
        yield row(("note", skipped.what, skipped.why))
    match decoded["kind"]:
        case "if":
            yield from _if_rows(decoded)
        case "timeout" if decoded["infinite"] or decoded["seconds"] is not None:
            yield row(("timeout", "infinite" if decoded["infinite"] else decoded["seconds"]))
        case "retry-after" if decoded["seconds"] is not None:
            yield row(("wait", decoded["seconds"]))
        case "lock-token" if decoded["token"] is not None:
            yield row(("token", exact(decoded["token"])))
        case "etag" if decoded["value"] is not None:
            yield row(("etag", "weak" if decoded["weak"] else "strong", decoded["value"]))
        case "lockdiscovery":
            yield from (f"lock\t{line}" for line in lock_rows(result))
        case "multistatus" if decoded["ok"]:
            yield from _multistatus_rows(decoded)


def decoded_of(result: Result) -> Decoded:
    """The ``decoded`` of a result."""
    decoded = dict(result.extra)["decoded"]
    assert isinstance(decoded, dict)  # noqa: S101 -- for the type checker: extra holds any JSON value
    return decoded


def _yes(truth: bool) -> str:
    return "yes" if truth else "no"


def conditions(decoded: Decoded) -> Iterator[tuple[str, str | None, bool, str, str, str]]:
    """Every condition as list (from 1), resource, whether it is negated, token or etag, its text, and "holds" or why
    not; that is empty where nothing was evaluated.
    """
    failed = {
        (failure["list"], failure["condition"]): failure["why"]
        for failure in decoded.get("evaluate", {}).get("failed", ())
    }
    for number, tagged in enumerate(decoded["lists"]):
        for place, condition in enumerate(tagged["conditions"]):
            which = "token" if "token" in condition else "etag"
            outcome = failed.get((number, place), "holds") if "evaluate" in decoded else ""
            yield str(number + 1), tagged["resource"], condition["not"], which, condition[which], outcome


def _if_rows(decoded: Decoded) -> Iterator[str]:
    for number, resource, negated, which, text, outcome in conditions(decoded):
        yield row(("condition", number, resource, "Not" if negated else None, which, exact(text), outcome))
    if "evaluate" in decoded:
        yield row(("evaluate", "true" if decoded["evaluate"]["true"] else "false"))


def _multistatus_rows(decoded: Decoded) -> Iterator[str]:
    yield row(("failure", _yes(decoded["failure"])))
    if decoded["error_codes"] or decoded["description"]:
        yield row(("response", None, None, " ".join(decoded["error_codes"]), decoded["description"]))
    for member in decoded["responses"]:
        for href in member["hrefs"]:
            codes = " ".join(member["error_codes"])
            if member["status"] is not None or not member["propstats"] or codes or member["description"]:
                yield row(("response", href, member["status"], codes, member["description"]))
            for entry in member["propstats"]:
                codes = " ".join(entry["error_codes"])
                if codes or entry["description"] or not entry["properties"]:
                    yield row(("propstat", href, entry["status"], codes, entry["description"]))
                for property_ in entry["properties"]:
                    yield row(("property", href, entry["status"], property_["name"], property_["value"]))
