"""A listing in a capture shows the locks of the members, and those refuse DELETE and MOVE of the collection."""

import pytest

from davlock.diagnosis.build_screen import build_screen
from davlock.diagnosis.judge_capture import judge_capture
from davlock.diagnosis.verdict import Verdict
from davlock.render.screen_words import line_words
from tests.diagnosis.exchanges import OTHER, activelock, propfind, response
from tests.diagnosis.first_words import NOW

OWN = response("/f/", collection=True)
LOCKED = response("/f/a.txt", activelock())
FREE = response("/f/b.txt")
FOLDER = response("/f/sub/", collection=True)
DEEP = response("/f/sub/c.txt", activelock(OTHER))
SILENT = (
    "<D:response><D:href>/f/a.txt</D:href><D:propstat><D:prop/><D:status>HTTP/1.1 200 OK</D:status></D:propstat>"
    "</D:response>"
)


@pytest.mark.parametrize(
    ("rows", "depth", "verdict", "said"),
    [
        ([OWN, LOCKED, FREE], "1", Verdict.BLOCKED, "1 file in it is: DELETE and MOVE of f/ are refused."),
        ([OWN, LOCKED, FOLDER], "1", Verdict.BLOCKED, "1 file in it is: DELETE and MOVE of f/ are refused."),
        ([OWN, LOCKED, FOLDER, DEEP], "infinity", Verdict.BLOCKED, "2 files in it are: DELETE and MOVE of f/ are"),
        ([OWN, FREE], "1", Verdict.UNKNOWN, "may pass or not: davlock does not know if the folder above is locked"),
        ([OWN, FREE, FOLDER], "1", Verdict.UNKNOWN, "may pass or not: not looked at below the first level."),
        ([OWN, FREE, FOLDER], "infinity", Verdict.UNKNOWN, "may pass or not: not looked at below the first level."),
        ([OWN, SILENT], "1", Verdict.UNKNOWN, "may pass or not: the listing does not show the locks of 1 member."),
        ([OWN], "1", Verdict.UNKNOWN, "may pass or not: the listing shows no members."),
        ([OWN], "0", Verdict.UNKNOWN, "may pass or not: its members were not looked at."),
    ],
    ids=[
        *("a locked member", "and a folder beside it", "one level deeper", "all free", "a folder at Depth 1"),
        *("a server that answers infinity as 1", "a silent member", "no members", "no listing"),
    ],
)
def test_members_of_a_captured_listing(rows: list[str], depth: str, verdict: Verdict, said: str) -> None:
    (diagnosis,) = judge_capture((propfind("/f/", *rows, depth=depth),))
    assert diagnosis.in_the_way.of("DELETE").verdict is verdict
    screen = build_screen(diagnosis)
    assert said in f"{line_words(screen.headline, NOW)} {line_words(screen.meaning, NOW)}"
    assert ("423-member-lock" in [finding.id for finding in diagnosis.findings]) is (verdict is Verdict.BLOCKED)


def test_a_listing_without_the_collection_itself_says_nothing_of_it() -> None:
    (diagnosis,) = judge_capture((propfind("/f/", LOCKED, depth="1"),))
    assert diagnosis.in_the_way.of("DELETE").verdict is Verdict.UNKNOWN
