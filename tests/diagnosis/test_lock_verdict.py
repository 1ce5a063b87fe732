"""The verdict by method: pure, from exchanges."""

from dataclasses import replace

import pytest

from davlock.diagnosis.build_evidence import from_exchanges
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import Certainty, Verdict
from davlock.diagnosis.lock_verdict import UNSEEN_LEVELS, lock_verdict
from davlock.diagnosis.resource import MemberLocks, OwnLock
from davlock.diagnosis.rules.registry import BY_ID
from davlock.locks.observed import ObservedLock
from davlock.servers import apache, golang, lighttpd, nginx, wsgidav
from davlock.servers.profile import Profile
from tests.diagnosis.exchanges import OTHER, TOKEN, activelock, put, shows
from tests.diagnosis.exchanges import propfind as listed
from tests.diagnosis.first_words import first_words

CLEAR, BLOCKED, UNKNOWN = Verdict.CLEAR, Verdict.BLOCKED, Verdict.UNKNOWN


def words(evidence: Evidence) -> str:
    """``clear blocked blocked clear`` for PUT, DELETE, MOVE and LOCK, then the whole."""
    judged = lock_verdict(evidence)
    return " ".join([*(met.verdict.value for _, met in judged.methods), "=", judged.verdict.value])


def by(profile: Profile | None, evidence: Evidence) -> Evidence:
    """As if the server were this one: what the history does with it is left as it was."""
    return replace(evidence, server=profile)


def zero(token: str = TOKEN) -> str:
    return activelock(token, depth="0", root="http://dav.example/a/")


def file_below_zero() -> Evidence:
    return from_exchanges(
        [shows("/a/b.txt"), shows("/a/", zero(), collection=True)], target="http://dav.example/a/b.txt", guess=False
    )


def folder(*, members: MemberLocks | None, own: tuple[OwnLock, ...] = ()) -> Evidence:
    found = None if members is None else Known(members, 0)
    looks = [shows("/a/", collection=True), shows("/", collection=True)]
    return from_exchanges(looks, target="http://dav.example/a/", guess=False, member_locks=found, own=own)


def locked_member(*, held: bool = False) -> MemberLocks:
    (lock,) = from_exchanges([shows("/a/b.txt", activelock())]).covering
    return MemberLocks(locks=(replace(lock, held=held, mine=True if held else None),))


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        (None, "clear blocked blocked clear = clear"),
        (apache.PROFILE, "clear blocked blocked clear = clear"),
        (wsgidav.PROFILE, "clear blocked blocked clear = clear"),
        (lighttpd.PROFILE, "clear clear clear clear = clear"),
        (nginx.PROFILE, "blocked blocked blocked blocked = blocked"),
    ],
)
def test_a_member_of_a_collection_locked_with_depth_0(profile: Profile | None, said: str) -> None:
    """As measured; RFC 4918 §7.4 where the product is not known."""
    assert words(by(profile, file_below_zero())) == said


def test_the_lock_on_the_collection_above_is_among_those_that_bear_on_it() -> None:
    judged = lock_verdict(file_below_zero())
    assert [lock.url for lock in judged.locks] == ["http://dav.example/a/"]
    assert judged.of("DELETE").locks == judged.locks
    assert judged.of("PUT").locks == ()


def test_a_lock_of_depth_0_of_ones_own_on_the_collection_above() -> None:
    looks = [shows("/a/b.txt"), shows("/a/", zero(), collection=True)]
    own = (OwnLock(TOKEN, 60, 60),)
    evidence = from_exchanges(looks, target="http://dav.example/a/b.txt", guess=False, own=own)
    assert words(evidence) == "clear clear clear clear = clear"


def test_not_asked_is_not_free() -> None:
    """DELETE of a file in a collection that nobody asked is not known, and its PUT is."""
    assert words(from_exchanges([shows("/a/b.txt")])) == "clear unknown unknown clear = clear"
    assert "was not asked" in lock_verdict(from_exchanges([shows("/a/b.txt")])).of("DELETE").why


@pytest.mark.parametrize(("status", "said"), [(404, "clear"), (405, "clear"), (403, "unknown"), (500, "unknown")])
def test_what_stands_above_the_server_locks_nothing(status: int, said: str) -> None:
    looks = [shows("/a/b.txt"), listed("/a/", status=status)]
    judged = lock_verdict(from_exchanges(looks, target="http://dav.example/a/b.txt", guess=False))
    assert [judged.of("DELETE").verdict.value, judged.verdict.value] == [said, said]  # it may have a deep lock, too


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        (None, "clear blocked blocked clear = blocked"),
        (apache.PROFILE, "clear blocked blocked clear = blocked"),
        (lighttpd.PROFILE, "clear clear clear clear = clear"),
        (nginx.PROFILE, "clear clear clear blocked = blocked"),
    ],
)
def test_a_collection_with_a_locked_member(profile: Profile | None, said: str) -> None:
    assert words(by(profile, folder(members=locked_member()))) == said


