"""LOCK, refresh and UNLOCK against a sender that plays a script."""

from itertools import groupby

import pytest

from davlock.errors import Cancelled, LocalProtocolError, NoResponse, NoResponseKind, Terminated
from davlock.operations import locking, release
from davlock.operations.investigate import AGAIN
from davlock.operations.locking import LockRequest
from davlock.operations.probe import ProbeResult
from davlock.operations.results import Achieved
from davlock.protocol.lock import Depth, LockScope, LockToken
from davlock.protocol.message import Response
from davlock.servers.profile import Profile
from tests.cli.answers import OTHER, TOKEN, active_lock, element
from tests.operations.fake import OFF, Answer, FakeSend, answer, listing, lost

URL = "http://dav.example/team/a.txt"
FREE = listing(element("/team/a.txt"))
TAKEN = listing(element("/team/a.txt", locks=active_lock(root="/team/a.txt")))
OTHERS = listing(element("/team/a.txt", locks=active_lock(OTHER, root="/team/a.txt")))
HIDDEN = listing(element("/team/a.txt", status="404 Not Found"))
VOUCHED = "nephele/1.0.0"  # known by its name alone, and to show every lock
UNVOUCHED = "PhodavServer libsoup/3.2.3"  # the same, and not known to
PLAIN = LockRequest()


def lock_body(*locks: str) -> bytes:
    return f'<D:prop xmlns:D="DAV:"><D:lockdiscovery>{"".join(locks)}</D:lockdiscovery></D:prop>'.encode()


GRANTED = answer(200, lock_body(active_lock(root="/team/a.txt")), ("Lock-Token", f"<{TOKEN}>"))


def whys(report: ProbeResult) -> str:
    return "; ".join(f"{entry.what}: {entry.why}" for entry in report.skipped)


def lock(answers: dict[str, list[Answer]], wish: LockRequest = PLAIN) -> tuple[ProbeResult, FakeSend]:
    send = FakeSend(answers)
    return locking.lock(send, URL, wish, ledger=OFF), send


# -- lock


def test_granted_and_seen_as_asked() -> None:
    report, _ = lock({"PROPFIND": [FREE, TAKEN], "LOCK": [GRANTED]})
    assert report.achieved is Achieved.YES


def test_granted_and_seen() -> None:
    report, send = lock(
        {"PROPFIND": [FREE, TAKEN], "LOCK": [GRANTED]},
        LockRequest(scope=LockScope.SHARED, depth=Depth.INFINITY, seconds=77),
    )
    assert report.achieved is Achieved.NO  # of depth 0: the members are not locked (pywebdav3)
    assert send.methods == ["PROPFIND", "LOCK", "PROPFIND"]
    request = send.requests[1]
    assert request.headers.get_all("Timeout") == ("Second-77",)
    assert request.headers.get_all("Depth") == ("infinity",)
    assert isinstance(request.body, bytes)
    assert b"shared" in request.body


@pytest.mark.parametrize(("status", "methods"), [(401, ["PROPFIND"]), (407, ["PROPFIND"])])
def test_nobody_is_let_in(status: int, methods: list[str]) -> None:
    report, send = lock({"PROPFIND": [answer(status)]}, LockRequest(create=True))
    assert (report.achieved, send.methods) == (Achieved.NO, methods)


def test_no_answer_before_the_lock() -> None:
    report, send = lock({"PROPFIND": [lost()]}, LockRequest(create=True))
    assert (report.achieved, send.methods) == (Achieved.NO, ["PROPFIND"])
    assert report.evidence.no_response is not None


@pytest.mark.parametrize(
    ("before", "words"),
    [
        *((answer(status), "thing at this URL") for status in (404, 403, 500)),
        (answer(207, b"<x"), "thing at this URL"),
        (answer(200, b"<html>"), ""),  # a page, which a finding names
    ],
)
def test_nothing_is_created_unasked(before: Response, words: str) -> None:
    report, send = lock({"PROPFIND": [before]})
    assert (report.achieved, set(send.methods)) == (Achieved.NO, {"PROPFIND"})
    assert words in whys(report)


