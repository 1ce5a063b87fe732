"""Times and holders in words."""

from dataclasses import replace

import pytest

from davlock.diagnosis import wording
from davlock.diagnosis.build_evidence import from_exchanges
from davlock.diagnosis.engine import apply_rules
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, RetryVerdict, Risk, Who
from davlock.diagnosis.resource import OwnLock
from davlock.protocol.message import Exchange
from tests.diagnosis.exchanges import (
    BASE,
    LOCKINFO,
    OTHER,
    TOKEN,
    activelock,
    exchange,
    failed,
    multistatus,
    propfind,
    response,
    shows,
)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (119.4, "119 s"),
        (7100, "118 min"),
        (7200, "2 h"),
        (9000, "2 h 30 min"),
        (48 * 3600, "2 days"),
        (604799, "7 days"),
    ],
)
def test_seconds_in_words(seconds: float, words: str) -> None:
    """At most two units."""
    assert wording.seconds_in_words(seconds) == words


def test_a_refusal_that_may_be_about_a_member_says_so() -> None:
    """webdav-server answers the DELETE of a collection with a bare 423, whether it is locked or a file in it."""
    refused = exchange("DELETE", "/f/", 423)
    (found,) = [one for one in apply_rules(from_exchanges([refused])) if one.id == "423-token-required"]
    assert found.headline.startswith("The folder or something in it is locked")
    assert ("davlock", "locks", "-r", f"{BASE}/f/") in [remedy.command for remedy in found.remedies]


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ([], "wrote without checking If-Match. It may have overwritten another version. If nothing was there"),
        (
            [exchange("HEAD", "/a.txt", 200)],
            "wrote without checking If-Match. It may have overwritten another version.",
        ),
        ([exchange("HEAD", "/a.txt", 404)], "ignored If-Match and created the resource. A resource that did not exist"),
    ],
    ids=["nothing was read before", "it was there", "it was not there"],
)
def test_a_201_is_a_creation_only_where_nothing_was_there(before: list[Exchange], said: str) -> None:
    """Go's WebDAV answers 201 to every PUT, also to one that overwrites what another person wrote."""
    put = exchange("PUT", "/a.txt", 201, sent={"If-Match": '"wrong"'})
    (found,) = [one for one in apply_rules(from_exchanges([*before, put])) if one.id == "412-condition-ignored"]
    assert f"{found.headline}. {found.explanation}".startswith(f"The server {said}")


@pytest.mark.parametrize(
    ("failed_at", "where", "rule"),
    [
        ("/f/a.txt", "that member", "The server locks a folder with everything in it, or not at all."),
        ("/f/", "it", "A LOCK that gets 207 has failed."),
    ],
)
def test_a_deep_lock_that_was_refused_names_a_member_only_if_one_failed(failed_at: str, where: str, rule: str) -> None:
    """A 207 can name the collection itself: then no member is in the way."""
    answer = multistatus(failed(failed_at, "423 Locked"))
    refused = exchange("LOCK", "/f/", 207, sent={"Depth": "infinity"}, body=LOCKINFO, answer=answer)
    findings = apply_rules(from_exchanges([refused]))
    (about,) = [finding for finding in findings if finding.id == "207-lock-refused-by-member"]
    assert about.explanation == rule
    assert [remedy.title for remedy in about.remedies] == [f"See the lock on {where}"]


@pytest.mark.parametrize(
    ("method", "what"),
    [
        ("COPY", "The destination is locked"),
        ("MOVE", "The source or the destination is locked"),
        ("PUT", "It is locked"),
    ],
)
def test_a_bare_refusal_says_what_it_can_be_about(method: str, what: str) -> None:
    refused = exchange(method, "/a", 423, sent={"Destination": f"{BASE}/b"} if method != "PUT" else {})
    (found,) = [one for one in apply_rules(from_exchanges([refused])) if one.id == "423-token-required"]
    assert found.headline.startswith(what)


@pytest.mark.parametrize(
    ("owner", "words"),
    [
        ("<D:owner>alice</D:owner>", "“alice”"),
        ("<D:owner>\n  alice\n  smith </D:owner>", "“alice smith”"),
        (f"<D:owner>{'x' * 200}</D:owner>", f"“{'x' * 58} …”"),
        ("<D:owner><D:href/></D:owner>", None),
    ],
)
def test_holder(owner: str, words: str | None) -> None:
    """One line of what the client wrote, cut where it is too long; markup where there are no words."""
    lock = activelock().replace("<D:timeout>", f"{owner}<D:timeout>")
    (covering,) = from_exchanges([shows("/a.txt", lock)]).covering
    if words is None:
        assert "href" in wording.holder(covering)
    else:
        assert wording.holder(covering) == words


def test_our_own_lock_without_an_owner_is_held_by_us() -> None:
    """Of a lock that davlock took: a token that was only typed can be anybody's."""
    shown = [shows("/a.txt", activelock())]
    mine = from_exchanges(shown, own=(OwnLock(TOKEN, 60, 60),))
    typed = from_exchanges(shown, held=[TOKEN])
    theirs = from_exchanges(shown)
    assert wording.describe(mine.covering[0], mine).startswith("You hold an exclusive lock ")
    assert wording.describe(typed.covering[0], typed).startswith("Someone without a name holds ")
    assert wording.describe(theirs.covering[0], theirs).startswith("Someone without a name holds ")