def test_a_collection_with_a_locked_member_of_ones_own() -> None:
    assert words(folder(members=locked_member(held=True))) == "clear clear clear clear = clear"


def test_a_collection_that_was_not_looked_into() -> None:
    """An unknown DELETE alone does not make the whole unknown."""
    assert words(folder(members=None)) == "clear unknown unknown clear = clear"
    evidence = folder(members=MemberLocks(unseen=UNSEEN_LEVELS))
    assert words(evidence) == "clear unknown unknown clear = clear"
    line = "a/ is FREE for a new file in it and LOCK. DELETE and MOVE may pass or not: not looked at below"
    assert first_words(evidence).startswith(line)


def test_a_locked_member_decides_also_where_not_all_was_seen() -> None:
    members = replace(locked_member(), unseen=UNSEEN_LEVELS)
    assert words(folder(members=members)) == "clear blocked blocked clear = blocked"


def test_a_lock_of_ones_own_refuses_a_second_lock_and_nothing_else() -> None:
    evidence = from_exchanges([shows("/a.txt", activelock())], own=(OwnLock(TOKEN, 60, 60),))
    said = {method: met.verdict for method, met in lock_verdict(evidence).methods}
    assert (said["PUT"], said["LOCK"], lock_verdict(evidence).verdict) == (CLEAR, BLOCKED, CLEAR)
    assert first_words(evidence).startswith("a.txt is LOCKED BY YOU for at most 9 min.")


def test_a_typed_token_does_not_make_it_yours() -> None:
    evidence = from_exchanges([shows("/a.txt", activelock())], held=[TOKEN])
    assert lock_verdict(evidence).verdict is CLEAR
    assert first_words(evidence).endswith("You have the token. Writes that send the token pass, all others get 423.")


def test_a_collection_of_ones_own_is_clear() -> None:
    looks = [shows("/a/", activelock(), collection=True), shows("/", collection=True)]
    own = (OwnLock(TOKEN, 60, 60),)
    found = Known(MemberLocks(), 0)
    evidence = from_exchanges(looks, target="http://dav.example/a/", guess=False, own=own, member_locks=found)
    assert lock_verdict(evidence).verdict is CLEAR


@pytest.mark.parametrize(
    ("lock", "profile", "said"),
    [
        ("", None, "clear clear clear clear = clear"),
        (zero(), None, "blocked unknown unknown blocked = blocked"),
        (zero(), wsgidav.PROFILE, "blocked unknown unknown clear = blocked"),
        (activelock(depth="infinity", root="/a/"), lighttpd.PROFILE, "blocked unknown unknown blocked = blocked"),
    ],
)
def test_a_new_name(lock: str, profile: Profile | None, said: str) -> None:
    """The lock on its collection decides; there is nothing yet to delete or move."""
    looks = [listed("/a/new", status=404), shows("/a/", *([lock] if lock else []), collection=True)]
    evidence = from_exchanges(looks, target="http://dav.example/a/new", guess=False)
    assert words(by(profile, evidence)) == said


def test_a_new_name_below_a_lock_of_depth_0_that_guards_no_members() -> None:
    looks = [listed("/a/new", status=404), shows("/a/", zero(), collection=True)]
    profile = replace(lighttpd.PROFILE, recognise=lambda traits: True)
    evidence = from_exchanges(looks, target="http://dav.example/a/new", guess=False, profiles=(profile,))
    assert words(evidence) == "clear clear clear clear = clear"


def test_a_missing_collection() -> None:
    looks = [listed("/a/b/c/new", status=404), listed("/a/b/c/", status=404), listed("/a/b/", status=404)]
    looks.append(shows("/a/", collection=True))
    evidence = from_exchanges(looks, target="http://dav.example/a/b/c/new", guess=False)
    assert words(evidence) == "unknown unknown unknown unknown = unknown"
    line = "new is NOT THERE. The last part of the path that exists is http://dav.example/a/"
    assert first_words(evidence) == line


def test_not_asked_is_not_not_found() -> None:
    evidence = from_exchanges([listed("/a/new", status=404)], target="http://dav.example/a/new", guess=False)
    line = first_words(evidence)
    assert line == "new is NOT THERE. The server did not say if its folder exists."


