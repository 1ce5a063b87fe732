"""Loops: a server that follows symbolic links shows a collection again below itself, and so without end.

A real tree can repeat its names too, and what is at its bottom can be locked. Names and members alone do not tell the
two apart. So a walk follows one path of a suspected loop, one request a level, and waits with everything beside it:

- a collection on the path has other members: it is a real tree, and the walk reads all of it;
- the server refuses the next level, where systems stop following links: it is a loop, and all of it was read above;
- neither: what was left out counts as not read.
"""

from collections import deque
from dataclasses import field

from davlock.operations.budget import Budget
from davlock.operations.walk.dedupe import Names
from davlock.operations.walk.strategy import CollectionAnswer
from davlock.operations.walk.tally import Tally
from davlock.operations.walk.walk_stop import DEEPEST, NO_MORE
from davlock.protocol.url import names_of
from davlock.values import dataclass

Met = dict[int, int]
"""The collections that a walk has met: :func:`key` of their names, and a signature of their members, 0 before they were
read. Names themselves would take ten times the memory.
"""

COPIES = 4
"""Collections above one that may have the same members before it is suspected to be one of them, met again."""

FEWEST_LINKS = 30
"""Names of a loop after which a refusal is the system's: macOS follows 32 links in a path, Linux 40."""

FEWEST_ROUNDS = 10
"""Rounds of a loop after which a refusal is the system's: one round may have several links."""

MOST_ROUNDS = 42
"""Rounds after which a system would have stopped following links."""

REFUSALS = frozenset({403, 404, 500})
"""How servers answer where the system follows no more links: lighttpd, WsgiDAV, nginx."""

LOOP_DETECTED = 508

A_LOOP = "its names and members repeat those above it: a loop that davlock did not follow"
NO_END = "its names and its members repeat those above it without an end, as in a loop"


def key(names: Names) -> int:
    """What stands for a collection among those that were met: 64 bits, with which a million never meet by chance."""
    return hash(names)


