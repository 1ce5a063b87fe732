"""Servers that change what is written to them, or do not let it be read: locks are checked all the same."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from davlock.checks.requester import NEW
from davlock.checks.results import CheckOutcome
from davlock.checks.storage import Storage, difference
from davlock.operations.scratch import OLD
from davlock.protocol.message import Request, Response
from tests.checks.test_judgement import judged
from tests.checks.world import World, answer

Change = Callable[[bytes], bytes]


def reading(change: Change) -> World:
    """A server whose GET shows what ``change`` makes of the content."""

    def hook(world: World, request: Request) -> Response | None:
        if request.method != "GET":
            return None
        got = World.act(world, request)
        return replace(got, body=change(got.body)) if got.status == 200 and got.body else None

    return World(hook=hook)


CHANGES: list[tuple[str, Change]] = [
    ("changed line ends from LF to CRLF", lambda body: body.replace(b"\n", b"\r\n")),
    ("put a byte order mark before the text", lambda body: b"\xef\xbb\xbf" + body),
    ("changed white space", lambda body: body.rstrip(b"\n").replace(b" ", b"  ")),
]


@pytest.mark.parametrize(("words", "change"), CHANGES, ids=[words for words, _ in CHANGES])
def test_a_changed_content_fails_one_check_and_no_other(words: str, change: Change) -> None:
    assert judged(reading(change)) == {
        "put": (CheckOutcome.FAIL, f"the server {words}: GET does not return what PUT sent"),
    }


def test_a_content_that_comes_back_as_another_is_known_again() -> None:
    """As from a server that renders what it stores: not even the letters are the same."""
    world = reading(lambda body: bytes(reversed(body.rstrip(b"\n"))) + b"!")
    assert set(judged(world, "put", "lock", "lock-protects", "token-in-if", "delete-locked", "move-locked")) == {"put"}


def test_what_a_server_stores_is_learnt_from_files_with_a_name_that_says_so() -> None:
    world = reading(lambda body: body.replace(b"\n", b"\r\n"))
    judged(world, "lock-protects")
    written = [request.url.rpartition("/")[2] for request in world.requests if request.method == "PUT"]
    assert [re.sub(r"\d", "", name) for name in written] == ["f.txt", "f.txt", "stored.txt", "stored.txt"]


def test_a_read_that_succeeds_is_sent_once() -> None:
    world = World()
    assert judged(world, "put") == {}
    assert world.methods.count("GET") == 1


def test_a_changed_content_is_no_broken_lock_where_put_is_not_checked() -> None:
    found = judged(reading(lambda body: body.replace(b"\n", b"\r\n")), "lock-protects", "token-in-if")
    assert found == {}


def test_a_change_that_hides_what_was_written_keeps_the_others_from_their_turn() -> None:
    """The same comes back whatever was written: nobody can tell then what a write did."""
    found = judged(reading(lambda body: b"<!DOCTYPE html><p>Log in</p>"), "put", "lock", "lock-protects")
    assert found["put"] == (CheckOutcome.FAIL, "the server returned a web page: GET does not return what PUT sent")
    assert found["lock-protects"][0] is CheckOutcome.SKIP


def test_a_write_that_is_lost_is_called_lost() -> None:
    def hook(world: World, request: Request) -> Response | None:
        return answer(204) if request.method == "PUT" and request.headers.get("If") else None

    found = judged(World(hook=hook), "put", "lock", "lock-protects", "token-in-if")
    assert found["token-in-if"] == (
        CheckOutcome.FAIL,
        "the server answered 204 to PUT with the token, and wrote nothing",
    )


def test_one_read_that_fails_is_tried_again() -> None:
    failed: list[str] = []

    def hook(world: World, request: Request) -> Response | None:
        if request.method == "GET" and not failed:
            failed.append(request.url)
            return answer(500)
        return None

    assert judged(World(hook=hook)) == {}
    assert failed


def test_where_nothing_can_be_read_what_needs_no_read_is_checked() -> None:
    found = judged(World(hook=lambda world, request: answer(403) if request.method == "GET" else None))
    outcome, why = found.pop("put")
    assert outcome is CheckOutcome.UNKNOWN
    assert why.startswith("davlock cannot read the content: the server answered 403 to GET")
    # These are about reading, or about what is there afterwards.
    assert {outcome for outcome, _ in found.values()} == {CheckOutcome.UNKNOWN}
    assert set(found) == {"read-while-locked", "delete-token", "if-untagged-wrong", "unmapped-protects"}


def test_only_white_space_is_forgiven_and_only_where_nothing_else_changes() -> None:
    storage = Storage()
    storage.forms |= {OLD: OLD.rstrip(), NEW: NEW.rstrip()}
    assert storage.same(b"third\n", b"third")
    assert not storage.same(b"third\n", b"other")
    turned = Storage()
    turned.forms |= {OLD: OLD[::-1], NEW: NEW[::-1]}
    assert not turned.same(b"third\n", b"third")


DIFFERENCES = [
    (None, "stored nothing"),
    (b"", "stored an empty file"),
    (b"one\n", "returned only the first 4 of 8 bytes"),
    (b"one\ntwo\nmore", "added 4 bytes at the end"),
    (b"more one\ntwo\n", "added 5 bytes at the beginning"),
    (b"other", "returned 5 bytes for 8: other"),
    (b"\x00\xff" * 50, "returned 100 bytes for 8: " + "\x00\\xff" * 30 + " …"),
]


@pytest.mark.parametrize(("back", "words"), DIFFERENCES)
def test_how_it_differs(back: bytes | None, words: str) -> None:
    assert difference(b"one\ntwo\n", back) == words