@pytest.mark.parametrize(
    ("method", "said", "words"),
    [
        ("PUT", CLEAR, "b.txt is FREE: nothing keeps you from writing it."),
        ("DELETE", BLOCKED, "b.txt itself is not locked, but its folder a/ is LOCKED by someone without a name"),
        ("LOCK", CLEAR, "b.txt is FREE: nothing keeps you from locking it."),
    ],
)
def test_the_method_that_is_intended_chooses(method: str, said: Verdict, words: str) -> None:
    evidence = replace(file_below_zero(), intended=method)
    assert lock_verdict(evidence).verdict is said
    assert first_words(evidence).startswith(words)


LEFT_OUT = (
    "<D:response><D:href>/a.txt</D:href><D:propstat><D:prop><D:lockdiscovery/></D:prop>"
    "<D:status>HTTP/1.1 404 Not Found</D:status></D:propstat></D:response>"
)


def test_a_server_that_never_shows_its_locks() -> None:
    looks = [listed("/a.txt", LEFT_OUT)]
    profile = replace(golang.PROFILE, recognise=lambda traits: True)
    assert words(from_exchanges(looks, profiles=(profile,))) == "unknown unknown unknown unknown = unknown"


def test_a_refused_write_tells_of_its_own_method() -> None:
    evidence = from_exchanges([put("/a.txt", 423)])
    judged = lock_verdict(evidence)
    assert (judged.verdict, judged.of("PUT").verdict, judged.of("DELETE").verdict) == (BLOCKED, BLOCKED, UNKNOWN)
    shown = from_exchanges([put("/a.txt", 423), shows("/a.txt", activelock(OTHER))])
    assert lock_verdict(shown).of("DELETE").verdict is BLOCKED


def test_every_lock_that_is_met_is_listed() -> None:
    for evidence in (file_below_zero(), folder(members=locked_member()), from_exchanges([shows("/a", activelock())])):
        judged = lock_verdict(evidence)
        met: list[ObservedLock] = [lock for _, entry in judged.methods for lock in entry.locks]
        assert met
        assert all(lock in judged.locks for lock in met)


def test_your_own_lock_on_a_member_needs_its_token() -> None:
    for profile in (None, apache.PROFILE, wsgidav.PROFILE):
        found = by(profile, folder(members=locked_member(held=True), own=(OwnLock(TOKEN, 1.0, 1.0),)))
        met = lock_verdict(found).of("DELETE")
        assert (met.verdict, met.only_own) == (CLEAR, True)
        assert met.why == "1 member of it is locked, and the lock is yours: send its token"
        assert first_words(found).startswith("a/ itself is FREE. DELETE and MOVE need a token that you have: 1 member")


def test_your_own_lock_of_depth_0_on_the_collection_needs_its_token() -> None:
    found = from_exchanges(
        [shows("/a/b.txt"), shows("/a/", zero(), collection=True)],
        target="http://dav.example/a/b.txt",
        guess=False,
        own=(OwnLock(TOKEN, 1.0, 1.0),),
    )
    met = lock_verdict(found).of("MOVE")
    assert (met.verdict, met.only_own) == (CLEAR, True)
    assert [lock.token for lock in lock_verdict(found).locks] == [TOKEN]
    assert first_words(found) == (
        "b.txt itself is FREE. DELETE and MOVE need a token that you have: the collection above it is locked, and the"
        " lock is yours: send its token."
    )


def test_a_member_is_a_direct_one_however_its_url_is_escaped() -> None:
    (lock,) = from_exchanges([shows("/%C3%BC/b.txt", activelock())]).covering
    looks = [shows("/%c3%bc/", collection=True), shows("/", collection=True)]
    found = from_exchanges(
        looks, target="http://dav.example/%c3%bc/", guess=False, member_locks=Known(MemberLocks(locks=(lock,)), 0)
    )
    assert lock_verdict(by(nginx.PROFILE, found)).of("LOCK").verdict is BLOCKED


@pytest.mark.parametrize("profile", [None, wsgidav.PROFILE, golang.PROFILE])
@pytest.mark.parametrize("status", [401, 403, 500, 503])
def test_a_collection_above_that_was_not_read_may_cover_the_target(status: int, profile: Profile | None) -> None:
    looks = [shows("/a/b/c.txt"), shows("/a/b/", collection=True), listed("/a/", status=status)]
    found = by(profile, from_exchanges(looks, target="http://dav.example/a/b/c.txt", guess=False))
    assert words(found) == "unknown unknown unknown unknown = unknown"
    assert f"answered {status} to PROPFIND http://dav.example/a/:" in lock_verdict(found).of("PUT").why
    assert no_lock(found) == (
        Certainty.LIKELY,
        "It is not locked itself, but a lock further up may cover it",
    )
    assert lock_verdict(by(apache.PROFILE, found)).of("PUT").verdict is CLEAR  # it would show the lock on the file