@pytest.mark.parametrize("before", [answer(404), answer(403), answer(500)])
def test_created_when_asked(before: Response) -> None:
    report, send = lock({"PROPFIND": [before, TAKEN], "LOCK": [GRANTED]}, LockRequest(create=True))
    assert report.achieved is Achieved.YES
    assert send.methods[-2:] == ["LOCK", "PROPFIND"]
    assert set(send.methods[:-2]) == {"PROPFIND"}


@pytest.mark.parametrize("failure", [answer(500), answer(502), lost()])
def test_the_answer_does_not_tell(failure: Answer) -> None:
    """A lock may have been made: it is looked for, whatever the answer was."""
    report, send = lock({"PROPFIND": [FREE, TAKEN], "LOCK": [failure], "OPTIONS": [answer(200)]})
    assert report.achieved is not Achieved.YES
    assert send.methods[:3] == ["PROPFIND", "LOCK", "PROPFIND"]
    assert [entry.token for entry in report.evidence.covering] == [TOKEN]


SHOWS = listing(element("/team/a.txt"), server=VOUCHED)


LATE = NoResponse(NoResponseKind.TIMEOUT, URL, "no answer after 60 s")


@pytest.mark.parametrize(
    ("failure", "after", "unsettled"),
    [(lost(), SHOWS, False), (LATE, SHOWS, True), (answer(504), SHOWS, True), (lost(), lost(), True)],
)
def test_a_lock_that_may_still_come_is_not_absent(failure: Answer, after: Answer, unsettled: bool) -> None:
    """It may arrive after the reading; and what was read before it, or not at all, proves nothing."""
    report, _ = lock({"PROPFIND": [SHOWS, after], "LOCK": [failure], "OPTIONS": [answer(200)]})
    assert report.unsettled is unsettled


@pytest.mark.parametrize("status", [423, 403, 409, 400, 301, 207])
def test_refused(status: int) -> None:
    report, send = lock({"PROPFIND": [FREE, OTHERS], "LOCK": [answer(status)]})
    assert report.achieved is Achieved.NO
    assert report.evidence.asked is not None
    assert report.evidence.asked.request.method == "LOCK"
    assert send.methods.count("LOCK") == 1


def test_207_lists_who_is_in_the_way() -> None:
    body = listing(
        "<D:response><D:href>/team/a.txt/x</D:href><D:status>HTTP/1.1 423 Locked</D:status></D:response>",
        "<D:response><D:href>/team/a.txt</D:href><D:status>HTTP/1.1 424 Failed Dependency</D:status></D:response>",
    )
    report, send = lock({"PROPFIND": [FREE], "LOCK": [body]}, LockRequest(depth=Depth.INFINITY))
    assert report.achieved is Achieved.NO
    assert "PROPFIND http://dav.example/team/a.txt/x" in send.lines


def test_granted_without_a_token() -> None:
    report, send = lock({"PROPFIND": [FREE, FREE], "LOCK": [answer(200, lock_body(active_lock(None, root=None)))]})
    assert report.achieved is Achieved.UNKNOWN
    assert "has no token" in whys(report)
    assert send.methods == ["PROPFIND", "LOCK", "PROPFIND"]


def test_granted_with_a_token_in_the_header_alone() -> None:
    report, _ = lock({"PROPFIND": [FREE, TAKEN], "LOCK": [answer(201, b"", ("Lock-Token", f"<{TOKEN}>"))]})
    assert report.achieved is Achieved.YES


@pytest.mark.parametrize("after", [FREE, HIDDEN, answer(403), lost()])
@pytest.mark.parametrize(
    ("second", "achieved"),
    [
        (answer(423), Achieved.YES),
        (answer(403), Achieved.UNKNOWN),
        (answer(412), Achieved.UNKNOWN),
        (answer(200, b"<html><title>Log in</title></html>"), Achieved.UNKNOWN),
        (answer(500), Achieved.UNKNOWN),
        (lost(), Achieved.UNKNOWN),
    ],
)
def test_a_lock_that_is_not_shown_is_proved_by_a_second_lock(after: Answer, second: Answer, achieved: Achieved) -> None:
    report, send = lock({"PROPFIND": [FREE, after], "LOCK": [GRANTED, second]}, LockRequest(seconds=300))
    assert report.achieved is achieved
    # An answer that shows locks and not this one is asked for a few times: another worker may know it.
    assert [method for method, _ in groupby(send.methods)] == ["PROPFIND", "LOCK", "PROPFIND", "LOCK"]
    assert send.methods.count("PROPFIND") == (2 + AGAIN if after is FREE else 2)
    asked = send.requests[-1]
    assert "If" not in asked.headers
    assert isinstance(asked.body, bytes)
    assert b"exclusive" in asked.body


