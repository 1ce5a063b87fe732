"""The rows of the table: davlock's figure, what it is divided by, the target, and who is beside it."""

import itertools
from dataclasses import dataclass
from enum import Enum

from tests.bench.commands import COLLECTIONS, DELAY, JOBS, LOCKS


class Measure(Enum):
    """What is compared."""

    CPU = "processor time"
    WALL = "time"
    MEMORY = "peak memory"
    SAID = "processor time in the process"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """``ours``, ``base`` and ``peers`` are keys of commands. ``base`` may be the seconds of an ideal client.

    Without ``base``, the figure itself is compared with the target, in ``unit``.
    """

    key: str
    title: str
    measure: Measure
    ours: str
    base: str | float | None
    target: float | None
    peers: tuple[str, ...] = ()
    unit: str = ""
    per: str = ""
    """What the ratio is a multiple of, in words."""
    noise: float = 0.0
    """The part by which a figure may be above its target: runs differ by that, and there is nothing to gain."""


_PASS = "`python -c pass`"
_STARTS = ("curl-version", "cadaver-version", "davix-version", "rclone-version")
_HELPS = ("webdav4-help", "rfc4918-help")
_CALLS = (
    "http-client-call",
    "curl-call",
    "cadaver-call",
    "davix-call",
    "rclone-call",
    "webdav4-call",
    "rfc4918-call",
)
_LOOPS = (
    "http-client-walk",
    "curl-walk",
    "davix-walk",
    "rclone-walk",
    "rclone-walk-unpaced",
    "webdav4-walk",
    "rfc4918-walk",
)


def _start(key: str, title: str, target: float, peers: tuple[str, ...] = ()) -> Row:
    return Row(key=key, title=title, measure=Measure.CPU, ours=key, base="pass", target=target, peers=peers, per=_PASS)


def _slow(jobs: int, target: float | None, peers: tuple[str, ...]) -> Row:
    return Row(
        key=f"walk-20ms-{jobs}",
        title=f"the same walk, 20 ms for each answer, {jobs} requests at a time",
        measure=Measure.WALL,
        ours=f"slow-walk-{jobs}",
        base=COLLECTIONS * DELAY / jobs,
        target=target,
        peers=peers,
        per="the ideal",
    )


ROWS = (
    _start("version", "`davlock --version`", 1.3, (*_STARTS, *_HELPS)),
    _start("version-module", "`python -m davlock --version`", 1.15, ("empty-module",)),
    _start("help", "`davlock --help`", 1.3, _HELPS),
    _start("help-module", "`python -m davlock --help`", 1.15, ("empty-module",)),
    _start("explain", "`davlock explain 423`", 4.0, ("import-click",)),
    Row(
        key="call",
        title="`davlock locks --json URL`",
        measure=Measure.CPU,
        ours="call",
        base="plain-call",
        target=0.85,
        peers=_CALLS,
        per="a plain click, httpx, rich and lxml script",
    ),
    Row(
        key="call-login",
        title="`davlock locks --json -u USER URL`",
        measure=Measure.CPU,
        ours="call-login",
        base="plain-call-login",
        target=0.9,
        per="the plain script with -u",
    ),
    Row(
        key="walk-cpu",
        title="a collection of a walk, without a network",
        measure=Measure.SAID,
        ours="walk-cpu",
        base=None,
        target=0.6,
        peers=("plain-walk-cpu",),
        unit="ms",
    ),
    Row(
        key="walk",
        title="walk of 2,001 collections, answered at once",
        measure=Measure.WALL,
        ours="walk",
        base="plain-walk",
        target=0.95,
        peers=_LOOPS,
        per="a plain httpx loop",
    ),
    Row(
        key="infinity",
        title="the same tree in one answer (Depth infinity)",
        measure=Measure.WALL,
        ours="infinity",
        base="plain-walk",
        target=0.25,
        peers=("curl-infinity",),
        per="a plain httpx loop",
    ),
    _slow(8, 1.2, ("slow-http-client-walk-8", "slow-async-walk-8")),
    _slow(16, None, ()),
    _slow(32, 1.6, ("slow-http-client-walk-32", "slow-async-walk-32")),
    _slow(64, None, ("slow-http-client-walk-64",)),
    *(
        Row(
            key=f"not-slower-{more}",
            title=f"{more} requests at a time",
            measure=Measure.WALL,
            ours=f"slow-walk-{more}",
            base=f"slow-walk-{fewer}",
            target=1.0,
            per=f"{fewer} at a time",
            noise=0.05,
        )
        for fewer, more in itertools.pairwise(JOBS)
    ),
    *(
        Row(
            key=key,
            title=f"reading a listing of 20,000 resources, {words}",
            measure=Measure.SAID,
            ours=f"parse-davlock-{every}",
            base=f"parse-floor-{every}",
            target=target,
            peers=(f"parse-webdav4-{every}", f"parse-rfc4918-{every}"),
            per="lxml with nothing read",
        )
        for key, every, words, target in (
            ("parse-all", 1, "each of them locked", 1.8),
            ("parse-hundredth", 100, "one in 100 locked", 1.2),
        )
    ),
    Row(
        key="release",
        title="1,000 locks released, each read before and after, 20 ms for each answer, 32 at a time",
        measure=Measure.WALL,
        ours="release",
        base=3 * LOCKS * DELAY / 32,
        target=1.4,
        peers=("http-client-release", "curl-release", "rfc4918-release"),
        per="the ideal",
    ),
    Row(
        key="table",
        title="10,000 locks as a table",
        measure=Measure.SAID,
        ours="table",
        base="rich-table",
        target=0.1,
        per="rich's Table",
    ),
    Row(
        key="memory",
        title="peak memory of the walk of 2,001 collections",
        measure=Measure.MEMORY,
        ours="walk",
        base=None,
        target=60,
        peers=("plain-walk", *_LOOPS),
        unit="MiB",
    ),
    Row(
        key="memory-large",
        title="peak memory of a walk of 20,001 collections, with as many locks",
        measure=Measure.MEMORY,
        ours="large-walk",
        base=None,
        target=60,
        unit="MiB",
    ),
    Row(
        key="memory-flat",
        title="the same, ten times the collections",
        measure=Measure.MEMORY,
        ours="large-walk",
        base="walk",
        target=1.1,
        per="the memory of 2,001 collections",
    ),
)
