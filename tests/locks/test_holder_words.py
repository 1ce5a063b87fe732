"""Each thing that clients write as a lock's owner, and the words for it."""

import pytest

from davlock.locks.holder_words import LONGEST, holder_words
from davlock.locks.server_record import SVN_USER
from davlock.protocol.lock import ActiveLock, Owner, Timeout

INFINITE = Timeout(as_sent="Infinite", seconds=None)


def lock(owner: str = "", *, timeout: Timeout | None = None, vendor: tuple[tuple[str, str], ...] = ()) -> ActiveLock:
    """A lock with that owner."""
    written = Owner(xml=owner, text=owner) if owner else None
    return ActiveLock(
        scope=None, type=None, depth=None, owner=written, timeout=timeout, token=None, root=None, vendor=vendor
    )


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (lock(), "someone without a name"),
        (lock(timeout=INFINITE), "someone without a name (cadaver and scripts write none)"),
        (lock("LibreOffice - "), "someone in LibreOffice (no user name set there)"),
        (lock("LibreOffice - http://www.libreoffice.org/"), "someone in LibreOffice (no user name set there)"),
        (lock("LibreOffice - Alice Miller"), "Alice Miller (in LibreOffice)"),
        (lock("http://www.apple.com/webdav_fs/"), "someone on a Mac (Finder names no user)"),
        (
            lock("https://github.com/perry-mitchell/webdav-client/blob/master/LOCK_CONTACT.md"),
            "a program that uses the npm package webdav",
        ),
        (lock("mailto:alice@example.com"), "alice@example.com (the name is what their program wrote)"),
        (lock("Alice  Miller\n"), "Alice Miller (the name is what their program wrote)"),
        (lock("alice@pc5, davlock 0123456789abcdef"), "alice@pc5 (the name is what their program wrote)"),
        (lock("davlock 0123456789abcdef"), "someone with davlock (no user name set)"),
        (lock("bob"), "someone who signs as bob (as you do)"),
        (lock("a comment", vendor=((SVN_USER, "alice"),)), "alice (the server names the user)"),
        (lock("a comment", vendor=((SVN_USER, "bob"),)), "you"),
        (
            lock(
                vendor=(
                    ("{http://nextcloud.org/ns}lock-owner-type", "0"),
                    ("{http://nextcloud.org/ns}lock-owner", "bob"),
                    ("{http://nextcloud.org/ns}lock-owner-displayname", "Bob Jones"),
                )
            ),
            "you",
        ),
    ],
)
def test_words(shown: ActiveLock, words: str) -> None:
    assert holder_words(shown, user="bob").whole == words


def test_a_lock_of_ones_own_ledger_is_yours() -> None:
    assert holder_words(lock("alice"), mine=True).name == "you"


def test_a_long_owner_is_cut() -> None:
    assert len(holder_words(lock("x" * 5000)).name) == LONGEST
