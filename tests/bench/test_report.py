"""The table of ``make bench`` from costs that are known."""

from dataclasses import replace

import pytest

from tests.bench.commands import COMMANDS
from tests.bench.measuring import Cost
from tests.bench.peers import PEERS
from tests.bench.report import Costs, beside, figures, swing, targets
from tests.bench.rows import ROWS, Measure, Row

ROW = Row(
    key="call",
    title="a call",
    measure=Measure.CPU,
    ours="call",
    base="plain-call",
    target=0.8,
    peers=("curl-call", "davix-call", "cadaver-call"),
    per="a script",
)


def took(*seconds: float, first: int = 1) -> dict[int, Cost]:
    return {number: Cost(wall=9.0, cpu=cpu, memory=20.0, output="") for number, cpu in enumerate(seconds, start=first)}


COSTS: Costs = {"call": took(0.1, 0.3, 0.2), "plain-call": took(0.2, 0.3, 0.25), "curl-call": took(0.01, first=3)}


def test_ratios_are_taken_round_by_round() -> None:
    """The second round was slow for both."""
    made = figures(ROW, COSTS, {"curl": "8", "davix": "0.8"}, {"davix-call": "exit status 1"})
    assert (made["median"], made["value"], made["low"], made["high"], made["reached"]) == (0.2, 0.8, 0.5, 1.0, True)
    assert made["base"] == {"title": COMMANDS["plain-call"].title, "median": 0.25}
    curl, davix, cadaver = made["peers"]
    assert (curl["value"], curl["rounds"]) == (0.04, 1)
    assert davix["missing"] == "failed: exit status 1"
    assert cadaver["missing"] == "not installed: apt-get install cadaver"


@pytest.mark.parametrize(("noise", "verdict"), [(0.0, "[missed](#call)"), (0.1, "reached")])
def test_the_tables(noise: float, verdict: str) -> None:
    made = figures(replace(ROW, target=0.75, noise=noise), COSTS, {"curl": "8"}, {})
    assert targets([made]).splitlines()[-1] == f"| a call | 0.8 x (0.5 to 1) | 0.75 x | a script | {verdict} |"
    assert beside(made).splitlines()[2:] == [
        "| **davlock** | 200 ms | 0.8 x (0.5 to 1) |",
        "| plain script: click, httpx, rich, lxml | 250 ms | 1 x |",
        "| curl, nothing parsed | 10 ms | 0.04 x (one run) |",
        "| davix-http, nothing parsed | not installed: apt-get install davix | - |",
        "| cadaver `discover` | not installed: apt-get install cadaver | - |",
    ]


def test_an_ideal_client_and_a_command_that_does_a_part() -> None:
    row = next(row for row in ROWS if row.key == "release")
    part = {1: Cost(wall=2.0, cpu=1.0, memory=9.0, output="")}
    made = figures(
        row, {"release": {1: Cost(wall=3.75, cpu=1.0, memory=40.0, output="")}, "curl-release": part}, {"curl": ""}, {}
    )
    assert (made["value"], made["reached"], made["base"]["median"]) == (2.0, False, 1.875)
    assert next(peer for peer in made["peers"] if "median" in peer)["median"] == 40.0


def test_rows_name_commands_and_commands_name_peers() -> None:
    assert len({row.key for row in ROWS}) == len(ROWS)
    named = {key for row in ROWS for key in (row.ours, row.base, *row.peers) if isinstance(key, str)}
    assert named == set(COMMANDS)
    assert {command.peer for command in COMMANDS.values() if command.peer} == {peer.key for peer in PEERS}


def test_how_steady_the_machine_was() -> None:
    """The round that warms up does not count."""
    assert swing({"pass": took(9.0, 0.01, 0.015, 0.012, first=0)}) == 1.5
    assert swing(COSTS) is None
