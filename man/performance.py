"""The generated blocks of docs/performance.md, from the record that ``make bench`` writes."""

import json
from collections.abc import Iterable
from pathlib import Path

from man.blocks import fresh
from tests.bench.report import Record, beside, targets

RECORD = Path(__file__).parent.parent / "docs" / "performance.json"

_MODULE = "Python needs nearly as long for an empty package, because `-m` imports runpy. The script `davlock` does not."

_CALL = (
    "davlock takes 0.77 of the script's instructions. Two thirds of them import Python, click, httpx and lxml, and a"
    " quarter imports davlock's own 220 modules. Tried: the call no longer imports what a diagnosis asks, nor a ledger"
    " that is not there, for 0.98 of the instructions. Tried: an end of the process without Python's own, for another"
    " 0.98. It would lose what a plug-in or a profiler writes last, so davlock does not do it. Tried: msgspec."
    " A class of six fields costs a third with it, but its import costs as much as seventy classes of davlock's own."
)
_WALK = (
    "davlock takes 0.94 of the loop's processor time, with its start and its report. Two fifths of it are httpx,"
    " httpcore and h11, as in the loop, and a fifth reads XML. httpx sends the head of a request before its body, so a"
    " server wakes up earlier. davlock sends both in one packet, now as soon as they are whole: 0.93 of the time."
    " Tried: two packets, for another 0.98; far servers would get twice as many. Tried: two, three and eight workers."
    " On two cores they take 1.2 x the time of one, and 1.02 to 1.07 x on one core: they fight for the interpreter."
    " So davlock calls them once waiting is half of its time. Tried: no search for garbage, which gains nothing."
)
_INFINITY = (
    "The start of davlock takes 0.4 of it, reading 22,011 resources a third, and showing 2,001 locks as JSON a seventh."
    " Tried: an encoder of our own for JSON with an indent, for 8 ms. It was not worth a second one. The end of Python"
    " takes a fiftieth."
)
_RELEASE = (
    "1,000 releases need 2.5 s of processor time in one interpreter. That alone is 1.3 x the ideal, and the start and"
    " the plan are 0.25 x. A third of it is httpx, httpcore and h11, a fifth reads XML, a tenth is the rest of the"
    " evidence before each UNLOCK, and less than a tenth the rows of the screen. Threads add nothing: one release at a"
    " time, on a server that answers at once, needs as much. All workers that wait share an fsync: 1,000 releases do a"
    " hundred. Tried: that, and no evidence of a plain success, for 0.83 of the time. Tried: one worker at a time"
    " outside its waits, which gains nothing."
)
_EXPLAIN = (
    "importing click alone takes about as long as the target allows. davlock's own command line, some 60 modules, takes"
    " the rest. Into a pipe or a file, explain no longer imports rich: that saved a third of the call. Only an answer"
    " before davlock reads its options, as for `--help`, would also save click. Then it would read options in two ways."
)

WHY: dict[str, str] = {
    "version-module": _MODULE,
    "help-module": _MODULE,
    "call": _CALL,
    "call-login": _CALL,
    "walk": _WALK,
    "infinity": _INFINITY,
    "release": _RELEASE,
    "explain": _EXPLAIN,
}
"""Why a row misses its target, by its key: where the time goes, and what was tried."""

_SERVERS = {
    "C": "the server in C",
    "Python": "the server in Python, because there was no C compiler: its time counts against every walk",
}


def performance(text: str) -> str:
    """Returns docs/performance.md with fresh blocks."""
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    rows = record["rows"]
    blocks = {
        "circumstances": circumstances(record),
        "targets": f"{_count(rows)}\n\n{targets(rows)}",
        "missed": missed(rows),
        "peers": "\n\n".join(f"### {_capital(row['title'])}\n\n{beside(row)}" for row in rows),
    }
    return fresh("docs/performance.md", text, blocks)


def circumstances(record: Record) -> str:
    """Where, when and with what it was measured."""
    machine = record["machine"]
    versions = (f"{name} {version}" for name, version in record["libraries"].items())
    peers = (
        f"{name} {peer['version']}" if peer["version"] else f"{name} not installed ({peer['install']})"
        for name, peer in record["peers"].items()
    )
    swing = machine.get("swing")
    steady = f"; `python -c pass` took up to {swing:g} times as long as at its best" if swing is not None else ""
    changed = " and changes that are in no commit" if record["changed"] else ""
    lines = [
        f"{record['date']}, commit {record['commit']}{changed}",
        f"{record['rounds']} rounds of long commands, {record['short_rounds']} of short ones",
        f"{machine['system']}, {machine['cores']} cores, Python {machine['python']},"
        f" load {machine['load_before']} before and {machine['load_after']} after{steady}",
        ", ".join(versions),
        ", ".join(peers),
        _SERVERS[record["server"]],
    ]
    if not record["exact_memory"]:
        lines.append("without a C compiler, every process begins with the peak memory of the driver")
    return "\n".join(f"* {line}" for line in lines)


def _count(rows: Iterable[Record]) -> str:
    """The whole in one sentence."""
    judged = [row["reached"] for row in rows if row.get("reached") is not None]
    return f"davlock reaches {sum(judged)} of {len(judged)} targets."


def missed(rows: Iterable[Record]) -> str:
    """The reasons, for each row that misses its target."""
    lines = [
        f'* <a id="{row["key"]}"></a>{_capital(row["title"])}: {WHY.get(row["key"], "the reason is not known yet.")}'
        for row in rows
        if row.get("reached") is False
    ]
    return "\n".join(lines) or "Nothing."


def _capital(title: str) -> str:
    return title[0].upper() + title[1:]