@pytest.mark.parametrize(("other", "tokens"), [(OTHER, [OTHER, TOKEN]), (TOKEN, [TOKEN])])
def test_a_lock_that_keeps_nobody_out_is_not_believed(other: str, tokens: list[str]) -> None:
    again = answer(200, lock_body(active_lock(other, root="/team/a.txt")), ("Lock-Token", f"<{other}>"))
    report, send = lock({"PROPFIND": [FREE], "LOCK": [GRANTED, again], "UNLOCK": [answer(204)]})
    assert report.achieved is Achieved.NO
    assert [entry.headers.get("Lock-Token") for entry in send.requests if entry.method == "UNLOCK"] == [
        f"<{token}>" for token in tokens
    ]
    assert "LOCK" not in send.methods[send.methods.index("UNLOCK") :]
    assert "granted an exclusive lock twice" in whys(report)


def test_a_lock_that_may_have_ended_is_not_called_fake() -> None:
    short = active_lock(root="/team/a.txt", timeout="Second-0")
    granted = answer(200, lock_body(short), ("Lock-Token", f"<{TOKEN}>"))
    report, send = lock({"PROPFIND": [listing(element("/team/a.txt"), server=VOUCHED)], "LOCK": [granted]})
    assert report.achieved is Achieved.UNKNOWN
    assert send.methods.count("LOCK") == 1


@pytest.mark.parametrize(("signal", "number"), [(KeyboardInterrupt(), 2), (Terminated(15), 15)])
def test_interrupted_on_its_way(signal: BaseException, number: int) -> None:
    with pytest.raises(Cancelled, match=f"may exist on {URL}") as caught:
        lock({"PROPFIND": [FREE], "LOCK": [signal]}, LockRequest(owner="me"))
    assert caught.value.signum == number
    assert "“me”" in caught.value.left_behind
    with pytest.raises(Cancelled) as nameless:
        lock({"PROPFIND": [FREE], "LOCK": [KeyboardInterrupt()]})
    assert "owner" not in nameless.value.left_behind


@pytest.mark.parametrize(
    ("unlocked", "released"), [(answer(204), True), (answer(200), True), (answer(403), False), (lost(), False)]
)
def test_interrupted_after_the_grant(unlocked: Answer, released: bool) -> None:
    send = FakeSend({"PROPFIND": [FREE, KeyboardInterrupt()], "LOCK": [GRANTED], "UNLOCK": [unlocked]})
    with pytest.raises(Cancelled, match=TOKEN) as caught:
        locking.lock(send, URL, LockRequest(), ledger=OFF)
    assert ("released it" in caught.value.left_behind) is released
    assert send.requests[-1].headers.get("Lock-Token") == f"<{TOKEN}>"


def test_interrupted_after_a_grant_without_a_token() -> None:
    send = FakeSend({"PROPFIND": [FREE, KeyboardInterrupt()], "LOCK": [answer(200)]})
    with pytest.raises(Cancelled, match="its token is not known") as caught:
        locking.lock(send, URL, LockRequest(), ledger=OFF)
    assert "None" not in caught.value.left_behind
    assert send.methods == ["PROPFIND", "LOCK", "PROPFIND"]


def test_a_fault_after_the_grant_leaves_no_lock_behind() -> None:
    send = FakeSend({"PROPFIND": [FREE, RuntimeError("a fault"), FREE], "LOCK": [GRANTED], "UNLOCK": [answer(204)]})
    with pytest.raises(RuntimeError, match="a fault"):
        locking.lock(send, URL, LockRequest(), ledger=OFF)
    assert send.methods == ["PROPFIND", "LOCK", "PROPFIND", "UNLOCK", "PROPFIND"]
    assert send.requests[3].headers.get("Lock-Token") == f"<{TOKEN}>"


# -- refresh


