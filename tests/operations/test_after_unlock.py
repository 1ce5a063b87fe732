"""After UNLOCK no LOCK of any form is sent, by no verb and to no product.

On three products a LOCK without a body makes a lock, or is answered with a success that means nothing: a probe of
that kind turned an UNLOCK that had worked into one that had not.
"""

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from davlock.checks.diagnostic import diagnose_in, diagnostic_context
from davlock.diagnosis.lock_filter import Judgement
from davlock.errors import DavlockError
from davlock.ledger import Ledger, Process
from davlock.locks.observed import ObservedLock
from davlock.operations import held_lock, investigate, keepalive, locking, recovery, release
from davlock.operations import wait as waiting
from davlock.operations.cleanup.plan import Terms
from davlock.operations.cleanup.release import release_planned
from davlock.operations.locking import LockRequest
from davlock.operations.probe import Probe
from davlock.operations.results import Decision, Planned
from davlock.operations.trial_lock import WriteConsent, attempt_lock
from davlock.operations.wait import WaitPolicy
from davlock.protocol.lock import LockToken
from davlock.protocol.message import Request, Response
from davlock.servers import PROFILES
from davlock.servers.profile import Profile
from tests.cli.answers import TOKEN, active_lock, element
from tests.operations.fake import OFF, Answer, FakeSend, answer, listing, lost

URL = "http://dav.example/a.txt"

SHOWN = active_lock(root="/a.txt")
STATES: dict[str, str] = {
    "shown": element("/a.txt", locks=SHOWN),
    "empty": element("/a.txt"),
    "hidden": element("/a.txt", status="404 Not Found"),
    "without its token": element("/a.txt", locks=active_lock(None, root="/a.txt")),
}

UNLOCKS: dict[str, Answer] = {
    "204": answer(204),
    "200 with a page": answer(200, b"<html><title>Log in</title></html>", ("Content-Type", "text/html")),
    "403": answer(403),
    "409": answer(409),
    "500": answer(500),
    "no answer": lost(),
}


def granted(token: str) -> Response:
    body = f'<D:prop xmlns:D="DAV:"><D:lockdiscovery>{active_lock(token, root="/a.txt")}</D:lockdiscovery></D:prop>'
    return answer(200, body.encode(), ("Lock-Token", f"<{token}>"), ("Content-Type", "application/xml"))


class Server:
    """Grants every LOCK, keeps what is written, has one answer for the others, and records what it was asked."""

    def __init__(self, state: str, unlock: Answer) -> None:
        self._numbers = itertools.count()
        self._state = state
        self._unlock = unlock
        self._files: dict[str, bytes] = {}
        self.send = FakeSend(self.answered)

    def answered(self, request: Request) -> Answer:
        if request.method == "LOCK":
            return granted(TOKEN if next(self._numbers) == 0 else f"urn:x:{next(self._numbers)}")
        if request.method == "UNLOCK":
            return self._unlock
        if request.method in ("PROPFIND", "OPTIONS"):
            return listing(STATES[self._state]) if request.method == "PROPFIND" else answer(200, b"", ("DAV", "1,2"))
        if request.method == "PUT" and isinstance(request.body, bytes):
            self._files[request.url] = request.body
        return answer(200, self._files.get(request.url, b"")) if request.method == "GET" else answer(201)


Verb = Callable[[Server, tuple[Profile, ...]], object]


def unlock(server: Server, profiles: tuple[Profile, ...]) -> None:
    release.unlock(server.send, URL, LockToken(TOKEN), ledger=OFF, profiles=profiles)


def steal(server: Server, profiles: tuple[Profile, ...]) -> None:
    release.unlock(server.send, URL, None, steal=True, ledger=OFF, profiles=profiles)


def take(server: Server, profiles: tuple[Profile, ...]) -> None:
    locking.lock(server.send, URL, LockRequest(), ledger=OFF, profiles=profiles)


def attempt(server: Server, profiles: tuple[Profile, ...]) -> None:
    probe = Probe(server.send, URL, profiles=profiles)
    investigate.read_state(probe)
    attempt_lock(probe, WriteConsent(announce=lambda words: None, mark="m", ledger=OFF))


def hold_and_release(server: Server, profiles: tuple[Profile, ...]) -> None:
    now = itertools.count().__next__
    held = keepalive.Keepalive(
        (held_lock.KeepaliveTarget(url=URL, send=server.send, ledger=OFF),),
        LockRequest(),
        profiles=profiles,
        now=lambda: float(now()),
        jitter=lambda: 0.5,
        poll=0,
        tell=lambda event: None,
    )
    held.take(patience(1000.0))
    held.release(lambda seconds: None)


def granted_too_late(server: Server, profiles: tuple[Profile, ...]) -> None:
    waiting.acquire(server.send, URL, LockRequest(), patience(-100.0), ledger=OFF, profiles=profiles)


def patience(deadline: float) -> WaitPolicy:
    return WaitPolicy(
        deadline=deadline, sleep=lambda seconds: None, now=lambda: 0.0, jitter=lambda: 0.5, announce=lambda waits: None
    )