def test_retry_waits_for_the_longest_lock() -> None:
    """And not at all for one whose end is not known, or that has none."""
    shared = [activelock(scope="shared", timeout=text) for text in ("Second-60", "Second-90")]
    retry = wording.retry_for(from_exchanges([shows("/a.txt", *shared)]))
    assert (retry.verdict, retry.after_seconds) == (RetryVerdict.AFTER_WAIT, 90)
    for text in ("Infinite", "whatever"):
        endless = from_exchanges([shows("/a.txt", *shared, activelock(timeout=text))])
        assert wording.retry_for(endless).verdict is RetryVerdict.AFTER_CHANGE
    assert wording.retry_for(from_exchanges([shows("/a.txt")])).verdict is RetryVerdict.AFTER_CHANGE


def test_until() -> None:
    """No more is claimed than is known of the product."""

    def words(timeout: str, **answered: str) -> str:
        look = shows("/a.txt", activelock(timeout=timeout))
        told = exchange("OPTIONS", "/a.txt", 200, answered=answered)
        evidence = from_exchanges([told, look])
        return wording.until(evidence.covering[0], evidence)

    assert words("Second-540") == "for at most 9 min more unless its holder renews it"
    apache = "<http://apache.org/dav/propset/fs/1>"
    assert words("Second-540", DAV=apache) == "for 9 min more unless its holder renews it"
    assert words("Infinite") == "without end"
    assert words("nonsense") == "for an unknown time"
    assert words("Second-0", Allow="OPTIONS, LOCK, PUT, MKCOL") == "without end"
    assert words("Second-3599991", Server="webdav-server/2.6.3").startswith("for a time that is not known")
    assert words("Second-0", DAV=apache) == "for 0 s more unless its holder renews it"


@pytest.mark.parametrize(
    ("dav", "who", "words"),
    [
        ("2", Who.YOU, "any login can release it here"),
        (
            "<http://apache.org/dav/propset/fs/1>",
            Who.LOCK_OWNER,
            "Apache mod_dav lets only the login that took a lock release it",
        ),
        ("1, 2", Who.LOCK_OWNER, "many servers let only the login that took a lock release it"),
    ],
)
def test_release_by_whom(dav: str, who: Who, words: str) -> None:
    """Where a token works for everybody, the person can do it; always at the lock's root, always DESTRUCTIVE."""
    look = propfind("/col/a.txt", response("/col/a.txt", activelock(OTHER, depth="infinity", root="/col/")))
    told = exchange("OPTIONS", "/", 200, answered={"DAV": dav})
    evidence = from_exchanges([told, look], target=f"{BASE}/col/a.txt")
    way = wording.release(evidence.covering[0], evidence)
    assert way is not None
    assert (way.who, way.risk) == (who, Risk.DESTRUCTIVE)
    assert words in way.note
    assert way.command == ("davlock", "unlock", "--steal", f"{BASE}/col/")


@pytest.mark.parametrize("dav", ["<http://apache.org/dav/propset/fs/1>", "1, 2"])
def test_release_does_not_say_that_others_are_refused_where_there_may_be_one_user(dav: str) -> None:
    look = propfind("/col/a.txt", response("/col/a.txt", activelock(OTHER)))
    told = exchange("OPTIONS", "/", 200, answered={"DAV": dav})
    evidence = from_exchanges([told, look], target=f"{BASE}/col/a.txt")
    for one_user in (
        replace(evidence, logged_in=False),
        replace(evidence, logged_in=True, users_told_apart=Known(False, 1)),
    ):
        way = wording.release(one_user.covering[0], one_user)
        assert way is not None
        assert "(the server answers without a login, so it may not tell users apart;" in way.note
    for several in (
        replace(evidence, logged_in=True),
        replace(evidence, logged_in=True, users_told_apart=Known(True, 1)),
        replace(evidence, logged_in=False, exchanges=(*evidence.exchanges, exchange("PUT", "/col/a.txt", 401))),
    ):
        way = wording.release(several.covering[0], several)
        assert way is not None
        assert "login that took a lock" in way.note


def test_no_token_no_release() -> None:
    """And nothing that the person could submit."""
    evidence = from_exchanges([exchange("PUT", "/a.txt", 423), shows("/a.txt", activelock(None))])
    assert wording.release(evidence.covering[0], evidence) is None
    assert [way.risk for way in wording.ways_past(evidence.covering[0], evidence)] == [Risk.SAFE] * 3


def test_what_an_administrator_does_first() -> None:
    """Free one lock, where the product has a way; the store as a whole comes last."""
    told = exchange("OPTIONS", "/a.txt", 200, answered={"DAV": "1, 2, nc-paginate"})
    one, last = wording.admin_store(from_exchanges([told, shows("/a.txt", activelock())]))
    assert one.command == ("occ", "files:lock", "--unlock", "FILE-ID")
    assert last.title == "Remove locks on the server, as a last resort"
    assert last.note.startswith("Nextcloud keeps")
    assert {one.who, last.who} == {Who.SERVER_ADMIN}
    assert wording.admin_store(from_exchanges([shows("/a.txt", activelock())])) == ()


def test_no_waiting_for_a_time_that_is_none() -> None:
    """An hour in milliseconds is no reason to come back in six weeks."""
    told = exchange("OPTIONS", "/a.txt", 200, answered={"Server": "webdav-server/2.6.3"})
    look = shows("/a.txt", activelock(timeout="Second-3599991"))
    assert wording.retry_for(from_exchanges([told, look])) is AFTER_CHANGE
    assert wording.retry_for(from_exchanges([look])).after_seconds == 3599991


def test_one_of_several_locks_is_released_by_its_token() -> None:
    """--steal takes a lock only where there is exactly one."""
    look = propfind("/a.txt", response("/a.txt", activelock(OTHER, scope="shared")))
    (covering,) = from_exchanges([look], target=f"{BASE}/a.txt").covering
    way = wording.release(covering, from_exchanges([look], target=f"{BASE}/a.txt"))
    assert way is not None
    assert way.command == ("davlock", "unlock", f"{BASE}/a.txt", "--token", OTHER)