def test_what_ends_below_the_top_is_never_certain() -> None:
    looks = [shows("/a/b/c.txt"), shows("/a/b/", collection=True), listed("/a/", status=405)]
    found = by(wsgidav.PROFILE, from_exchanges(looks, target="http://dav.example/a/b/c.txt", guess=False))
    assert lock_verdict(found).verdict is CLEAR
    assert no_lock(found)[0] is Certainty.LIKELY


def no_lock(evidence: Evidence) -> tuple[Certainty, str]:
    match = BY_ID["no-lock"].check(evidence)
    assert match is not None
    return match.certainty, match.headline


def test_what_refuses_between_two_collections_is_one_of_them() -> None:
    looks = [shows("/a/b.txt"), listed("/a/", status=405), shows("/", collection=True)]
    found = from_exchanges(looks, target="http://dav.example/a/b.txt", guess=False)
    assert lock_verdict(found).verdict is UNKNOWN


def test_the_depth_of_a_lock_is_said() -> None:
    """A server takes a LOCK without Depth for one of depth infinity, which a locked member refuses."""
    free = folder(members=MemberLocks())
    assert lock_verdict(free).of("LOCK").why == "no lock is in the way of LOCK (depth 0)"
    met = lock_verdict(folder(members=locked_member())).of("LOCK")
    assert (met.verdict, met.why.partition("; ")[2]) == (
        CLEAR,
        "with depth infinity it is refused: 1 member of it is locked",
    )


def test_a_member_that_refuses_lock_alone_is_a_finding() -> None:
    """nginx removes locked members, and locks no collection that has one."""
    match = BY_ID["423-member-lock"].check(by(nginx.PROFILE, folder(members=locked_member())))
    assert match is not None
    assert "The server refuses LOCK of the folder because of it." in match.explanation
    assert match.remedies


def test_a_lock_of_depth_0_two_collections_up_is_in_nobodys_way() -> None:
    """nginx shows it there; its lockroot tells."""
    up = activelock(depth="0", root="http://dav.example/a/")
    looks = [shows("/a/b/c.txt", up), shows("/a/b/", up, collection=True)]
    found = by(nginx.PROFILE, from_exchanges(looks, target="http://dav.example/a/b/c.txt", guess=False))
    assert words(found) == "clear clear clear clear = clear"
    near = from_exchanges([shows("/a/c.txt", up)], target="http://dav.example/a/c.txt", guess=False)
    assert lock_verdict(by(nginx.PROFILE, near)).of("PUT").verdict is BLOCKED


@pytest.mark.parametrize(
    ("server", "logged_in", "said"),
    [
        (apache.PROFILE, None, "clear clear clear clear = clear"),  # nobody logs in: a token is all that counts
        (golang.PROFILE, True, "clear clear clear clear = clear"),  # anybody's token works
        (wsgidav.PROFILE, True, "clear unknown unknown clear = clear"),  # perhaps it is another user's
    ],
)
def test_a_typed_token_of_a_lock_around_the_target_is_no_permission(
    server: Profile, logged_in: bool | None, said: str
) -> None:
    """As for a lock on the target itself: on many servers a token works for the user who took the lock alone."""
    (lock,) = locked_member().locks
    inside = folder(members=MemberLocks(locks=(replace(lock, held=True),)))
    assert words(replace(inside, logged_in=logged_in, server=server)) == said
    looks = [shows("/a/b.txt"), shows("/a/", zero(), collection=True)]
    beside = from_exchanges(looks, target="http://dav.example/a/b.txt", guess=False, held=[TOKEN])
    assert words(replace(beside, logged_in=logged_in, server=server)) == said


def test_a_token_that_may_not_work_names_its_lock() -> None:
    """WsgiDAV: another user's token is refused, so the lock that it is of is what may be in the way."""
    (lock,) = locked_member().locks
    inside = folder(members=MemberLocks(locks=(replace(lock, held=True),)))
    looks = [shows("/a/b.txt"), shows("/a/", zero(), collection=True)]
    beside = from_exchanges(looks, target="http://dav.example/a/b.txt", guess=False, held=[TOKEN])
    for evidence in (inside, beside):
        removal = lock_verdict(replace(evidence, logged_in=True, server=wsgidav.PROFILE)).of("DELETE")
        assert (removal.verdict, [lock.token for lock in removal.locks]) == (UNKNOWN, [TOKEN])
        assert not removal.only_own