def refresh(answers: dict[str, list[Answer]]) -> tuple[ProbeResult, FakeSend]:
    send = FakeSend(answers)
    return locking.refresh(send, URL, LockToken(TOKEN), seconds=300, ledger=OFF), send


def test_refreshed_and_seen() -> None:
    report, send = refresh({"LOCK": [GRANTED], "PROPFIND": [TAKEN]})
    assert report.achieved is Achieved.YES
    assert send.methods == ["PROPFIND", "LOCK", "PROPFIND"]
    assert send.requests[1].headers.get("Timeout") == "Second-300"


@pytest.mark.parametrize(
    "before",
    [
        answer(404),
        listing(element("/team/a.txt", status="404 Not Found", more="<D:resourcetype/>")),
        answer(401),
        lost(),
    ],
)
def test_no_refresh_is_sent_to_a_name_that_is_missing_or_cannot_be_read(before: Answer) -> None:
    """nginx makes an empty file, and a lock, of a refresh with a token that it does not know."""
    report, send = refresh({"PROPFIND": [before], "LOCK": [GRANTED]})
    assert (report.achieved, send.methods) == (Achieved.NO, ["PROPFIND"])


def test_a_lock_is_lost_with_its_resource_and_not_with_an_answer() -> None:
    token = LockToken(TOKEN)
    assert locking.lost(refresh({"PROPFIND": [answer(404)]})[0], token)
    assert not locking.lost(refresh({"PROPFIND": [answer(401)]})[0], token)
    assert not locking.lost(refresh({"PROPFIND": [lost()]})[0], token)


def test_who_knows_its_token_pays_no_request_for_it() -> None:
    send = FakeSend({"LOCK": [GRANTED], "PROPFIND": [TAKEN]})
    report = locking.refresh(send, URL, LockToken(TOKEN), seconds=300, ledger=OFF, read_first=False)
    assert report.achieved is Achieved.YES
    assert send.methods == ["LOCK", "PROPFIND"]


@pytest.mark.parametrize("after", [listing(element("/team/a.txt"), server=VOUCHED), OTHERS])
def test_refreshed_and_not_there(after: Response) -> None:
    """lighttpd answers 200 to any token, and prints it."""
    assert refresh({"LOCK": [GRANTED], "PROPFIND": [after]})[0].achieved is Achieved.NO


@pytest.mark.parametrize("after", [HIDDEN, listing(element("/team/a.txt"), server=UNVOUCHED), answer(500), lost()])
def test_refreshed_where_locks_are_hidden(after: Answer) -> None:
    before = answer(403) if isinstance(after, NoResponse) else after
    report, _ = refresh({"LOCK": [GRANTED], "PROPFIND": [before, after]})
    assert report.achieved is Achieved.YES
    assert "so only its answer says that the lock is renewed" in whys(report)
    vague, _ = refresh({"LOCK": [answer(200)], "PROPFIND": [before, after]})
    assert vague.achieved is Achieved.UNKNOWN


@pytest.mark.parametrize("gone", [404, 410])
def test_an_echo_is_not_believed_where_the_resource_is_gone(gone: int) -> None:
    report, _ = refresh({"LOCK": [GRANTED], "PROPFIND": [answer(gone)]})
    assert report.achieved is Achieved.NO
    assert locking.lost(report, LockToken(TOKEN))


@pytest.mark.parametrize("refusal", [answer(412), answer(423), answer(400), answer(500), answer(301), lost()])
def test_refresh_refused(refusal: Answer) -> None:
    report, send = refresh({"LOCK": [refusal], "PROPFIND": [OTHERS]})
    assert report.achieved is Achieved.NO
    assert send.methods.count("LOCK") == 1


# -- unlock


def unlock(
    answers: dict[str, list[Answer]], token: str | None = TOKEN, *, steal: bool = False, at_root: bool = False
) -> tuple[ProbeResult, FakeSend]:
    send = FakeSend(answers)
    given = LockToken(token) if token is not None else None
    return release.unlock(send, URL, given, steal=steal, at_root=at_root, ledger=OFF), send


