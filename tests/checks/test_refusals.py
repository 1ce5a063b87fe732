"""Which statuses a check accepts as a refusal: each of them passes, and any other warns, since the effect is right."""

import pytest

from davlock.checks.registry import CHECKS
from davlock.checks.results import CheckOutcome
from davlock.protocol.message import Request, Response
from tests.checks.broken import usual
from tests.checks.test_broken import outcomes
from tests.checks.world import Hook, World, answer

REFUSALS: dict[str, tuple[str, frozenset[int]]] = {
    "lock-excludes": ("LOCK", frozenset({423})),
    "lock-protects": ("PUT", frozenset({423})),
    "overwrite-header": ("COPY", frozenset({412})),
    "refresh-wrong-token": ("LOCK", frozenset({412})),
    "refresh-unlocked": ("LOCK", frozenset({412})),
    "deep-excludes": ("LOCK", frozenset({423})),
    "deep-over-locked": ("LOCK", frozenset({423})),
    "depth-1-lock": ("LOCK", frozenset({400, 403, 412})),
    "delete-over-locked": ("DELETE", frozenset({423, 424})),
    "delete-locked": ("DELETE", frozenset({423})),
    "move-locked": ("MOVE", frozenset({423})),
    "proppatch-locked": ("PROPPATCH", frozenset({423})),
    "mkcol-in-locked": ("MKCOL", frozenset({423})),
    "if-wrong-etag": ("PUT", frozenset({412})),
    "if-not-alone": ("PUT", frozenset({423})),
    "if-no-lock": ("PUT", frozenset({412})),
    "if-lists-fail": ("PUT", frozenset({412})),
    "if-wrong-token": ("PUT", frozenset({412, 423})),
    "if-stale-token": ("PUT", frozenset({412})),
    "if-etag-unlocked": ("PUT", frozenset({412})),
    "if-token-unlocked": ("PUT", frozenset({412})),
    "if-garbage": ("PUT", frozenset({400, 412})),
    "shared-excludes": ("LOCK", frozenset({423})),
    "exclusive-excludes-shared": ("LOCK", frozenset({423})),
    "if-match-wrong": ("PUT", frozenset({412})),
    "if-match-stale": ("PUT", frozenset({412})),
    "if-match-star": ("PUT", frozenset({412})),
    "if-none-match-star": ("PUT", frozenset({412})),
    "if-unmodified-since": ("PUT", frozenset({412})),
    "if-match-delete": ("DELETE", frozenset({412})),
    "put-no-parent": ("PUT", frozenset({409})),
    "other-writes": ("PUT", frozenset({403, 423})),
    "other-locks": ("LOCK", frozenset({403, 423})),
    "other-writes-with-token": ("PUT", frozenset({403, 412, 423})),
    "other-refreshes": ("LOCK", frozenset({403, 412, 423})),
}
"""By check: the method that the server must refuse, and the statuses of a refusal without a fault."""

TRIED = (400, 403, 409, 412, 418, 423, 424)


def refusing_with(status: int, method: str) -> Hook:
    """A sound server that refuses with another status than the usual one."""

    def hook(world: World, request: Request) -> Response | None:
        if request.method != method:
            return None
        response = usual(world, request)
        # The sound server's 207 is a refusal, but for PROPPATCH, which has no other success.
        granted = response.ok and (response.status != 207 or method == "PROPPATCH")
        return response if granted else answer(status)

    return hook


def test_the_table_names_checks() -> None:
    assert {*REFUSALS} <= {check.id for check in CHECKS}


@pytest.mark.parametrize("id", REFUSALS)
def test_a_check_accepts_these_refusals_and_warns_of_others(id: str) -> None:
    method, statuses = REFUSALS[id]
    seen = {status: outcomes(id, refusing_with(status, method))[id] for status in TRIED}
    assert {status for status, outcome in seen.items() if outcome is CheckOutcome.PASS} == statuses
    assert {outcome for status, outcome in seen.items() if status not in statuses} == {CheckOutcome.WARN}
