"""Medians and ratios from the costs of all rounds, as JSON and as a table."""

import statistics
from collections.abc import Mapping
from typing import Any

from tests.bench.commands import COMMANDS, Command
from tests.bench.measuring import Cost
from tests.bench.peers import PEERS
from tests.bench.rows import Measure, Row

Costs = Mapping[str, Mapping[int, Cost]]
"""By command and round."""

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


def markdown(report: Mapping[str, Any]) -> str:
    """The table for a terminal: a line for davlock in each row, and one for each peer."""
    lines = ["| | | median | ratio or figure | lowest to highest | target | |", "|---|---|---|---|---|---|---|"]
    for row in report["rows"]:
        target = f"≤ {row['target']:g}" if row["target"] is not None else "–"
        reached = {True: "reached", False: "**missed**"}.get(row.get("reached"), "")
        lines.append(f"| **{row['title']}** | davlock | {_cells(row, row)} | {target} | {reached} |")
        if "before" in row:
            lines.append(f"| | davlock before | {_cells(row, row['before'])} | | |")
        if "base" in row:
            lines.append(f"| | {row['base']['title']} | {amount(row, row['base']['median'])} | 1 | | | |")
        lines += [
            f"| | {peer['title']} | {peer['missing'] + ' | | ' if 'missing' in peer else _cells(row, peer)} | | |"
            for peer in row["peers"]
        ]
    return "\n".join(lines)


def _cells(row: Mapping[str, Any], one: Mapping[str, Any]) -> str:
    if "value" not in one:
        return "not run | | "
    sign = f" {row['unit']}" if row["unit"] else " x"
    spread = f"{one['low']:.3g} to {one['high']:.3g}" if one["rounds"] > 1 else "one run"
    return f"{amount(row, one['median'])} | {one['value']:.3g}{sign} | {spread}"


def amount(row: Mapping[str, Any], value: float) -> str:
    """A median with its unit."""
    if row["measure"] == Measure.MEMORY.value:
        return f"{value:.0f} MB"
    if row["measure"] == Measure.SAID.value:
        return f"{value:.3g} ms"
    return f"{value * 1000:.3g} ms" if value < 1 else f"{value:.2f} s"