def test_released_and_seen_to_be() -> None:
    report, send = unlock({"PROPFIND": [TAKEN, FREE], "UNLOCK": [answer(204)]})
    assert report.achieved is Achieved.YES
    assert send.methods == ["PROPFIND", "UNLOCK", "PROPFIND"]
    assert send.requests[1].headers.get("Lock-Token") == f"<{TOKEN}>"


def test_204_that_did_nothing() -> None:
    assert unlock({"PROPFIND": [TAKEN], "UNLOCK": [answer(204)]})[0].achieved is Achieved.NO


def test_204_to_a_token_that_is_not_the_locks() -> None:
    """nginx says 204 to any token."""
    others = listing(element("/team/a.txt", locks=active_lock(OTHER, root="/team/a.txt")), server=VOUCHED)
    assert unlock({"PROPFIND": [others], "UNLOCK": [answer(204)]})[0].achieved is Achieved.NO


@pytest.mark.parametrize(
    "state", [HIDDEN, listing(element("/team/a.txt"), server=UNVOUCHED), listing(element("/team/a.txt"))]
)
def test_after_unlock_no_lock_is_sent_where_locks_are_hidden(state: Response) -> None:
    """On three products a refresh with a dead token makes a lock."""
    report, send = unlock({"PROPFIND": [state], "UNLOCK": [answer(204)]})
    assert report.achieved is Achieved.YES
    assert "LOCK" not in send.methods
    assert "the server says so; not verified" in whys(report)


@pytest.mark.parametrize("product", ["pywebdav", "copyparty"])
def test_a_success_of_a_server_that_answers_anything_is_not_believed(product: str) -> None:
    state = listing(element("/team/a.txt", status="404 Not Found"))
    profiles = (Profile(name=product, title=product, recognise=lambda traits: True, unlock_answers_anything=True),)
    send = FakeSend({"PROPFIND": [state], "UNLOCK": [answer(204)]})
    report = release.unlock(send, URL, LockToken(TOKEN), ledger=OFF, profiles=profiles)
    assert report.achieved is Achieved.UNKNOWN


@pytest.mark.parametrize("status", [400, 409, 412])
def test_refused_since_it_was_gone_already(status: int) -> None:
    assert unlock({"PROPFIND": [FREE], "UNLOCK": [answer(status)]})[0].achieved is Achieved.YES


def test_not_found_says_nothing_of_a_token_whose_resource_is_there() -> None:
    assert unlock({"PROPFIND": [FREE], "UNLOCK": [answer(404)]})[0].achieved is Achieved.UNKNOWN
    assert unlock({"PROPFIND": [TAKEN, FREE], "UNLOCK": [answer(404)]})[0].achieved is Achieved.YES


@pytest.mark.parametrize(
    ("status", "achieved"),
    [(301, Achieved.NO), (403, Achieved.NO), (423, Achieved.NO), (500, Achieved.UNKNOWN)],
)
def test_refused_for_another_reason(status: int, achieved: Achieved) -> None:
    """An empty lockdiscovery alone proves nothing: some servers hide their locks."""
    state = listing(element("/team/a.txt"), server=UNVOUCHED)
    assert unlock({"PROPFIND": [state], "UNLOCK": [answer(status)]})[0].achieved is achieved


def test_refused_while_another_lock_is_there() -> None:
    assert unlock({"PROPFIND": [OTHERS], "UNLOCK": [answer(409)]})[0].achieved is Achieved.NO


def test_refused_while_the_lock_is_there() -> None:
    assert unlock({"PROPFIND": [TAKEN], "UNLOCK": [answer(403)]})[0].achieved is Achieved.NO


def test_refused_where_locks_are_hidden() -> None:
    report, _ = unlock({"PROPFIND": [HIDDEN], "UNLOCK": [answer(409)]})
    assert report.achieved is Achieved.UNKNOWN
    assert unlock({"PROPFIND": [HIDDEN], "UNLOCK": [answer(403)]})[0].achieved is Achieved.NO


def test_unlock_without_an_answer() -> None:
    report, _ = unlock({"PROPFIND": [TAKEN], "UNLOCK": [lost()]})
    assert report.achieved is Achieved.NO


