"""What ``davlock decode`` shows at a terminal: the parts as a table, and a caret where the text goes wrong."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from rich.text import Text

from davlock.diagnosis.finding import Severity
from davlock.diagnosis.wording import seconds_in_words
from davlock.protocol.visible import columns, pieces
from davlock.render.decoding import Decoded, conditions, decoded_of, is_valid
from davlock.render.draw_rows import show_rows
from davlock.render.lock_list import ListView, lock_list
from davlock.render.result import Result
from davlock.render.tables import Console, cut_short, hang, show_pairs, show_skipped, show_table, without_declarations
from davlock.render.theme import SEVERITY_MARK, SEVERITY_STYLE

TITLES = {
    "if": "If header",
    "lock-token": "Lock-Token header",
    "timeout": "Timeout header",
    "retry-after": "Retry-After header",
    "etag": "ETag header",
    "lockdiscovery": "lockdiscovery",
    "multistatus": "multistatus",
}

VIEW = ListView(now=datetime.fromtimestamp(0, UTC), tokens=True)
"""A body that somebody saved: it says no moment, and tokens are what it is read for."""

MOST_OF_A_VALUE = 2000
"""Characters of a property that a person is shown; TSV and JSON have all of them."""

SOME = 3
"""Departures of one sort that a person is shown; TSV and JSON have all of them."""


def show_decoded(console: Console, result: Result, text: str) -> None:
    """``text`` is the header's value as given, for the caret; empty for a body."""
    decoded = decoded_of(result)
    title = TITLES[decoded["kind"]]
    if is_valid(decoded):
        doubtful = decoded.get("failure") or any(map(_tells_nothing, decoded.get("responses", ())))
        mark = Severity.WARNING if doubtful else Severity.OK
        _headline(console, mark, f"{title}: {_summary(decoded)}")
    elif "valid" in decoded:
        _headline(console, Severity.ERROR, f"{title}: not valid")
        _fault(console, text.rstrip(), decoded["error"])
    else:
        _headline(console, Severity.ERROR, f"{title}: not usable")
        hang(console, Text(" "), f"{decoded['error']['where']}: {decoded['error']['why']}")
    _parts(console, decoded, result)
    for words in _forgiven(decoded["deviations"]):
        hang(console, _mark(Severity.WARNING), words)
    show_skipped(console, result)


def _mark(severity: Severity) -> Text:
    return Text(SEVERITY_MARK[severity], style=SEVERITY_STYLE[severity])


def _headline(console: Console, severity: Severity, words: str) -> None:
    hang(console, _mark(severity), words, "bold")


def _summary(decoded: Decoded) -> str:
    match decoded["kind"]:
        case "if":
            count = len(decoded["lists"])
            which = "all conditions of its list are" if count == 1 else f"any of its {count} lists is"
            return f"valid, true if {which}"
        case "lockdiscovery":
            return f"{len(decoded['locks']) or 'no'} active {'lock' if len(decoded['locks']) == 1 else 'locks'}"
        case "multistatus":
            count = len(decoded["responses"])
            if decoded["error_codes"]:
                return "no responses, an error"
            failed = sum(member["failed"] for member in decoded["responses"])
            silent = sum(map(_tells_nothing, decoded["responses"]))
            remainder = f", {silent} without a usable status" if silent else ""
            return f"{count or 'no'} {'response' if count == 1 else 'responses'}, {failed or 'none'} failed{remainder}"
        case _:
            return "valid"


def _tells_nothing(member: Decoded) -> bool:
    """Whether a response has no status anywhere, so that it may have failed or not."""
    return member["status"] is None and all(entry["status"] is None for entry in member["propstats"])


def _forgiven(deviations: Sequence[Decoded]) -> Iterator[str]:
    """One line for what is wrong in several places, and no more than a few for one place."""
    by_what: dict[str, list[str]] = {}
    for forgiven in deviations:
        by_what.setdefault(forgiven["what"], []).append(forgiven["where"])
    by_where: dict[str, list[str]] = {}
    for what, places in by_what.items():
        by_where.setdefault(_some(places), []).append(what)
    for where, whats in by_where.items():
        yield from (f"{where}: {what}" for what in whats[:SOME])
        if len(whats) > SOME:
            yield f"{where}: and {len(whats) - SOME} more like these"


def _some(places: Sequence[str]) -> str:
    remainder = f" and {len(places) - SOME} more" if len(places) > SOME else ""
    return "; ".join(places[:SOME]) + remainder


