"""One randomised clean-up: a server, its holders, what goes wrong, and the very command object that cleans up."""

import contextlib
import io
import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from davlock.cli.cleaning import Cleanup
from davlock.cli.cleanup_settings import Settings
from davlock.cli.options import Shared
from davlock.errors import DavlockError
from davlock.operations.budget import Budget
from davlock.operations.cleanup.journal import JournalRead, read
from davlock.operations.walk.walk import walk
from davlock.operations.write_gate import WriteGate
from davlock.protocol.message import Request
from davlock.protocol.write_scope import WriteScope
from davlock.render import json_v1
from davlock.render.build_result import found_view
from davlock.render.result import Result
from davlock.transport.base import Send
from tests.cli.answers import element
from tests.operations.cleanup.random_faults import Faults, Rates, plan_clocks, plan_outages
from tests.operations.cleanup.random_holders import GRANTS, STYLES, Holder, Losses, new_token
from tests.operations.cleanup.random_oracle import Oracle
from tests.operations.cleanup.random_server import COLLECTION, FOREIGN, KINDS, ORIGIN, Deed, Lock, Server, below
from tests.operations.fake import OFF

SHARED = Shared(format="json", no_ledger=True, no_plugins=True)
COUNTING = tuple(kind for kind in KINDS if kind.counts_down)
START = 1_900_000_000.0


class Killed(BaseException):
    """The process is gone, in the middle of anything."""


@dataclass(slots=True)
class Ran:
    """What one run left."""

    seed: int
    what: str
    violations: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def run(seed: int, folder: Path) -> Ran:
    """The clean-up of this seed. ``folder`` keeps its journal."""
    return RandomRun(seed, folder).ran()


