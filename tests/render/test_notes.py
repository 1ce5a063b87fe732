"""Notes at the end of a table: few lines, however much was skipped."""

import pytest

from davlock.diagnosis.skipped import Skipped
from davlock.operations.walk.tally import MAX_LINES, Tally
from davlock.render.notes import note_lines

ENDED = "not read: the walk had ended"


def tally(*notes: tuple[str, str]) -> Tally:
    made = Tally("http://a/f/")
    for what, why in notes:
        made.note(what, why)
    return made


@pytest.mark.parametrize("count", [4, MAX_LINES, MAX_LINES + 1, 642])
def test_many_with_one_reason_are_one_line(count: int) -> None:
    notes = tally(*((f"h{number}/", ENDED) for number in range(count))).notes
    assert list(note_lines(notes)) == [f"h0/, h1/ and {count - 2} more: {ENDED}"]
    assert len(notes) == min(count, MAX_LINES + 1), "JSON keeps the list"


def test_few_are_named_each() -> None:
    notes = [Skipped(f"h{number}/", ENDED) for number in range(3)]
    assert list(note_lines(notes)) == [f"h{number}/: {ENDED}" for number in range(3)]


def test_each_reason_is_told() -> None:
    named = [(f"a{number}/", "not read: answered 500") for number in range(5)]
    notes = tally(("b/", "not read: answered 401"), *named, *((f"h{n}/", ENDED) for n in range(100))).notes
    assert list(note_lines(notes)) == [
        "b/: not read: answered 401",
        "a0/, a1/ and 3 more: not read: answered 500",
        f"h0/, h1/ and 98 more: {ENDED}",
    ]


def test_those_of_several_reasons_that_are_not_named_are_counted() -> None:
    notes = tally(*((f"h{number}/", ENDED if number % 2 else "not read: no answer") for number in range(100))).notes
    assert list(note_lines(notes)) == [
        "h0/, h2/ and 8 more: not read: no answer",
        f"h1/, h3/ and 8 more: {ENDED}",
        "collections: 80 more like these",
    ]


def test_how_many_exchanges_are_listed_is_for_json() -> None:
    assert list(note_lines([Skipped("exchanges", "the first 100 of 642 are listed", only_json=True)])) == []