def period_of_a_loop(names: Names, base: int, visited: Met) -> int:
    """How many names above a collection the one stands that it may be, reached by a symbolic link; 0 for no loop."""
    own = visited[key(names)]
    below = names[base:]
    for period in range(1, len(below) // 3 + 1):
        last = below[-period:]
        thrice = below[-2 * period : -period] == last and below[-3 * period : -2 * period] == last
        if thrice and visited.get(key(names[:-period])) == own:
            return period
    # Two links to one collection give a path that never repeats itself three times in a row.
    copies = [length for length in range(base, len(names)) if visited.get(key(names[:length])) == own]
    return len(names) - copies[-1] if len(copies) >= COPIES else 0


_Alike = tuple[int, int]
"""What suspects have in common that are one collection: their signature, and the key of the first one above them."""


@dataclass(frozen=True, slots=True)
class _Suspect:
    """A collection that may be one above it, and its members that wait."""

    url: str
    below: list[str]
    period: int = 0


@dataclass(slots=True)
class _Trail:
    """The one path that is followed to find out whether ``suspect`` is a loop."""

    suspect: _Suspect
    alike: _Alike
    period: int
    top: int
    """Names of the collection above that it may be."""
    beside: list[str] = field(default_factory=list)
    """Collections beside the path."""
    others: deque[_Suspect] = field(default_factory=deque)
    """Suspects with the same members, that wait for what comes of this one. The next trail takes all of them over, so
    that each is looked at once: there are thousands where all folders have members of the same names.
    """

    def length(self, names: Names) -> int:
        """How many names the loop has at a collection on the path."""
        return len(names) - self.top


class LoopWatch:
    """Decides which collections a walk goes on with. What it holds back keeps its place in ``budget``."""

    def __init__(self, base: int, tally: Tally, budget: Budget) -> None:
        self.met: Met = {}
        self.suspected = ""
        """The first collection that was not read because it looks like a loop without an end."""
        self._base = base
        self._tally = tally
        self._budget = budget
        self._trails: dict[int, _Trail] = {}
        self._open: dict[_Alike, _Trail] = {}
        self._settled: dict[_Alike, bool] = {}
        """True if a loop was proved, or had no end."""

    def on_a_trail(self, names: Names) -> bool:
        """Returns true if a collection is next on a path that is followed: it may be deeper than others."""
        return key(names) in self._trails

    def go_on(self, answer: CollectionAnswer, new: list[str]) -> list[str]:
        """The collections to ask on after ``answer``; ``new`` are those of its members that were not met before."""
        names = names_of(answer.url)
        self.met[key(names)] = answer.signature
        trail = self._trails.pop(key(names), None)
        if trail is None:
            return self._suspected(answer.url, new)
        same = answer.exchange is not None and answer.exchange.status == 207 and not answer.trouble
        if not same or answer.signature != self.met.get(key(names[: -trail.period])):
            return [*self._refuted(trail), *new]
        along = self._along(trail, _Suspect(answer.url, new))
        return along if along is not None else self._refuted(trail)

    def proves(self, answer: CollectionAnswer) -> bool:
        """Whether a refusal shows that a suspected loop is one: the server followed links until it could not."""
        names = names_of(answer.url)
        trail = self._trails.get(key(names))
        status = answer.exchange.status if answer.exchange is not None else None
        if trail is None or (status not in REFUSALS and status != LOOP_DETECTED):
            return False
        length = trail.length(names)
        far = length >= FEWEST_LINKS and length >= FEWEST_ROUNDS * trail.period
        if status != LOOP_DETECTED and not far:
            return False
        del self._trails[key(names)]
        self._settle(trail, "")
        return True

    def finish(self) -> None:
        """Count what still waits: the walk ended before it was decided."""
        for trail in list(self._open.values()):
            self._settle(trail, NO_MORE)

    def _suspected(self, url: str, below: list[str]) -> list[str]:
        names = names_of(url)
        period = period_of_a_loop(names, self._base, self.met) if below else 0
        if not period:
            return below
        suspect = _Suspect(url, below, period)
        alike = self._alike(names)
        if alike in self._settled:
            self._drop(suspect, "" if self._settled[alike] else NO_END)
            return []
        trail = self._open.get(alike)
        if trail is not None:
            trail.others.append(suspect)
            return []
        return self._next(alike, deque([suspect]))

    def _next(self, alike: _Alike, suspects: deque[_Suspect]) -> list[str]:
        """Follow the first of ``suspects`` for which that can be done; what there is to ask on then."""
        seen: list[str] = []
        while suspects:
            suspect = suspects.popleft()
            trail = _Trail(suspect, alike, suspect.period, len(names_of(suspect.url)) - suspect.period, others=suspects)
            self._open[alike] = trail
            along = self._along(trail, suspect)
            if along is not None:
                return [*seen, *along]
            del self._open[alike]
            seen += trail.beside
        return seen

    def _alike(self, names: Names) -> _Alike:
        own = self.met[key(names)]
        above = (key(names[:length]) for length in range(self._base, len(names)))
        return own, next(entry for entry in above if self.met.get(entry) == own)

    def _along(self, trail: _Trail, suspect: _Suspect) -> list[str] | None:
        """One step down the path; ``None`` where it does not go on, which refutes the suspicion."""
        names = names_of(suspect.url)
        following = names[-trail.period]
        along = [url for url in suspect.below if names_of(url)[-1] == following]
        trail.beside += [url for url in suspect.below if url not in along]
        if not along:
            return None
        if trail.length(names) >= MOST_ROUNDS * trail.period and len(names) - self._base >= DEEPEST:
            trail.beside += along
            self.suspected = self.suspected or along[0]
            self._settle(trail, NO_END)
            return []
        self._trails[key(names_of(along[0]))] = trail
        return along

    def _refuted(self, trail: _Trail) -> list[str]:
        """It is a real tree: go on with all that waited."""
        del self._open[trail.alike]
        return [*trail.beside, *self._next(trail.alike, trail.others)]

    def _settle(self, trail: _Trail, unread: str) -> None:
        """Leave out what waits; ``unread`` says why it counts as not read, and is empty for a loop."""
        del self._open[trail.alike]
        self._settled[trail.alike] = not unread
        self._drop(_Suspect(trail.suspect.url, trail.beside), unread)
        for other in trail.others:
            self._drop(other, unread)

    def _drop(self, suspect: _Suspect, unread: str) -> None:
        for url in suspect.below:
            self._budget.release(url)
        if not unread:
            self._tally.note(self._tally.shown(suspect.url), A_LOOP)
        elif suspect.below:
            self._tally.unread += len(suspect.below)
            self._tally.note(self._tally.shown(suspect.url), f"what is below it is unread: {unread}")