class RandomRun:
    """``plain``: on Apache, where nothing goes wrong, for ``--unrenewed-for 5s``: what a real server can repeat."""

    def __init__(self, seed: int, folder: Path, *, plain: bool = False) -> None:
        self.seed = seed
        self.folder = folder
        self.chance = chance = random.Random(seed)  # noqa: S311 -- to be the same each time
        tree = chance.choice(["/team", "/team", "/te am", "/a/team"])
        self.plain = plain
        kind = chance.choice((*KINDS, *COUNTING))
        takes = chance.choice([0.002, 0.05, 0.3])
        self.server = Server(KINDS[0] if plain else kind, tree, now=START, takes=takes)
        self.server.infinity = chance.choice(["answered", "refused", "as-one"])
        self.losses = Losses()
        self.said = ""
        """On stderr."""
        self.holders: list[Holder] = []
        self.begin = START + chance.uniform(0, 9000)
        self.calm = chance.random() < 0.35 or plain
        """Whether nothing goes wrong on the way."""
        self._furnish()
        self._lock()
        self.server.advance(self.begin - START)
        self.settings = self._settings()
        if plain:
            self.settings = Settings(urls=self.settings.urls, unrenewed_for=5.0, jobs=1)
        self.journal = folder / f"{seed}.jsonl"
        self.journal.unlink(missing_ok=True)
        self.oracle = Oracle(self.server, self.settings, self.journal)
        self.faults = Faults(self.server, chance, Rates() if self.calm else Rates.draw(chance))

    # -- the world

    def _furnish(self) -> None:
        server, tree = self.server, self.server.tree
        server.folders |= {f"{tree}/a", f"{tree}/a/b", f"{tree}/c d", f"{tree}work", "/other", "/a"}
        for folder in (f"{tree}", f"{tree}/a", f"{tree}/a/b", f"{tree}/c d", f"{tree}work", "/other"):
            server.files |= {f"{folder}/{name}" for name in ("x.txt", "y.txt", "z.txt", "ä.txt", "100%.txt")}

    def _lock(self) -> None:
        """Locks that were taken at some time before, and are held by somebody dead or alive."""
        server, chance = self.server, self.chance
        places = sorted(server.files)
        for number in range(chance.randint(3, 30)):
            path = chance.choice(places)
            if below(server.tree, path) or chance.random() < 0.5:
                server.at(chance.uniform(START, self.begin), partial(self._take, path, number))
        for path in (server.tree, f"{server.tree}/a", "/", "/other"):
            if chance.random() < 0.12 and not self.plain:
                server.at(chance.uniform(START, self.begin), partial(self._take, path, 0, depth="infinity"))

    def _take(self, path: str, number: int, *, depth: str = "0") -> None:
        server, chance = self.server, self.chance
        there = [lock for lock in server.locks.values() if lock.path == path]
        scope = "shared" if chance.random() < 0.2 or number % 5 == 4 else "exclusive"
        if there and (scope == "exclusive" or any(lock.scope == "exclusive" for lock in there)):
            return
        granted = server.kind.grants or chance.choice(GRANTS)
        never = server.kind.grants is None and chance.random() < 0.08
        owner = chance.choice(["alice", "bob", "scanner@host"])
        lock = Lock(new_token(chance), path, granted, None if never else server.lock_clock + granted, owner=owner)
        lock.scope, lock.depth = scope, depth
        lock.hidden, lock.foreign = chance.random() < 0.03 and not self.plain, chance.random() < 0.1
        server.add(lock)
        if path in server.folders:
            server.files.discard(path)
        # Dead for as long as its lock can still be there; or dying while somebody cleans up.
        dies = None
        if chance.random() < 0.7:
            dies = self.begin + chance.choice([-granted, -granted, -granted, 200.0]) * chance.random()
        style = "steady" if self.plain else chance.choice(STYLES)
        self.holders.append(Holder(server, lock, chance, self.losses, style=style, dies=dies))

    def _hostile(self, path: str) -> str:
        """In the listing of a collection: names that lead elsewhere, and locks of elsewhere with roots of anywhere."""
        server, chance = self.server, self.chance
        if path == "/":
            return ""
        here, tree = quote(path), quote(server.tree)
        hrefs = (
            f"{here}/%2e%2e/other/x.txt",
            f"{here}/a%2f..%2f..%2f..%2fother/x.txt",
            f"{here}/..%5cother%5cx.txt",
            f"{here}/../../other/x.txt",
            f"{here}/%252e%252e/%252e%252e/other/y.txt",
            f"{here}/..;/other/x.txt",
            f"{FOREIGN}{here}/x.txt",
            f"{FOREIGN}/other/x.txt",
            "/other/x.txt",
            f"{tree}work/x.txt",
            f"{here}/%2e%2e/other/",
        )
        away = [lock for lock in server.locks.values() if not below(server.tree, lock.path) and not lock.hidden]
        shown = []
        for href in chance.sample(hrefs, 3):
            if not away:
                break
            lock = chance.choice(away)
            root = chance.choice([None, href, quote(lock.path), FOREIGN + quote(lock.path), f"{tree}/a/x.txt"])
            folder = COLLECTION if href.endswith("/") else ""
            shown.append(element(escape(href), locks=server.written(lock, root), more=folder))
        return "".join(shown)

    # -- what is asked for

    def _settings(self) -> Settings:
        chance = self.chance
        url = ORIGIN + quote(self.server.tree) + chance.choice(["/", "/", ""])
        asked: dict[str, Any] = {}
        how = chance.choice(
            ["unrenewed"] * 10 + ["older", "older", "all", "owner", "infinite", "left", "under", "mixed"]
        )
        if how in ("unrenewed", "mixed"):
            asked["unrenewed_for"] = self._silence()
            asked["even_if_alive"] = chance.random() < 0.3
            asked["wait"] = chance.choice([7200.0, 7200.0, 7200.0, 60.0])
        if how == "older":
            asked["older_than"] = chance.choice([10.0, 60.0, 600.0, 3000.0, 3539.0])
            asked["assume_old"] = chance.random() < 0.3
            asked["even_if_alive"] = chance.random() < 0.4
        if how == "owner" or (how == "mixed" and chance.random() < 0.5):
            asked["owner"] = chance.choice(["^scanner", "alice", "bob"])
        if how == "left" or (how == "mixed" and chance.random() < 0.4):
            asked[chance.choice(["expires_within", "expires_after"])] = chance.choice([30.0, 60.0, 600.0])
        if how == "under" or (how == "mixed" and chance.random() < 0.3):
            asked["under"] = chance.choice(["a", "a/b", "a/x.txt"])
        if how == "mixed" and chance.random() < 0.3:
            asked["scope"] = chance.choice(["exclusive", "shared"])
        asked["infinite"] = how == "infinite"
        asked["everything"] = how == "all"
        if "unrenewed_for" in asked and chance.random() < 0.3:
            asked["first_look"] = str(self.folder / f"{self.seed}.json")
        return Settings(urls=(url,), jobs=1, **asked)

    def _silence(self) -> float:
        """Often such that some lock comes into its last minute by it."""
        chance, server = self.chance, self.server
        held = [one.lock for one in self.holders if (one.dead or chance.random() < 0.2) and self._is_here(one.lock)]
        ends = [left for lock in held if (left := server.left(lock)) is not None and left > 10]
        if ends and chance.random() < 0.85:
            return float(max(5, round(chance.choice(ends) - chance.uniform(0, 66))))
        return chance.choice([5.0, 5.0, 10.0, 20.0, 30.0, 45.0, 60.0, 100.0, 150.0, 600.0, 1700.0])

    # -- the run

    def ran(self) -> Ran:
        server, settings, chance = self.server, self.settings, self.chance
        clocks = "right"
        if settings.first_look is not None:
            self._look_first(Path(settings.first_look))
            server.advance(
                (settings.unrenewed_for or 0.0) * chance.choice([0.9, 1.0, 1.0, 1.0, 1.5]) + chance.uniform(0, 9)
            )
        ahead = (settings.unrenewed_for or 0.0) + 60.0
        outages = 0
        if not self.calm:
            clocks = plan_clocks(server, chance, server.now - 30, server.now + ahead)
            outages = plan_outages(server, chance, server.now, server.now + ahead)
            if chance.random() < 0.05:
                where = chance.choice(["/", "/other", f"{quote(server.tree)}work", f"{FOREIGN}/team"])
                server.at(server.now + chance.uniform(0, ahead), lambda: setattr(self.faults, "moved", where))
        hostile = chance.random() < 0.35 and not self.plain
        if hostile:
            server.hostile = self._hostile
        server.deed, server.check = self.faults, self.oracle.check
        start = server.now
        stale = {one.lock.token: one.lock for one in self.holders if one.dead and self._is_here(one.lock)}
        kill = server.requests + chance.randint(3, 60) if chance.random() < 0.1 and not self.plain else None
        code = self._clean(kill)
        what = (
            f"{server.kind.name} {server.tree!r} infinity {server.infinity}, Date {clocks}, {outages} outages,"
            f" {'calm' if self.calm else self.faults._rates}, {'hostile, ' if hostile else ''}exit {code},"
            f" {server.now - start:.0f} s, {settings}"
        )
        ran = Ran(self.seed, what, self.oracle.violations, self.oracle.counts)
        ran.counts["requests"] = server.requests
        ran.counts["faults"] = self.faults.met
        ran.counts["holders alive who lost a lock"] = self.losses.released
        self._count_stale(stale, ran, start)
        return ran

    def _is_here(self, lock: Lock) -> bool:
        return lock.token in self.server.locks and below(self.server.tree, lock.path)

    def _look_first(self, file: Path) -> None:
        """What davlock locks -r --json prints."""
        server, url = self.server, self.settings.urls[0]
        found = walk(server, url, now=server.clock, jobs=1, budget=Budget(clock=server.clock))
        views = tuple(found_view(lock, found.evidence) for lock in found.locks or ())
        file.write_text(json_v1.document("locks", [Result(target=url, locks=views)]), encoding="utf-8")

    def _clean(self, kill: int | None) -> int | str:
        server = self.server

        def deed(request: Request) -> Deed:
            if kill is not None and server.requests >= kill:
                raise Killed
            return self.faults(request)

        server.deed = deed
        try:
            return self._command(None)
        except Killed:
            server.deed = self.faults
        if not self.journal.exists():
            return "killed"
        server.advance(self.chance.choice([0.5, 20.0, 300.0]))
        self.oracle.resume()
        earlier = read(self.journal)
        return f"killed, then {self._command(earlier)}"

    def _command(self, earlier: JournalRead | None) -> int | str:
        @contextlib.contextmanager
        def opener(shared: Shared, url: str, *scopes: WriteScope, **_: object) -> Iterator[Send]:
            yield WriteGate(self.server, *scopes)

        settings = self.settings if earlier is None else Settings.of(earlier.settings)
        out, err = io.StringIO(), io.StringIO()
        path = str(self.journal)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            server = self.server
            command = Cleanup(
                settings,
                SHARED,
                OFF,
                clock=server.clock,
                sleep=server.advance,
                wall_clock=server.clock,
                opener=opener,
            )
            try:
                code = command.run(
                    act=True,
                    path=path if earlier is None else None,
                    resume=path if earlier is not None else None,
                    earlier=earlier,
                )
            except DavlockError as error:
                return f"{type(error).__name__}: {error}"
        self.said = err.getvalue()
        (result,) = json.loads(out.getvalue())["results"]
        self.oracle.check_outcomes(result["outcomes"])
        return int(code)

    # -- how useful it was

    def _count_stale(self, stale: dict[str, Lock], ran: Ran, start: float) -> None:
        """Locks whose holder was dead, and which a person could have had released."""
        server = self.server
        kind = "calm" if self.calm else "disturbed"
        released = {unlocking.token for unlocking in server.unlocks if unlocking.effect}
        for token, lock in stale.items():
            if token in released:
                ran.counts[f"stale, {kind}: released"] += 1
            elif token not in server.locks:
                ran.counts[f"stale, {kind}: ended by themselves"] += 1
            elif self._selectable(lock, start):
                ran.counts[f"stale, {kind}: selectable, and still there"] += 1
            else:
                ran.counts[f"stale, {kind}: not selected"] += 1

    def _selectable(self, lock: Lock, start: float) -> bool:
        """Whether the lock, which is still there, met all that was asked for, as far as the server showed it."""
        settings, server = self.settings, self.server
        if lock.hidden:
            return False
        left = server.left(lock)
        if settings.owner is not None and settings.owner.strip("^") not in lock.owner:
            return False
        if settings.infinite and left is not None:
            return False
        if settings.scope is not None and settings.scope != lock.scope:
            return False
        if settings.under is not None and not below(f"{server.tree}/{settings.under}", lock.path):
            return False
        if settings.expires_within is not None or settings.expires_after is not None:
            return False
        by_time = settings.unrenewed_for is not None or settings.older_than is not None
        if not by_time:
            return True
        if left is None or not server.kind.counts_down:
            return False
        if left > 58 and not settings.even_if_alive:
            return False
        if settings.older_than is not None:
            quiet = server.now - max([lock.taken, *(moment for moment, _ in lock.changes)])
            return server.kind.grants is not None and quiet > settings.older_than + 2
        wait = settings.unrenewed_for or 0.0
        if settings.first_look is not None:
            return False
        return wait + 2 < settings.wait and left + (server.now - start) > wait + 6
