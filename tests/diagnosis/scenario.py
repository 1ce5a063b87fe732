"""Recorded and quoted exchanges with the findings that they must lead to: how the files in ``scenarios/`` are read.

A file begins with lines of ``# key: value`` and goes on with exchanges::

    # what: a PUT without the token of an exclusive lock
    # from: recording apache
    # expect: 423-token-required
    # certainty: 423-token-required=certain
    PUT /f.txt HTTP/1.1
    Host: dav.example

    hello
    %%%%%%%% RESPONSE %%%%%%%%
    HTTP/1.1 423 Locked

    %%%%%%%% NEXT %%%%%%%%

``headline`` is what the finding says that the file is named for, word for word; each rule has it in one of its files.
``subject`` is the number of the exchange under question, where it is not to be guessed.
``invocation`` gives fields of the Invocation of a live command: ``verb=put, user=bob, scheme=--digest``.
``walk`` gives fields of the WalkEnd of a walk that was cut short: ``bounds=deadline depth, unread=3``.

Line ends are LF; head and body part at the first empty line, and line ends around a message do not belong to it. A
request of ``(not captured)`` is an unknown one, a body of ``(not captured)`` an unknown body, and a response of
``(none: TIMEOUT)`` stands for the
NoResponse of that kind. The URL is ``http://`` with Host, unless the request line has an absolute one.
"""

import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from davlock.diagnosis.build_evidence import from_exchanges
from davlock.diagnosis.engine import apply_rules
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Finding
from davlock.diagnosis.invocation import Invocation
from davlock.diagnosis.walk_end import Bound, WalkEnd
from davlock.errors import NoResponse, NoResponseKind
from davlock.protocol.message import Exchange, Headers, Request, Response

FOLDER = Path(__file__).parent / "scenarios"

RESPONSE = "%%%%%%%% RESPONSE %%%%%%%%"
NEXT = "%%%%%%%% NEXT %%%%%%%%"
NOT_CAPTURED = "(not captured)"

NOT_SENT = frozenset({NoResponseKind.DNS, NoResponseKind.CONNECT, NoResponseKind.TLS})

OUTCOMES = frozenset({"expect", "headline", "verdict", "certainty", "retry", "fact"})
KEYS = OUTCOMES | {"what", "from", "subject", "held", "walk", "invocation"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)  # each is itself alone, so that it is quick to hash
class Scenario:
    """One file. ``certainty``, ``retry`` and ``facts`` hold (finding id, …) as written."""

    name: str
    what: str
    origin: str
    expect: tuple[str, ...]
    headline: str | None
    subject: int | None
    verdict: str | None
    held: tuple[str, ...]
    certainty: tuple[tuple[str, str], ...]
    retry: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str, str], ...]
    exchanges: tuple[Exchange, ...]
    walk: WalkEnd | None = None
    invocation: Invocation | None = None

    @property
    def evidence(self) -> Evidence:
        """What the rules read."""
        made = from_exchanges(self.exchanges, subject=self.subject, held=self.held, walk=self.walk)
        return replace(made, invocation=self.invocation)

    @property
    def leading(self) -> str:
        """The finding that the file is about: its name up to ``--``."""
        return self.name.partition("--")[0]


@dataclass(frozen=True, slots=True)
class JudgedScenario:
    """A scenario, and what was found of it."""

    scenario: Scenario
    evidence: Evidence
    findings: tuple[Finding, ...]

    @property
    def by_id(self) -> dict[str, Finding]:
        """The findings, by their ids."""
        return {finding.id: finding for finding in self.findings}


@cache
def judged(scenario: Scenario) -> JudgedScenario:
    """Judged once: a thousand scenarios take seconds, and many tests look at all of them."""
    evidence = scenario.evidence
    return JudgedScenario(scenario, evidence, tuple(apply_rules(evidence)))


def load(path: Path) -> Scenario:
    """Raises ValueError for a file that is not of the form above."""
    keys, rest = _keys(path.read_text(encoding="utf-8"))
    pairs = [_pair(entry) for entry in keys.get("fact", ())]
    return Scenario(
        name=path.stem,
        what=_only(keys, "what"),
        origin=_only(keys, "from"),
        expect=_list(keys, "expect"),
        headline=_only(keys, "headline") if "headline" in keys else None,
        subject=int(_only(keys, "subject")) if "subject" in keys else None,
        walk=_walk(_list(keys, "walk")) if "walk" in keys else None,
        invocation=_invocation(_list(keys, "invocation")) if "invocation" in keys else None,
        verdict=_only(keys, "verdict") if "verdict" in keys else None,
        held=tuple(keys.get("held", ())),
        certainty=tuple(_pair(entry) for entry in _list(keys, "certainty")),
        retry=tuple(_pair(entry) for entry in _list(keys, "retry")),
        facts=tuple((*_dotted(name), value) for name, value in pairs),
        exchanges=tuple(_exchange(part) for part in _parts(rest, NEXT)),
    )