def test_unlock_whose_answer_was_lost_and_that_worked() -> None:
    """A doer's 0 rests on what was read back, not on an answer."""
    state = [
        listing(element("/team/a.txt", locks=active_lock(root="/team/a.txt")), server=VOUCHED),
        listing(element("/team/a.txt"), server=VOUCHED),
    ]
    report, _ = unlock({"PROPFIND": list(state), "UNLOCK": [lost()]})
    assert report.achieved in (Achieved.YES, Achieved.NO)


@pytest.mark.parametrize("before", [answer(401), answer(407), lost()])
def test_unlock_sends_nothing_where_reading_failed(before: Answer) -> None:
    report, send = unlock({"PROPFIND": [before]})
    assert (report.achieved, send.methods) == (Achieved.NO, ["PROPFIND"])


def test_lock_of_a_collection_above() -> None:
    deep = active_lock(root="/team/", depth="infinity")
    state = listing(element("/team/a.txt", locks=deep))
    with pytest.raises(LocalProtocolError, match="--at-root") as caught:
        unlock({"PROPFIND": [state]})
    assert "http://dav.example/team/" in str(caught.value)
    report, send = unlock({"PROPFIND": [state, FREE], "UNLOCK": [answer(204)]}, at_root=True)
    assert report.achieved is Achieved.YES
    assert "UNLOCK http://dav.example/team/" in send.lines


@pytest.mark.parametrize(
    ("state", "words", "achieved"),
    [
        (FREE, "shows no lock here", Achieved.NO),
        (
            listing(element("/team/a.txt", locks=active_lock(None, root="/team/a.txt"))),
            "a lock without its token",
            Achieved.UNKNOWN,
        ),
        (HIDDEN, "does not show its locks", Achieved.UNKNOWN),
        (answer(403), "does not show its locks", Achieved.UNKNOWN),
    ],
)
def test_nothing_to_steal(state: Response, words: str, achieved: Achieved) -> None:
    """What the server does not show is no fault of the person who asked for it."""
    report, send = unlock({"PROPFIND": [state], "OPTIONS": [answer(200)]}, None, steal=True)
    assert (report.achieved, words in whys(report)) == (achieved, True)
    assert "UNLOCK" not in send.methods


def test_no_token_and_none_to_steal() -> None:
    with pytest.raises(LocalProtocolError) as caught:
        unlock({"PROPFIND": [TAKEN]}, None)
    assert caught.value.what == "no token was given"
    assert "--steal" in str(caught.value)


def test_several_locks_to_steal() -> None:
    locks = active_lock(scope="shared") + active_lock(OTHER, scope="shared")
    with pytest.raises(LocalProtocolError, match="2 locks"):
        unlock({"PROPFIND": [listing(element("/team/a.txt", locks=locks))]}, None, steal=True)


def test_stolen() -> None:
    report, send = unlock({"PROPFIND": [TAKEN, FREE], "UNLOCK": [answer(204)]}, None, steal=True)
    assert report.achieved is Achieved.YES
    assert send.requests[1].headers.get("Lock-Token") == f"<{TOKEN}>"


def test_a_token_that_is_shown_is_not_used_unasked() -> None:
    with pytest.raises(LocalProtocolError, match="no token was given"):
        unlock({"PROPFIND": [TAKEN]}, None)


WITHHELD = listing(element("/team/a.txt", locks=active_lock(None, depth="infinity", root="/team")))


def test_a_lock_root_above_is_not_released_unasked_where_tokens_are_withheld() -> None:
    with pytest.raises(LocalProtocolError, match=r"the lock was taken on http://dav\.example/team"):
        unlock({"PROPFIND": [WITHHELD]})
    report, send = unlock({"PROPFIND": [WITHHELD, FREE], "UNLOCK": [answer(204)]}, at_root=True)
    assert report.achieved is Achieved.YES
    assert "UNLOCK http://dav.example/team" in send.lines


def test_where_tokens_are_withheld_that_is_what_is_said() -> None:
    shown = listing(element("/team/a.txt", locks=active_lock(None, root="/team/a.txt")))
    report, send = lock({"PROPFIND": [FREE, shown], "LOCK": [GRANTED]})
    assert report.achieved is Achieved.YES
    assert send.methods == ["PROPFIND", "LOCK", "PROPFIND"]
    assert whys(report) == "lockdiscovery: the server shows the lock without its token"
