"""What a person reads of a capture: how things stood when it was made, and to ask the server how they stand now."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from davlock.diagnosis.build_screen import build_screen
from davlock.diagnosis.judge_capture import judge_capture
from davlock.diagnosis.screen import TargetScreen
from davlock.protocol.message import Exchange
from davlock.render.screen_words import line_words
from tests.diagnosis.exchanges import BASE, activelock, exchange, multistatus, response

DATE = datetime(2026, 11, 22, 12, 21, tzinfo=UTC)
LATER = DATE + timedelta(days=7)


def answered(method: str, path: str, status: int, body: str = "", **sent: str) -> Exchange:
    """An exchange whose answer has a Date."""
    fields = {"Date": format_datetime(DATE, usegmt=True), "Server": "nginx/1.22.1"}
    return exchange(method, path, status, sent={"Depth": "0", **sent}, answered=fields, answer=body)


def look(*locks: str) -> Exchange:
    return answered("PROPFIND", "/a.txt", 207, multistatus(response("/a.txt", *locks)))


HELD = look(activelock(timeout="Second-3600"))
ENDLESS = look(activelock(timeout="Infinite"))
REFUSED = answered("PUT", "/a.txt", 423)
ASK = ("davlock", "diagnose", f"{BASE}/a.txt")


def screen(exchanges: list[Exchange], now: datetime) -> TargetScreen:
    (diagnosis,) = judge_capture(tuple(exchanges))
    return build_screen(diagnosis, now=now)


@pytest.mark.parametrize(
    ("exchanges", "said"),
    [
        ([HELD], "a.txt was LOCKED by someone without a name. Your write would have got 423."),
        (
            [ENDLESS],
            "a.txt was LOCKED by someone without a name (cadaver and scripts write none). The lock never expires",
        ),
        ([look()], "a.txt was FREE"),
        ([HELD, REFUSED], "PUT was REFUSED (423): a.txt was LOCKED by someone without a name."),
    ],
    ids=["locked", "locked without end", "free", "refused"],
)
def test_an_old_capture_is_told_in_the_past_tense(exchanges: list[Exchange], said: str) -> None:
    """It gives no time left, nothing to wait for, and nothing that hurts a lock which may be another one by now."""
    shown = screen(exchanges, LATER)
    line = line_words(shown.headline, LATER)
    stamp = DATE.astimezone().strftime("%Y-%m-%d %H:%M %Z").rstrip()
    assert line.startswith(f"When this was captured ({stamp}), {said}")
    assert shown.steps[0].title == "Ask the server now"
    assert shown.steps[0].commands == (ASK,)
    verbs = {command[1] for step in shown.steps for command in step.commands if command[0] == "davlock"}
    assert not verbs & {"wait", "watch", "unlock"}
    assert shown.harmful is None


@pytest.mark.parametrize("minutes", [0, 10, -60], ids=["at once", "soon after", "by a clock that is behind"])
def test_what_was_captured_just_now_is_told_as_it_is(minutes: int) -> None:
    now = DATE + timedelta(minutes=minutes)
    (diagnosis,) = judge_capture((HELD,))
    assert build_screen(diagnosis, now=now) == build_screen(diagnosis)
    assert "a.txt is LOCKED" in line_words(screen([HELD], now).headline, now)


def test_another_place_is_asked_about_where_the_finding_names_it() -> None:
    refused = answered("COPY", "/a.txt", 423, Destination=f"{BASE}/b.txt")
    assert screen([refused], LATER).steps[0].commands == (("davlock", "diagnose", f"{BASE}/b.txt"),)


def test_an_answer_that_says_nothing_about_locks_is_named() -> None:
    shown = screen([answered("GET", "/a.txt", 200, "hello")], DATE)
    assert line_words(shown.headline, DATE) == "a.txt: UNKNOWN. GET got 200. It says nothing about locks."
    assert [step.commands for step in shown.steps] == [(ASK,)]