def clean_up(server: Server, profiles: tuple[Profile, ...]) -> None:
    probe = Probe(server.send, URL, profiles=profiles)
    probe.propfind(URL, ("{DAV:}lockdiscovery",))
    covering = probe.evidence(inquiry=True).covering
    if not covering or covering[0].token is None:
        return
    found = ObservedLock(lock=covering[0].lock, url=URL, root=URL, inside=True)
    planned = Planned(number=1, target=URL, found=found, decision=Decision.RELEASE, why="every lock")
    terms = Terms(judge=lambda lock, evidence: Judgement(True, ""), now=lambda: 0.0, profiles=profiles)
    release_planned(server.send, planned, terms, before_unlock=lambda planned: None)


def recover(server: Server, profiles: tuple[Profile, ...], folder: Path) -> None:
    ours = Process(host="h", boot="b", pid=1, started="")
    with Ledger(folder, process=ours, now=lambda: 1e9, complain=lambda words: None) as ledger:
        run = ledger.new_run()
        entry = LockRequest()
        ledger.intend(run, URL, owner="me", scope=entry.scope, depth=entry.depth, kept=False)
        ledger.granted(run, LockToken(TOKEN), root=None, timeout=None)
        recovery.recover(
            server.send, ledger.entries()[0], ledger, now=lambda: 1e9, wait=lambda seconds: None, profiles=profiles
        )


def scratch(server: Server, profiles: tuple[Profile, ...]) -> None:
    probe = Probe(server.send, URL, profiles=profiles)
    investigate.read_state(probe)
    consent = WriteConsent(announce=lambda words: None, mark="m", ledger=OFF)
    context = diagnostic_context(
        server.send,
        "http://dav.example/",
        "m",
        owner=consent.owner,
        target=probe.evidence(inquiry=True),
        sleep=lambda seconds: None,
        clock=lambda: 0.0,
        profiles=profiles,
    )
    diagnose_in(context, clock=lambda: 0.0, now=lambda: 0.0)


VERBS: dict[str, Verb] = {
    "unlock": unlock,
    "unlock --steal": steal,
    "lock": take,
    "diagnose --attempt lock": attempt,
    "run": hold_and_release,
    "lock --wait": granted_too_late,
    "cleanup": clean_up,
    "diagnose --scratch": scratch,
}


@pytest.mark.parametrize("profile", [None, *PROFILES], ids=lambda profile: profile.name if profile else "unknown")
@pytest.mark.parametrize("verb", [*VERBS, "ledger recover"])
def test_no_lock_is_sent_after_an_unlock(profile: Profile | None, verb: str, tmp_path: Path) -> None:
    profiles = () if profile is None else (replace(profile, recognise=lambda traits: True),)
    unlocks = 0
    answers = ("204", "409") if verb == "ledger recover" else UNLOCKS  # each of its runs writes to the disk
    for number, (state, said) in enumerate(itertools.product(STATES, answers)):
        server = Server(state, UNLOCKS[said])
        try:
            if verb == "ledger recover":
                folder = tmp_path / str(number)
                folder.mkdir(mode=0o700)
                recover(server, profiles, folder)
            else:
                VERBS[verb](server, profiles)
        except DavlockError:
            pass  # what the verb made of it is tested elsewhere
        methods = server.send.methods
        if "UNLOCK" in methods:
            unlocks += 1
            assert "LOCK" not in methods[methods.index("UNLOCK") :], (state, said, methods)
    assert unlocks > 0


def test_a_new_try_comes_after_a_pause_that_is_announced(tmp_path: Path) -> None:
    """The one LOCK after an UNLOCK that there may be: the person asked to keep trying.

    A LOCK that was answered 500 and kept its lock was given back. The next LOCK is no question about that UNLOCK: it
    is the same wish again, as after any other fault, so a pause lies between them and stderr says why.
    """
    ours = Process(host="h", boot="b", pid=1, started="")
    happened: list[str] = []
    held: dict[str, str] = {}

    def answered(request: Request) -> Answer:
        if request.method == "LOCK":
            happened.append("LOCK")
            assert isinstance(request.body, bytes)
            owner = request.body.decode().partition("owner>")[2].partition("</")[0]
            token = f"urn:x:{happened.count('LOCK')}"
            held[token] = active_lock(token, owner=owner, root="/a.txt")
            return answer(500) if happened.count("LOCK") == 1 else granted(token)
        if request.method == "UNLOCK":
            happened.append("UNLOCK")
            held.pop((request.headers.get("Lock-Token") or "").strip("<>"), None)
            return answer(204)
        return listing(element("/a.txt", locks="".join(held.values()))) if request.method == "PROPFIND" else answer(200)

    trying = WaitPolicy(
        deadline=100.0,
        sleep=lambda seconds: happened.append("pause" if seconds > 0 else "none"),
        now=lambda: 0.0,
        jitter=lambda: 0.5,
        announce=lambda waits: happened.append("announced"),
    )
    with Ledger(tmp_path, process=ours, now=lambda: 1e9, complain=lambda words: None) as ledger:
        waited = waiting.acquire(FakeSend(answered), URL, LockRequest(owner="me"), trying, ledger=ledger)
    assert waited.ending is waiting.WaitEnding.DONE
    assert happened == ["LOCK", "UNLOCK", "announced", "pause", "LOCK"]
    assert list(held) == ["urn:x:2"]
