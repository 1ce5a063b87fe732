"""Medians and ratios from the costs of all rounds, as JSON and as a table."""

import statistics
from collections.abc import Iterable, Mapping
from typing import Any

from man.blocks import table
from tests.bench.commands import COMMANDS, Command
from tests.bench.measuring import Cost
from tests.bench.peers import PEERS
from tests.bench.rows import Measure, Row

Costs = Mapping[str, Mapping[int, Cost]]
"""By command and round."""

Record = Mapping[str, Any]
"""A part of the JSON."""

BEFORE = "before."
"""Stands before the key of a command of the other davlock that is run beside this one."""


def figures(row: Row, costs: Costs, installed: Mapping[str, str], failed: Mapping[str, str]) -> dict[str, Any]:
    """One row, as it stands in the JSON."""
    made: dict[str, Any] = {
        "key": row.key,
        "title": row.title,
        "measure": row.measure.value,
        "per": row.per,
        "unit": row.unit,
        "target": row.target,
        "noise": row.noise,
        **_compared(row, row.ours, costs),
    }
    if "value" in made and row.target is not None:
        made["reached"] = made["value"] <= row.target * (1 + row.noise)
    if isinstance(row.base, float):
        made["base"] = {"title": row.per, "median": row.base}
    elif row.base is not None and row.base in costs:
        made["base"] = {"title": COMMANDS[row.base].title, "median": _median(row, row.base, costs)}
    if f"{BEFORE}{row.ours}" in costs:
        made["before"] = _compared(row, f"{BEFORE}{row.ours}", costs)
    made["peers"] = [_peer(row, COMMANDS[key], costs, installed, failed) for key in row.peers]
    return made


def _peer(
    row: Row, command: Command, costs: Costs, installed: Mapping[str, str], failed: Mapping[str, str]
) -> dict[str, Any]:
    peer = {"title": command.title}
    if command.peer and command.peer not in installed:
        install = next(peer.install for peer in PEERS if peer.key == command.peer)
        return {**peer, "missing": f"not installed: {install}"}
    if command.key in failed:
        return {**peer, "missing": f"failed: {failed[command.key]}"}
    return {**peer, **_compared(row, command.key, costs)}


def _compared(row: Row, key: str, costs: Costs) -> dict[str, Any]:
    """The median of ``key``, and of its ratios to the base, round by round."""
    values = _values(row, key, costs)
    if not values:
        return {}
    ratios = list(values.values())
    if isinstance(row.base, float):
        ratios = [value / row.base for value in ratios]
    elif row.base is not None:
        base = _values(row, row.base, costs)
        usual = statistics.median(base.values())
        ratios = [value / base.get(number, usual) for number, value in values.items()]
    return {
        "median": _round(statistics.median(values.values())),
        "rounds": len(values),
        "value": _round(statistics.median(ratios)),
        "low": _round(min(ratios)),
        "high": _round(max(ratios)),
    }


def _median(row: Row, key: str, costs: Costs) -> float:
    return _round(statistics.median(_values(row, key, costs).values()))


def _values(row: Row, key: str, costs: Costs) -> dict[int, float]:
    command = COMMANDS[key.removeprefix(BEFORE)]
    values = {}
    for number, cost in costs.get(key, {}).items():
        match row.measure:
            case Measure.CPU:
                values[number] = cost.cpu / command.share
            case Measure.WALL:
                values[number] = cost.wall / command.share
            case Measure.MEMORY:
                values[number] = cost.memory
            case Measure.SAID:
                values[number] = float(cost.output)
    return values


def _round(value: float) -> float:
    return float(f"{value:.4g}")


# -- as Markdown


def swing(costs: Costs) -> float | None:
    """How much longer the slowest `python -c pass` took than the fastest; ``None`` if it did not run.

    It does the same each time: what is more than a few percent is the machine's, such as a neighbour on its processors.
    """
    times = [cost.cpu for number, cost in costs.get("pass", {}).items() if number]
    return round(max(times) / min(times), 2) if times and min(times) > 0 else None


def targets(rows: Iterable[Record]) -> str:
    """A line for each row: davlock's figure, its target, and whether it is reached."""
    return table(("what", "davlock", "at most", "compared with", ""), *map(_target, rows))


def _target(row: Record) -> tuple[str, ...]:
    sign = row["unit"] or "x"
    target = f"{row['target']:g} {sign}" if row["target"] is not None else "-"
    verdict = "" if "reached" not in row else "reached" if row["reached"] else f"[missed](#{row['key']})"
    return row["title"], value(row, row), target, row["per"] or "-", verdict


def beside(row: Record) -> str:
    """A line for each client of one row: davlock, what it is compared with, and its peers."""
    clients = [{**row, "title": "**davlock**"}]
    if "before" in row:
        clients.append({**row["before"], "title": "davlock before"})
    if "base" in row:
        clients.append(row["base"])
    ratio = f"x {row['per']}" if row["per"] else "lowest to highest"
    lines = ((client["title"], *_client(row, client)) for client in (*clients, *row["peers"]))
    return table(("client", row["measure"], ratio), *lines)


def _client(row: Record, client: Record) -> tuple[str, str]:
    if "missing" in client:
        return client["missing"], "-"
    if "median" not in client:
        return "not run", "-"
    return amount(row, client["median"]), value(row, client)


def value(row: Record, client: Record) -> str:
    """The figure that is compared with the target, and how far the rounds lie apart."""
    if "value" not in client:
        return "1 x" if "median" in client else "not run"
    figure = f"{_short(client['value'])} {row['unit'] or 'x'}"
    spread = f"{_short(client['low'])} to {_short(client['high'])}" if client["rounds"] > 1 else "one run"
    return f"{figure} ({spread})"


def _short(number: float) -> str:
    return f"{number:.3g}" if number < 1000 else f"{number:,.0f}"


def amount(row: Record, median: float) -> str:
    """A median with its unit."""
    if row["measure"] == Measure.MEMORY.value:
        return f"{median:.0f} MiB"
    seconds = median / 1000 if row["measure"] == Measure.SAID.value else median
    return f"{_short(seconds * 1000)} ms" if seconds < 1 else f"{_short(seconds)} s"
