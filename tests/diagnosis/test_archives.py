"""Every exchange that was recorded with real servers, through capture, evidence and rules.

``pytest -s -k table tests/diagnosis/test_archives.py`` prints how much of it is explained, by server and status.
"""

import sys
from collections import Counter
from dataclasses import dataclass
from itertools import groupby

import pytest

from davlock.capture.detect import Supplement, read_capture
from davlock.diagnosis.finding import Finding, Severity
from davlock.diagnosis.incidents import split_capture
from davlock.diagnosis.judge_capture import judge_incident
from davlock.protocol.message import Exchange
from tests.diagnosis.archive import SERVERS, Recorded, recorded

UNEXPLAINED_AT_MOST = 0.01
"""The share of refused requests that end in an ``-unexplained`` finding. Only ever lower it."""

# The first killed the server, so the second found nobody.
WITHOUT_AN_ANSWER = {"lighttpd/plain/37b-lock-timeout-list-infinite-first", "lighttpd/plain/37c-options-after"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was made of one recorded exchange."""

    name: str
    exchange: Exchange
    findings: tuple[Finding, ...]

    @property
    def status(self) -> int:
        """As answered; 0 for no answer."""
        return self.exchange.status or 0

    @property
    def refused(self) -> bool:
        """By its status, or by that of a member."""
        return self.status >= 300 or (self.status == 207 and self.exchange.request.method != "PROPFIND")

    @property
    def unexplained(self) -> bool:
        """Whether the first word on it is that there is none."""
        return any(finding.id.endswith("-unexplained") for finding in self.findings)

    def __str__(self) -> str:
        ids = ", ".join(finding.id for finding in self.findings) or "nothing"
        return f"{self.name}: {self.exchange.request.method} {self.status}: {ids}"


def _judged(one: Recorded) -> Judged:
    capture = read_capture(one.whole, Supplement())
    (story,) = split_capture(capture.exchanges).incidents
    return Judged(name=one.name, exchange=capture.exchanges[-1], findings=judge_incident(story).findings)


@pytest.fixture(scope="module")
def judged() -> dict[str, list[Judged]]:
    return {server: [_judged(one) for one in recorded(server)] for server in SERVERS}


@pytest.mark.long
def test_each_recording_is_read_as_it_was_sent(judged: dict[str, list[Judged]]) -> None:
    """The method and the status are those of the first lines, whatever stands between them."""
    for server in SERVERS:
        for one, made in zip(recorded(server), judged[server], strict=True):
            exchange = made.exchange
            assert exchange.request.method == one.request.split(b" ", 1)[0].decode(), one.name
            if one.name in WITHOUT_AN_ANSWER:
                assert exchange.response is None, one.name
            else:
                assert exchange.status == int(one.response.split(b" ", 2)[1]), one.name


@pytest.mark.long
@pytest.mark.parametrize("server", SERVERS)
def test_a_bad_status_never_yields_silence(server: str, judged: dict[str, list[Judged]]) -> None:
    """Every 4xx, every 5xx and every 207 has a finding."""
    silent = [str(each) for each in judged[server] if (each.status >= 400 or each.status == 207) and not each.findings]
    assert silent == []


@pytest.mark.long
def test_little_is_left_unexplained(judged: dict[str, list[Judged]]) -> None:
    refused = [each for server in SERVERS for each in judged[server] if each.refused]
    unexplained = [str(each) for each in refused if each.unexplained]
    assert len(unexplained) <= UNEXPLAINED_AT_MOST * len(refused), "\n".join(unexplained)


@pytest.mark.long
@pytest.mark.parametrize("server", SERVERS)
def test_no_error_where_nothing_failed(server: str, judged: dict[str, list[Judged]]) -> None:
    """A 2xx has an ERROR finding only if a member failed, or as the answer to "would a write be refused"."""
    for each in judged[server]:
        errors = [finding.id for finding in each.findings if finding.severity is Severity.ERROR]
        if not 200 <= each.status < 300 or not errors:
            continue
        if each.exchange.request.method == "PROPFIND":
            assert all(name.startswith("423-") for name in errors), str(each)
            assert b"activelock" in (each.exchange.response.body or b"" if each.exchange.response else b""), str(each)
        else:
            assert each.status == 207, str(each)


@pytest.mark.long
@pytest.mark.parametrize("server", SERVERS)
def test_a_response_alone(server: str) -> None:
    """Without its request less is certain, but a refusal is explained, and what went well is no error."""
    for one in recorded(server):
        if one.name in WITHOUT_AN_ANSWER:
            continue
        exchange = read_capture(one.response, Supplement()).exchanges[-1]
        (story,) = split_capture([exchange]).incidents
        findings = judge_incident(story).findings
        status = exchange.status or 0
        assert findings or status < 400, one.name
        if status in (200, 201, 204):
            assert all(finding.severity is not Severity.ERROR for finding in findings), one.name


@pytest.mark.long
@pytest.mark.parametrize("server", SERVERS)
def test_a_whole_run_as_one_capture(server: str) -> None:
    """Hundreds of exchanges in one file: every resource that had trouble has a story, and each is explained."""
    for run, part in groupby(recorded(server), key=lambda one: one.run):
        exchanges = read_capture(b"\n".join(one.whole for one in part), Supplement()).exchanges
        stories = split_capture(exchanges).incidents
        assert stories, run
        told = {exchange for story in stories for exchange in story.exchanges}
        for exchange in exchanges:
            if exchange.request.method not in ("GET", "HEAD", "PROPFIND") and (exchange.status or 0) >= 400:
                assert exchange in told, (run, exchange.request, exchange.status)
        for story in stories:
            diagnosis = judge_incident(story)
            evidence, findings = diagnosis.evidence, diagnosis.findings
            numbers = [quote.exchange for finding in findings for quote in finding.evidence]
            assert all(number is None or 0 <= number < len(story.exchanges) for number in numbers)
            if any((story.exchanges[index].status or 0) >= 400 for index in story.subjects):
                assert findings, (run, story.target)
            assert evidence.target == story.target


@pytest.mark.long
def test_table(judged: dict[str, list[Judged]]) -> None:
    """How many were judged, and how many of them are unexplained, for whoever looks."""
    total: Counter[tuple[str, int]] = Counter()
    unexplained: Counter[tuple[str, int]] = Counter()
    for server in SERVERS:
        for each in judged[server]:
            total[server, each.status] += 1
            unexplained[server, each.status] += each.unexplained
    lines = ["status  " + "".join(f"{server:>12}" for server in SERVERS)]
    for status in sorted({status for _, status in total}):
        cells = (f"{unexplained[server, status]} of {total[server, status]}" for server in SERVERS)
        lines.append(f"{status or 'none':<8}" + "".join(f"{cell:>12}" for cell in cells))
    sys.stdout.write("\nunexplained, of all:\n" + "\n".join(lines) + "\n")
    assert sum(total.values()) == sum(len(recorded(server)) for server in SERVERS)