def _fault(console: Console, text: str, error: Decoded) -> None:
    """The text around the position, on one line, with a caret below the character where it goes wrong."""
    position, room = min(error["position"], len(text)), max(console.width - 4, 16)
    shown = list(pieces(text[max(position - room, 0) : position + room]))
    here = min(position, room)
    before = _fitting(reversed(shown[:here]), room * 2 // 3)
    after = _fitting(shown[here:], room - sum(map(columns, before)))
    lead = ("…" if len(before) < position else " ") + "".join(reversed(before))
    tail = "".join(after) + ("…" if position + len(after) < len(text) else "")
    if text:
        console.print(Text(" " + lead + tail), soft_wrap=True)
        console.print(Text.assemble(" " * (columns(lead) + 1), ("^", SEVERITY_STYLE[Severity.ERROR])), soft_wrap=True)
    hang(console, Text(" "), f"character {error['position']} (from 0): expected {error['expected']}")


def _fitting(shown: Iterable[str], room: int) -> list[str]:
    """As many characters, given as they are shown, as take ``room`` columns."""
    fitting: list[str] = []
    for piece in shown:
        room -= columns(piece)
        if room < 0:
            break
        fitting.append(piece)
    return fitting


def _parts(console: Console, decoded: Decoded, result: Result) -> None:
    kind = decoded["kind"]
    if kind == "if" and decoded["lists"]:
        _show_if(console, decoded)
    elif kind == "lockdiscovery" and result.locks:
        show_rows(console, lock_list(replace(result, skipped=()), VIEW))
    elif kind == "multistatus" and decoded["ok"]:
        _show_multistatus(console, decoded)
    else:
        pairs = list(_pairs(decoded))
        if pairs:
            show_pairs(console, pairs)


def _pairs(decoded: Decoded) -> Iterator[tuple[str, str]]:
    match decoded["kind"]:
        case "timeout" if decoded["infinite"]:
            yield "Time", "infinite: the lock never ends by itself"
        case "timeout" if decoded["seconds"] is not None:
            yield "Time", _seconds(decoded["seconds"])
        case "retry-after" if decoded["seconds"] is not None:
            yield "Wait", _seconds(decoded["seconds"])
        case "lock-token" if decoded["token"] is not None:
            yield "Token", decoded["token"]
        case "etag" if decoded["value"] is not None:
            yield (
                "Compares",
                "weak: never equal where a strong comparison is asked for" if decoded["weak"] else "strong",
            )
            yield "Value", decoded["value"]


def _seconds(seconds: float) -> str:
    words = seconds_in_words(seconds)
    return words if words.endswith(" s") else f"{words} ({seconds:.15g} seconds)"


def _show_if(console: Console, decoded: Decoded) -> None:
    evaluated = "evaluate" in decoded
    tagged = decoded["lists"][0]["resource"] is not None
    header = ["LIST", *(["RESOURCE"] if tagged else []), "CONDITION", *(["HOLDS"] if evaluated else [])]
    table = []
    for number, resource, negated, which, text, outcome in conditions(decoded):
        state = f"<{text}>" if which == "token" else f"[{text}]"
        holds = "yes" if outcome == "holds" else f"no: {outcome}"
        table.append(
            [
                number,
                *([resource or ""] if tagged else []),
                f"Not {state}" if negated else state,
                *([holds] if evaluated else []),
            ]
        )
    show_table(console, header, table)
    if not evaluated:
        return
    evaluation = decoded["evaluate"]
    if evaluation["true"]:
        _headline(console, Severity.OK, "True: the request would pass this condition")
    else:
        _headline(console, Severity.ERROR, "False: the request would be refused, 412 or 423")
    if evaluation["true"] and evaluation["submits_held"] is False:
        words = "It submits none of the tokens held: a write would be refused all the same, 423 (RFC 4918 §7)"
        hang(console, _mark(Severity.WARNING), words)
    if evaluation["true"] != evaluation["true_by_strong_comparison"]:
        verdict = "true" if evaluation["true_by_strong_comparison"] else "false"
        words = f"On a server that compares entity tags strongly it is {verdict}: RFC 4918 §10.4.4 leaves that to it"
        hang(console, _mark(Severity.WARNING), words)


def _show_multistatus(console: Console, decoded: Decoded) -> None:
    if decoded["error_codes"]:
        show_pairs(console, [("Error", ", ".join(decoded["error_codes"]))])
    if decoded["description"]:
        hang(console, Text(" "), decoded["description"])
    table = [line for member in decoded["responses"] for line in _response(member)]
    if table:
        show_table(console, ["RESOURCE", "STATUS", "PROPERTY", "VALUE"], table)


def _response(member: Decoded) -> Iterator[list[str]]:
    """A row for the response itself where it says something, and one for each property."""
    href = ", ".join(member["hrefs"])
    if member["status"] is not None or not member["propstats"] or _error_text(member):
        yield [href, _status(member), "", _error_text(member)]
    for entry in member["propstats"]:
        if _error_text(entry) or not entry["properties"]:
            yield [href, _status(entry), "", _error_text(entry)]
        for property_ in entry["properties"]:
            yield [href, _status(entry), property_["name"], _value(entry, property_)]


def _value(propstat: Decoded, property_: Decoded) -> str:
    """A property's value; an empty supportedlock says that no lock is offered, which is not that nothing is locked."""
    if property_["name"] == "{DAV:}supportedlock" and not property_["value"] and propstat["status"] == 200:
        return "(empty: no locks are offered)"
    return cut_short(without_declarations(property_["value"]), MOST_OF_A_VALUE)


def _status(part: Decoded) -> str:
    return "none" if part["status"] is None else f"{part['status']} {part['reason']}".rstrip()


def _error_text(part: Decoded) -> str:
    return ": ".join(words for words in (", ".join(part["error_codes"]), part["description"]) if words)
