"""The pastes are whole and honest, and the score judges answers as it says."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

import pytest

from tests.cli.command import run
from tests.pastes.score import FOLDERS, PasteAnswer, PostedPaste, ask, judge, pastes

PASTES = {f"{paste.folder.name}/{paste.name}": paste for folder in FOLDERS for paste in pastes(folder)}


def test_every_paste_has_an_entry_and_every_entry_a_paste() -> None:
    files = (file for folder in FOLDERS for file in folder.glob("*.txt"))
    assert sorted(f"{file.parent.name}/{file.stem}" for file in files) == sorted(PASTES)


def test_there_are_forty_and_eight_about_something_else() -> None:
    assert len(PASTES) >= 40
    assert sum(paste.kind == "nothing" for paste in PASTES.values()) >= 8


@pytest.mark.parametrize("name", PASTES)
def test_an_entry_names_its_source_an_answer_and_why(name: str) -> None:
    paste = PASTES[name]
    sources = [paste.source] if isinstance(paste.source, str) else paste.source
    assert all(source.startswith("https://") for source in sources)
    assert paste.why
    assert paste.kind in (None, "mention", "nothing")
    assert paste.ids or paste.kind
    assert paste.equal is None or 1 <= paste.equal <= len(paste.ids)
    assert not set(paste.ids) & set(paste.never)
    for unwanted in paste.never:
        re.compile(unwanted)


@pytest.mark.parametrize("name", PASTES)
def test_a_paste_holds_what_its_entry_says_that_it_names(name: str) -> None:
    paste = PASTES[name]
    text = paste.file.read_bytes().decode()
    for fact, value in paste.facts.items():
        # A client's words for a method are "move" and "Moving"; a URL may be joined from a Host and a path.
        looked_for = {"method": value[:3], "url": PurePosixPath(value).name}.get(fact, value)
        assert looked_for.casefold().replace("\\", "") in text.casefold().replace("\\", "")


FORM = PostedPaste(
    name="x",
    source="https://forge.example/1",
    why="-",
    ids=("409-blob-lease", "capture-fragment"),
    holder="mia",
    never=("MKCOL", "423-"),
)


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (
            PasteAnswer(exit_status=0, leading=(("409-blob-lease", "likely"),), ids=("409-blob-lease",), text="by mia"),
            "right",
        ),
        (PasteAnswer(exit_status=0, leading=(("409-blob-lease", "likely"),), ids=("409-blob-lease",)), "weaker"),
        (PasteAnswer(exit_status=0, ids=("capture-fragment",), leading=(("capture-fragment", "certain"),)), "weaker"),
        (PasteAnswer(exit_status=0, pages=("mention",), text="mentions 409-blob-lease"), "weaker"),
        (PasteAnswer(exit_status=2, text="cannot be read"), "unhelpful"),
        (PasteAnswer(exit_status=1, text="Traceback", crashed=True), "unhelpful"),
        (PasteAnswer(exit_status=0, leading=(("404-not-found", "possible"),), ids=("404-not-found",)), "unhelpful"),
        (PasteAnswer(exit_status=0, leading=(("404-not-found", "likely"),), ids=("404-not-found",)), "misled"),
        (
            PasteAnswer(
                exit_status=0, leading=(("409-blob-lease", "likely"),), ids=("409-blob-lease",), text="mia: MKCOL"
            ),
            "misled",
        ),
        (PasteAnswer(exit_status=0, leading=(("423-shared-lock", "possible"),), ids=("423-shared-lock",)), "misled"),
    ],
)
def test_an_answer_to_a_refusal_is_judged(answer: PasteAnswer, verdict: str) -> None:
    assert judge(FORM, answer)[0] == verdict


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (PasteAnswer(exit_status=2, text="nothing about HTTP"), "right"),
        (PasteAnswer(exit_status=0, pages=("mention",)), "weaker"),
        (PasteAnswer(exit_status=0, pages=("status",)), "misled"),
        (PasteAnswer(exit_status=0, ids=("423-unexplained",), leading=(("423-unexplained", "possible"),)), "misled"),
    ],
)
def test_an_answer_where_nothing_is_about_http_is_judged(answer: PasteAnswer, verdict: str) -> None:
    paste = PostedPaste(name="x", source="https://forge.example/1", why="-", kind="nothing")
    assert judge(paste, answer)[0] == verdict


@pytest.mark.parametrize("name", PASTES)
def test_no_paste_misleads_and_none_is_left_without_help(name: str) -> None:
    def davlock(arguments: Sequence[str]) -> tuple[int, str, str]:
        done = run(*arguments, env={"COLUMNS": "100"})
        return done.code, done.out, done.err

    paste = PASTES[name]
    verdict, reason = judge(paste, ask(paste, davlock))
    assert verdict in ("right", "weaker"), reason
