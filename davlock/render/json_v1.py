"""The ``davlock/1`` JSON contract: a frozen shape with converters of its own. Keys are added, never renamed.

Wire text stands here as it came: escapes of JSON make it harmless.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from davlock import __version__
from davlock.locks.server_record import holder_name, lock_comment
from davlock.render.result import Filtered, LockView, PlanView, Result
from davlock.render.sinks import json_pieces

if TYPE_CHECKING:
    from davlock.diagnosis.age import Age
    from davlock.diagnosis.finding import Finding
    from davlock.operations.results import PropertyRow, ReleaseOutcome
    from davlock.protocol.message import Exchange

SCHEMA = "davlock/1"

MANY = 100
"""Entries of an array beyond which a line is made in pieces: that takes more time, and less memory."""


def document(command: str, results: list[Result]) -> str:
    """The one object that ``--format json`` prints."""
    return "".join(document_pieces(command, results))


def document_pieces(command: str, results: list[Result]) -> Iterator[str]:
    """The same in pieces: as JSON, a long list takes five times the memory of the list."""
    shape = {
        "schema": SCHEMA,
        "davlock": __version__,
        "command": command,
        "results": (as_dict(entry, several=iter) for entry in results),
    }
    return json_pieces(shape, indent=2)


def line(command: str, entry: Result) -> str:
    """One line of ``--format jsonl``."""
    return "".join(line_pieces(command, entry))


def line_pieces(command: str, entry: Result) -> Iterator[str]:
    """The same in pieces."""
    several = iter if max(map(len, (entry.locks or (), entry.properties or (), entry.plan or ()))) > MANY else list
    return json_pieces({"schema": SCHEMA, "command": command, **as_dict(entry, several=several)})


def as_dict(entry: Result, *, several: Callable[[Iterable[object]], object] = list) -> dict[str, object]:
    """RESULT. ``several`` makes what stands for an array: a list, or with ``iter`` what makes it one by one."""
    shape: dict[str, object] = {
        "target": entry.target,
        "verdict": entry.verdict.value,
        **({"methods": _methods(entry)} if entry.methods else {}),
        "server": {
            "product": entry.product,
            "dav": list(entry.dav),
            "allow": None if entry.allow is None else list(entry.allow),
        },
        "locks": None if entry.locks is None else several(map(lock, entry.locks)),
        **_filter(entry.filtered),
        "findings": [finding(entry_) for entry_ in entry.findings],
        "skipped": [{"what": skipped.what, "why": skipped.why} for skipped in entry.skipped],
        "exchanges": [_exchange(exchange) for exchange in entry.exchanges],
    }
    if entry.properties is not None:
        shape["properties"] = several(map(_property, entry.properties))
    if entry.plan is not None:
        shape["plan"] = several(map(_planned, entry.plan))
        shape["outcomes"] = several(_came_of(view, view.outcome) for view in entry.plan if view.outcome is not None)
    shape.update(entry.extra)
    return shape


def _filter(filtered: Filtered | None) -> dict[str, object]:
    return {} if filtered is None else {"filter": {"left_out": filtered.left_out, "unknown": filtered.unknown}}


def _methods(entry: Result) -> dict[str, object]:
    return {
        method: {"verdict": view.verdict.value, "lock": view.lock, "why": view.why} for method, view in entry.methods
    }


def _planned(view: PlanView) -> dict[str, object]:
    return {
        "lock": lock(view.lock),
        "decision": view.decision.value,
        "why": view.why,
        "may_be_alive": view.may_be_alive,
    }


def _came_of(view: PlanView, outcome: "ReleaseOutcome") -> dict[str, object]:
    return {"lock": lock(view.lock), "outcome": outcome.value, "why": view.outcome_why, "stands": view.stands}


def lock(view: LockView) -> dict[str, object]:
    """LOCK."""
    active = view.lock
    timeout = active.timeout
    return {
        "url": view.url,
        "lockroot": view.root,
        "direct": view.direct,
        "scope": active.scope.value if active.scope else None,
        "type": active.type.value if active.type else None,
        "depth": active.depth.value if active.depth else None,
        "owner": holder_name(active) or None,
        "token": active.token.uri if active.token else None,
        "timeout": {
            "as_sent": timeout.as_sent if timeout else None,
            "seconds": timeout.seconds if timeout and not view.endless else None,
            "infinite": view.endless,
        },
        "expires_at": iso(view.ends_at) if view.ends_at else None,
        "age": _age(view.age) if view.age else None,
        "mine": view.mine,
        "vendor": {**dict(active.vendor), **({"comment": comment} if (comment := lock_comment(active)) else {})},
        **(_as_walked(view, view.seen_at) if view.seen_at is not None else {}),
    }


def _as_walked(view: LockView, seen_at: datetime) -> dict[str, object]:
    """What only a walk knows of a lock."""
    # Not cut to whole seconds: --first-look compares two of them.
    at = view.server_time
    server_time = at.astimezone(UTC).isoformat(timespec="milliseconds") if at is not None else None
    return {"inside": view.inside, "seen_at": iso(seen_at), "server_time": server_time}


def _age(age: "Age") -> dict[str, object]:
    return {"seconds": age.seconds, "source": age.source.value, "certainty": age.certainty.word}


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def finding(entry: "Finding") -> dict[str, object]:
    """FINDING."""
    return {
        "id": entry.id,
        "severity": entry.severity.word,
        "certainty": entry.certainty.word,
        "headline": entry.headline,
        "explanation": entry.explanation,
        "facts": {name: list(value) if isinstance(value, tuple) else value for name, value in entry.facts},
        "alternatives": [{"id": other.id, "decided_by": other.decided_by} for other in entry.alternatives],
        "evidence": [
            {"source": quote.source, "quote": quote.text, "exchange": quote.exchange} for quote in entry.evidence
        ],
        "remedies": [
            {
                "who": remedy.who.value,
                "title": remedy.title,
                "command": None if remedy.command is None else list(remedy.command),
                "risk": remedy.risk.value,
                "note": remedy.note or None,
            }
            for remedy in entry.remedies
        ],
        "retry": {"verdict": entry.retry.verdict.value, "after_seconds": entry.retry.after_seconds},
        "references": [{"title": reference.title, "url": reference.url} for reference in entry.references],
    }


def _exchange(exchange: "Exchange") -> dict[str, object]:
    elapsed = exchange.elapsed_ms
    return {
        "method": exchange.request.method or None,
        "url": exchange.request.url or None,
        "status": exchange.status,
        "elapsed_ms": None if elapsed is None else round(elapsed, 1),
    }


def _property(row: "PropertyRow") -> dict[str, object]:
    value = row.property.xml or row.property.text
    return {"url": row.url, "status": row.status, "name": row.property.name, "value": value}
