"""What stands beside the stories of a capture: what is not told, and why."""

import pytest

from davlock.diagnosis.capture_index import SUBJECT_LIMIT
from davlock.diagnosis.incidents import INCIDENT_LIMIT
from davlock.diagnosis.judge_capture import REMARKS, judge_capture
from davlock.diagnosis.skipped import Skipped
from davlock.errors import NoResponseKind
from davlock.protocol.deviation import Deviation
from davlock.protocol.message import Exchange
from davlock.render.build_result import result
from davlock.render.result import Result
from tests.diagnosis.exchanges import BASE, activelock, exchange, propfind, put, response, unlock


def shown(exchanges: list[Exchange], *deviations: Deviation) -> list[Result]:
    return [result(told) for told in judge_capture(tuple(exchanges), deviations=deviations)]


def get(number: int, status: int | NoResponseKind) -> Exchange:
    return exchange("GET", f"/{number}", status)


BESIDE: list[tuple[str, list[Exchange], Skipped]] = [
    (
        "one alike",
        [get(1, 404), get(2, 404)],
        Skipped("1 more GET request", "answered 404 as well, on other resources of this server"),
    ),
    (
        "many that had no answer",
        [get(number, NoResponseKind.RESET) for number in range(5)],
        Skipped("4 more GET requests", "had no answer as well, on other resources of this server"),
    ),
    (
        "many that went well",
        [unlock(f"/{number}") for number in range(20)],
        Skipped("19 more UNLOCK requests", "answered 204 as well, on other resources of this server"),
    ),
    (
        "a long loop",
        [put("/f", 423) for _ in range(1000)],
        Skipped("899 more exchanges on this resource", "repetitions, or long before the last ones"),
    ),
    (
        "very many kinds",
        [put("/f", 412, If_Match=f'"{number}"') for number in range(SUBJECT_LIMIT + 3)],
        Skipped("3 earlier refusals of other kinds", "of one resource the last 20 are explained"),
    ),
    (
        "very many resources",
        [put(f"/{number}", 423) for number in range(INCIDENT_LIMIT + 2)],
        Skipped("2 more resources with trouble", "of one capture, 500 are told; cut it down to those in question"),
    ),
    (
        "images",
        [put("/f", 423), get(1, 404), get(2, 500)],
        Skipped("failed reads of 2 other resources", "no write was tried there, and nothing was said about locks"),
    ),
]


@pytest.mark.parametrize(("description", "exchanges", "skipped"), BESIDE, ids=[case[0] for case in BESIDE])
def test_what_is_not_told_is_counted(description: str, exchanges: list[Exchange], skipped: Skipped) -> None:
    assert skipped in shown(exchanges)[-1].skipped, description


def test_headings_only_where_there_are_several() -> None:
    assert [each.heading for each in shown([put("/f", 423)])] == [""]
    assert [each.heading for each in shown([put("/f", 423), put("/g", NoResponseKind.DNS)])] == [
        "1 of 2 · PUT http://dav.example/f",
        "2 of 2 · PUT http://dav.example/g",
    ]


def test_remarks_on_the_capture_stand_at_the_end_once() -> None:
    remarks = [Deviation("header", str(number // 2)) for number in range(40)]
    first, last = shown([put("/f", 423), put("/g", 423)], Deviation("capture", "damaged"), *remarks)
    assert not any("capture" in each.what for each in first.skipped)
    told = [each for each in last.skipped if "capture" in each.what]
    assert told[:2] == [Skipped("the capture", "damaged"), Skipped("the capture's header", "0")]
    assert len(told) == REMARKS
    (nothing,) = shown([get(1, 200), get(2, 200)], *remarks)
    assert len(nothing.skipped) == 1 + REMARKS
    assert (nothing.target, nothing.went_well) == (None, True)


def test_the_locks_of_members_stand_in_a_listing() -> None:
    """And nothing says that nothing is locked."""
    listing = propfind("/col/", response("/col/"), response("/col/a.txt", activelock()), depth="1")
    (found,) = shown([listing])
    assert [view.url for view in found.locks or ()] == [f"{BASE}/col/a.txt"]
    assert found.findings == ()


def test_an_empty_listing_says_so() -> None:
    (found,) = shown([propfind("/col/", response("/col/"), response("/col/a.txt"), depth="1")])
    assert found.locks == ()
    assert [finding.id for finding in found.findings] == ["no-lock"]