@cache
def load_all() -> tuple[Scenario, ...]:
    """Every scenario, by name."""
    return tuple(map(_load, sorted(FOLDER.glob("*.http"))))


def _load(path: Path) -> Scenario:
    try:
        return load(path)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error


def _keys(text: str) -> tuple[dict[str, list[str]], str]:
    keys: dict[str, list[str]] = {}
    lines = text.split("\n")
    while lines and (match := re.fullmatch(r"# ([a-z]+): ?(.*)", lines[0])):
        if match[1] not in KEYS:
            raise ValueError(f"unknown key {match[1]!r}")
        keys.setdefault(match[1], []).append(match[2].strip())
        lines.pop(0)
    return keys, "\n".join(lines)


def _only(keys: dict[str, list[str]], name: str) -> str:
    values = keys.get(name, [])
    if len(values) != 1 or not values[0]:
        raise ValueError(f"wants one line of # {name}")
    return values[0]


def _list(keys: dict[str, list[str]], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for line in keys.get(name, []) for part in line.split(",") if part.strip())


def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise ValueError(f"{text!r} is not of the form name=value")
    return name.strip(), value.strip()


def _walk(entries: tuple[str, ...]) -> WalkEnd:
    given = dict(_pair(entry) for entry in entries)
    bounds = tuple(Bound(word) for word in given.pop("bounds", "").split())
    numbers: dict[str, Any] = {name: int(value) for name, value in given.items()}
    return WalkEnd(bounds=bounds, **numbers)


def _invocation(entries: tuple[str, ...]) -> Invocation:
    given: dict[str, Any] = dict(_pair(entry) for entry in entries)
    flags = {name: given.pop(name) == "yes" for name in ("exposed_proxy", "header", "bearer") if name in given}
    given["exposed"] = tuple(given.get("exposed", "").split())
    login = ("-u", given["user"]) if "user" in given else ()
    return Invocation(verb=("davlock", given.pop("verb")), login=login, **given, **flags)


def _dotted(text: str) -> tuple[str, str]:
    name, separator, key = text.partition(".")
    if not separator:
        raise ValueError(f"{text!r} is not of the form id.key")
    return name, key


def _parts(text: str, marker: str) -> list[str]:
    return [part.strip("\n") for part in re.split(rf"(?m)^{re.escape(marker)}$", text) if part.strip("\n")]


def _exchange(text: str) -> Exchange:
    parts = _parts(text, RESPONSE)
    if len(parts) != 2:
        raise ValueError("an exchange is a request, the line of RESPONSE and a response")
    request = _request(parts[0])
    return Exchange(request=request, outcome=_outcome(parts[1], request.url))


def _request(text: str) -> Request:
    if text == NOT_CAPTURED:
        return Request(method="", url="", headers=Headers(complete=False), body=None)
    start, headers, body = _message(text)
    method, target, version = start.split(" ")
    if not version.startswith("HTTP/"):
        raise ValueError(f"no request line: {start!r}")
    url = target if "://" in target else f"http://{headers.get('Host')}{target}"
    return Request(method=method, url=url, headers=headers, body=body)


def _outcome(text: str, url: str) -> Response | NoResponse:
    if match := re.fullmatch(r"\(none: ([A-Z_]+)\)", text):
        kind = NoResponseKind[match[1]]
        return NoResponse(kind, url, f"no answer: {kind.value}", sent=kind not in NOT_SENT)
    start, headers, body = _message(text)
    version, status, *reason = start.split(" ", 2)
    if not version.startswith("HTTP/"):
        raise ValueError(f"no status line: {start!r}")
    return Response(status=int(status), reason=reason[0] if reason else "", headers=headers, body=body)


def _message(text: str) -> tuple[str, Headers, bytes | None]:
    head, _, body = text.partition("\n\n")
    start, *fields = head.split("\n")
    pairs = [field.partition(":") for field in fields]
    headers = Headers.of((name, value.strip()) for name, _, value in pairs)
    return start, headers, None if body == NOT_CAPTURED else body.encode()
