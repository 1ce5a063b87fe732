"""Randomised clean-ups: the command object itself, on a server in memory that knows the truth.

300 runs by default. ``DAVLOCK_RANDOM_CLEANUPS=10000`` makes as many, ``DAVLOCK_RANDOM_SEED`` is the first seed. A run
that fails names its seed, and ``run(seed, folder)`` repeats it to the last request.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from davlock.diagnosis.lock_filter import Judgement
from davlock.operations import probe, redirect
from davlock.operations import release as releases
from davlock.operations.cleanup import release as planned_releases
from davlock.operations.cleanup import reread, second_reading
from davlock.operations.cleanup.alive_gate import AliveGate
from davlock.operations.probe import Probe
from davlock.operations.results import ReleaseOutcome
from davlock.operations.walk import dedupe, strategy, walk
from davlock.protocol.message import Request
from davlock.protocol.write_scope import WriteScope
from tests.operations.cleanup.random_oracle import stays_inside
from tests.operations.cleanup.random_runs import Ran, run

RUNS = int(os.environ.get("DAVLOCK_RANDOM_CLEANUPS", "300"))
FIRST = int(os.environ.get("DAVLOCK_RANDOM_SEED", "0"))

AGAIN = 5
"""A seed whose run releases something."""


def broken(seeds: Iterable[int], folder: Path) -> tuple[list[Ran], Counter[str]]:
    """The runs with violations, and what all of them counted."""
    bad: list[Ran] = []
    counts: Counter[str] = Counter()
    for seed in seeds:
        ran = run(seed, folder)
        counts += ran.counts
        if ran.violations:
            bad.append(ran)
    return bad, counts


def test_no_random_cleanup_does_harm(tmp_path: Path) -> None:
    """Nothing outside of the tree, nothing that was seen to be renewed or may be alive, and no untrue outcome."""
    print(f"seeds {FIRST} to {FIRST + RUNS - 1}")
    bad, counts = broken(range(FIRST, FIRST + RUNS), tmp_path)
    for what, count in sorted(counts.items()):
        print(f"{count:8} {what}")
    assert not bad, "\n".join(f"seed {ran.seed}: {ran.what}\n  " + "\n  ".join(ran.violations) for ran in bad[:10])
    # A clean-up that does nothing does no harm either.
    for what in ("released", "faults", "unlocks that the last minute allowed", "unlocks by other criteria"):
        assert counts[what] * 20 > RUNS, what
    missed = counts["stale, calm: selectable, and still there"]
    assert missed * 20 <= counts["stale, calm: released"], "of stale locks that could go, 19 of 20 do"


# -- the oracle can fail


def everything_is_inside(patch: pytest.MonkeyPatch) -> None:
    """No scope, neither of reads nor of writes."""
    for module in (probe, dedupe, strategy, redirect, walk):
        patch.setattr(module, "inside", lambda tree, url: True)
    patch.setattr(WriteScope, "why_not", lambda scope, method, url: "")


def unlock_follows_redirects(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(WriteScope, "why_not", lambda scope, method, url: "")
    patch.setattr(Probe, "_may_follow", lambda self, request, url: True)
    ask = Probe.ask

    def asked(self: Probe, request: Request, **more: Any) -> object:
        if request.method == "UNLOCK" and not getattr(request, "followed", False):
            exchange = ask(self, request, **more)
            where = redirect.redirected_to(exchange)
            return (
                exchange if where is None else ask(self, Request(method="UNLOCK", url=where, headers=request.headers))
            )
        return ask(self, request, **more)

    patch.setattr(Probe, "ask", asked)


def no_comparison_before_unlock(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reread.Reread, "changed", lambda latest, before, counts_down: ("", False))


def no_gate(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(AliveGate, "_why", lambda gate, found, evidence: "")


def one_reading_is_enough(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(second_reading, "_compared", lambda *given: Judgement(True, "not renewed for ages"))


def what_was_selected_once_stays_selected(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(planned_releases, "_why_to_leave", lambda latest, found, terms: ("", True))


def unlock_is_repeated_unseen(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(planned_releases, "_why_not_again", lambda *given: "")


def every_lock_root_is_believed(patch: pytest.MonkeyPatch) -> None:
    for module in (reread, planned_releases):
        patch.setattr(module, "other_root", lambda *given: "")


def a_success_is_believed(patch: pytest.MonkeyPatch) -> None:
    judged = releases._judged

    def believing(*given: Any, **more: Any) -> releases.Release:
        ending = judged(*given, **more)
        return releases.Release(
            outcome=ReleaseOutcome.RELEASED, why="it is gone (verified)", evidence_of=ending.evidence_of
        )

    patch.setattr(releases, "_judged", believing)


def a_success_is_called_refused(patch: pytest.MonkeyPatch) -> None:
    judged = releases._judged

    def doubting(*given: Any, **more: Any) -> releases.Release:
        return releases.Release(outcome=ReleaseOutcome.REFUSED, why="", evidence_of=judged(*given, **more).evidence_of)

    patch.setattr(releases, "_judged", doubting)


def a_lock_is_sent_to_see_whether_unlock_worked(patch: pytest.MonkeyPatch) -> None:
    judged = releases._judged

    def probing(probe: Probe, exchange: Any, *given: Any, **more: Any) -> releases.Release:
        probe.ask(Request(method="LOCK", url=exchange.request.url))
        return judged(probe, exchange, *given, **more)

    patch.setattr(releases, "_judged", probing)


BREAKS: tuple[tuple[Callable[[pytest.MonkeyPatch], None], str, Iterable[int]], ...] = (
    (everything_is_inside, "UNLOCK of a lock on /other", (125, 158, 262)),
    (unlock_follows_redirects, "goes to another server", (50, 296)),
    (no_comparison_before_unlock, "renewed between", (82, 294)),
    (no_gate, "s left: ", range(300)),
    (one_reading_is_enough, "s only: ", range(300)),
    (what_was_selected_once_stays_selected, "renewed between", (82, 294)),
    (unlock_is_repeated_unseen, "renewed between", (2131, 2905)),
    (every_lock_root_is_believed, "UNLOCK of a lock on /", (4201, 7068)),
    (a_success_is_believed, "and the lock is there", range(300)),
    (a_success_is_called_refused, "and a 2xx removed it", range(300)),
    (a_lock_is_sent_to_see_whether_unlock_worked, "LOCK is sent after an UNLOCK", range(300)),
)


@pytest.mark.parametrize(("break_it", "words", "seeds"), BREAKS, ids=[entry[0].__name__ for entry in BREAKS])
def test_the_oracle_sees_what_is_broken(
    break_it: Callable[[pytest.MonkeyPatch], None],
    words: str,
    seeds: Iterable[int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    break_it(monkeypatch)
    for seed in seeds:
        violations = run(seed, tmp_path).violations
        if any(words in violation for violation in violations):
            print(f"seed {seed}: {violations[0]}")
            return
    pytest.fail("nothing was seen")


def test_a_run_is_the_same_each_time(tmp_path: Path) -> None:
    for folder in ("once", "again"):
        (tmp_path / folder).mkdir()
    once, again = (run(AGAIN, tmp_path / folder) for folder in ("once", "again"))
    assert once.counts == again.counts
    journals = [(tmp_path / folder / f"{AGAIN}.jsonl").read_text() for folder in ("once", "again")]
    assert journals[0] == journals[1]


@pytest.mark.parametrize(
    ("url", "inside"),
    [
        ("http://dav.example/team/a/x.txt", True),
        ("http://dav.example/team", True),
        ("http://dav.example/team/c%2fd", True),
        ("http://dav.example/teamwork/x.txt", False),
        ("http://dav.example/team/%2e%2e/other", False),
        ("http://dav.example/team/%252e%252e/other", False),
        ("http://dav.example/team/a%2f..%2f..%2fother", False),
        ("http://dav.example/team/..%5cother", False),
        ("http://dav.example/team/..;/other", False),
    ],
)
def test_the_oracle_knows_the_tree(url: str, inside: bool) -> None:
    assert stays_inside("/team", url) is inside
