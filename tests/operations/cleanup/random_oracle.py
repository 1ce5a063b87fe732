"""Judges what a clean-up sends and says, by the truth that the server knows. Nothing here asks davlock's own code."""

import json
import re
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from davlock.cli.cleanup_settings import Settings
from davlock.protocol.message import Request
from tests.operations.cleanup.random_server import ORIGIN, Lock, Reading, Server, below, resolved

ROUNDING = 4.0
"""Seconds by which the end of a lock can seem to move and did not: the 2 s that davlock promises, and a second that the
server cuts from each time and each Date.
"""

LATE = 60.0 + 2.0
"""Seconds left from which on a lock that was selected by a time may be released without --even-if-alive."""


class Oracle:
    """Sees every request before the server does anything about it."""

    def __init__(self, server: Server, settings: Settings, journal: Path) -> None:
        self._server = server
        self._settings = settings
        self._journal = journal
        self._plan: dict[tuple[str, str], dict[str, Any]] = {}
        self._unlocked = False
        self.violations: list[str] = []
        self.counts: Counter[str] = Counter()

    def _report(self, words: str) -> None:
        self.violations.append(words)

    # -- requests

    def check(self, request: Request) -> None:
        """One that arrives."""
        if request.method not in ("PROPFIND", "OPTIONS", "UNLOCK"):
            self._report(f"{request.method} is sent{' after an UNLOCK' if self._unlocked else ''}")
        if not request.url.startswith(f"{ORIGIN}/"):
            self._report(f"{request.method} {request.url} goes to another server")
            return
        inside = stays_inside(self._server.tree, request.url)
        if request.method == "UNLOCK":
            self._unlocked = True
            self.counts["unlocks"] += 1
            if not inside:
                self._report(f"UNLOCK {request.url} leaves the tree")
            self._check_unlock(request)
        elif not inside and not below(resolved(urlsplit(request.url).path), self._server.tree):
            self._report(f"{request.method} {request.url} reads outside of the tree")

    def _check_unlock(self, request: Request) -> None:
        token = (request.headers.get("Lock-Token") or "").strip("<>")
        lock = self._server.locks.get(token)
        known = lock or self._server.gone.get(token)
        if known is None:
            self._report(f"UNLOCK of a token that never was: {token}")
            return
        if lock is not None and not below(self._server.tree, lock.path):
            self._report(f"UNLOCK of a lock on {lock.path}")
        planned = self._planned(token, request.url)
        if planned is None:
            self._report(f"UNLOCK {request.url} is not in the journal")
            return
        readings = self._server.readings.get(token, [])
        first = _reading_of(planned, readings)
        if first is None:
            self._report(f"the plan rests on a reading that the server never gave: {planned['lock']['seen']}")
            return
        last = next(reading for reading in reversed(readings) if reading.whole)
        if self._visible(known, first, last):
            self._report(f"UNLOCK {request.url}, renewed between {_words(first)} and {_words(last)}")
        self._check_selection(known, planned, first, last)

    def _visible(self, lock: Lock, first: Reading, last: Reading) -> bool:
        """Whether a renewal between two readings shows in what both say."""
        if not any(first.at < moment <= last.at for moment, _ in lock.changes):
            return False
        if self._is_over(last):
            self.counts["renewed, and over again"] += 1
            return False
        if first.left is None or last.left is None:
            return first.left is not last.left
        if not self._server.kind.counts_down:
            return False
        least = ROUNDING + first.took + last.took
        moved = [last.at + last.left - first.at - first.left]
        if first.date is not None and last.date is not None:
            moved.append(last.date + last.left - first.date - first.left)
        return any(abs(shift) > least for shift in moved)

    @staticmethod
    def _is_over(reading: Reading) -> bool:
        """Whether the server itself says that the time is over, and keeps the lock: nobody rests on it any more."""
        return reading.left is not None and reading.left < 0

    def _check_selection(self, lock: Lock, planned: dict[str, Any], first: Reading, last: Reading) -> None:
        settings, counts_down = self._settings, self._server.kind.counts_down
        # A renewal that left the end where it was, as one for a shorter time can, shows nowhere.
        least = ROUNDING + last.took
        shown = [moment for moment, moved in lock.changes if moment <= last.at and abs(moved) > least]
        quiet = last.at - max(shown, default=lock.taken)
        # A file is of another process: the server's clock decides how much time passed since, also where it was set.
        by_its_clock = settings.first_look is not None or settings.older_than is not None
        quiet += self._server.stepped if by_its_clock else 0.0
        grants = self._server.kind.grants
        by_countdown = settings.older_than is not None and grants is not None and 0 <= (last.left or -1.0) <= grants
        if settings.unrenewed_for is not None:
            if not counts_down:
                self._report("selected by a time that this server does not show")
            elif quiet < settings.unrenewed_for - ROUNDING - last.took and not self._is_over(last):
                self._report(f"not renewed for {quiet:.1f} s only: {planned['why']}")
        if settings.older_than is not None and not settings.assume_old:
            if not by_countdown:
                self._report("selected by an age that nobody can know")
            elif quiet < settings.older_than - ROUNDING - last.took:
                self._report(f"renewed {quiet:.1f} s ago: {planned['why']}")
        by_time = (settings.unrenewed_for is not None or by_countdown) and not settings.even_if_alive
        self.counts["unlocks that the last minute allowed" if by_time else "unlocks by other criteria"] += 1
        if by_time and (last.left is None or last.left > LATE):
            self._report(f"UNLOCK with {last.left} s left: {planned['why']}")
        if settings.owner is not None and not re.search(settings.owner, lock.owner):
            self._report(f"the owner is {lock.owner}")
        if settings.infinite and last.left is not None:
            self._report("it ends")
        if settings.scope is not None and lock.scope != settings.scope:
            self._report(f"the scope is {lock.scope}")
        if settings.under is not None and not below(self._server.tree + "/" + settings.under, lock.path):
            self._report(f"{lock.path} is not under {settings.under}")
        if settings.expires_within is not None and (last.number is None or last.number > settings.expires_within):
            self._report(f"{last.number} s are left")
        if settings.expires_after is not None and last.number is not None and last.number <= settings.expires_after:
            self._report(f"{last.number} s are left")

    def _planned(self, token: str, url: str) -> dict[str, Any] | None:
        """The line of the plan, if the journal has it, and that UNLOCK is about to be sent."""
        steps = [json.loads(line) for line in self._journal.read_text(encoding="utf-8").splitlines()]
        begun = {step["n"] for step in steps if step.get("step") == "unlock"}
        for step in steps:
            if step.get("step") != "plan" or step["n"] not in begun or step["lock"]["token"] != token:
                continue
            if (step["lock"]["root"] or step["lock"]["url"]) == url:
                return dict(step)
        return None

    def _settled(self, token: str, root: str) -> float:
        """When the outcome of a lock was written down."""
        steps = [json.loads(line) for line in self._journal.read_text(encoding="utf-8").splitlines()]
        number = next(
            step["n"]
            for step in steps
            if step.get("step") == "plan"
            and step["lock"]["token"] == token
            and (step["lock"]["root"] or step["lock"]["url"]) == root
        )
        moments = [step["at"] for step in steps if step.get("step") == "outcome" and step["n"] == number]
        return datetime.fromisoformat(moments[-1]).timestamp()

    # -- what the person is told

    def check_outcomes(self, outcomes: list[dict[str, Any]]) -> None:
        """The outcomes of one run, as they stand in its JSON. After that, nothing may pass on the server's clock."""
        for entry in outcomes:
            self.counts[entry["outcome"]] += 1
            self._check_outcome(entry["lock"]["token"], entry["lock"]["lockroot"] or entry["lock"]["url"], entry)

    def _check_outcome(self, token: str, root: str, entry: dict[str, Any]) -> None:
        server, outcome, why = self._server, entry["outcome"], entry["why"]
        sent = [unlocking for unlocking in server.unlocks if (unlocking.token, unlocking.url) == (token, root)]
        lock = server.locks.get(token)
        there = lock is not None and lock.path == resolved(urlsplit(root).path)
        words = f"{outcome} ({why}): {root}"
        if outcome in ("released", "already-gone") and there:
            since = max([sent[-1].at if sent else 0.0, server.lied.get(token, 0.0)])
            until = self._settled(token, root)
            seen = any(reading.whole and since < reading.at < until for reading in server.readings.get(token, []))
            if seen or not (token in server.lied or "not verified" in why):
                self._report(f"{words}, and the lock is there")
            else:
                self.counts["lied to"] += 1
        if outcome == "released" and not sent and not self._resumed:  # the kill came before what the journal says
            self._report(f"{words}, and no UNLOCK was sent")
        if outcome == "skipped" and sent and "you stopped" not in why and not self._resumed:
            self._report(f"{words}, and UNLOCK was sent")
        if outcome == "refused" and any(it.effect and it.status is not None and it.status < 300 for it in sent):
            self._report(f"{words}, and a 2xx removed it")

    _resumed = False

    def resume(self) -> None:
        """Another run goes on with the same journal."""
        self._resumed = True


def stays_inside(tree: str, url: str) -> bool:
    """Whether a URL is in the tree, however often somebody decodes it."""
    path = urlsplit(url).path
    for _ in range(5):
        if not below(unquote(tree), _normal(path)) and not below(tree, _normal(unquote(path))):
            return False
        path = unquote(path)
    return below(tree, resolved(path))


def _normal(path: str) -> str:
    """With its dots resolved, as a server on Windows or one in Java would."""
    names: list[str] = []
    for name in re.sub(r";[^/]*", "", path.replace("\\", "/")).split("/"):
        if name.strip() == "..":
            names = names[:-1]
        elif name.strip() not in ("", "."):
            names.append(name)
    return "/" + "/".join(names)


def _reading_of(planned: dict[str, Any], readings: list[Reading]) -> Reading | None:
    """What the server showed in the answer that the plan names."""
    seen = planned["lock"]["seen"]
    if seen is None:
        return None
    fitting = [reading for reading in readings if seen[0] - 0.001 <= reading.at <= seen[1] + 0.001]
    shown = planned["lock"]["timeout"][1]
    exact = [one for one in fitting if shown == ("Infinite" if one.number is None else f"Second-{one.number}")]
    return exact[-1] if exact else None


def _words(reading: Reading) -> str:
    return f"[{reading.left} s left at {reading.at:.1f}, Date {reading.date}]"
