"""The files of ``docs/examples``: what Kubernetes and Prometheus do with them, without either.

``make lint`` has their own validators read them.
"""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from davlock.checks.results import CheckOutcome, Level
from davlock.render import lock_metrics, openmetrics
from davlock.render.result import Result
from tests.cli.command import run
from tests.conftest import ServerFor
from tests.docs.pages import ROOT
from tests.render.runs import asked, checked
from tests.render.runs import run as checks_run
from tests.render.test_openmetrics import openmetrics as families_of
from tests.servers import Server

EXAMPLES = ROOT / "docs" / "examples"

MANIFESTS = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(EXAMPLES.glob("*.yaml"))}
"""The Kubernetes manifests. Prometheus's rules end in ``.yml``."""


def job_of(manifest: dict[str, Any]) -> dict[str, Any]:
    """The spec of a Job, or of the Job that a CronJob makes."""
    spec: dict[str, Any] = manifest["spec"]
    return spec["jobTemplate"]["spec"] if manifest["kind"] == "CronJob" else spec


class Cluster:
    """Runs the container of a Job as Kubernetes would, with its own command, arguments and variables.

    The shell runs, and what it calls ``davlock`` notes the arguments; then davlock runs with them, in this process.
    """

    def __init__(self, folder: Path, url: str) -> None:
        self.results = folder / "results"
        self._called = folder / "called"
        programs = folder / "bin"
        for new in (self.results, programs):
            new.mkdir()
        program = programs / "davlock"
        program.write_text(f"#!/bin/sh\nprintf '%s\\0' \"$@\" > {self._called}\n")
        program.chmod(0o755)
        self._environment = {"PATH": f"{programs}:/usr/bin:/bin", "URL": url, "RESULTS": str(self.results)}

    def run(self, name: str, **more: str) -> list[int]:
        """The exit status of each pod."""
        job = job_of(MANIFESTS[name])
        (container,) = job["template"]["spec"]["containers"]
        variables = {entry["name"]: entry["value"] for entry in container["env"]} | self._environment | more
        indexes = range(job["completions"]) if job.get("completionMode") == "Indexed" else [None]
        codes = []
        for index in indexes:
            own = {} if index is None else {"JOB_COMPLETION_INDEX": str(index)}
            command = [*container["command"], *container["args"]]
            subprocess.run(command, env=variables | own, timeout=60, check=True)
            codes.append(run(*self._called.read_text().split("\0")[:-1]).code)
        return codes

    def lines(self, pattern: str) -> list[dict[str, Any]]:
        """Of all files, one after the other."""
        text = "".join(path.read_text(encoding="utf-8") for path in sorted(self.results.glob(pattern)))
        return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def locked(server_for: ServerFor, folder: Callable[[Server], str]) -> tuple[str, list[str]]:
    """A tree with seven locks, and their tokens."""
    url = folder(server_for("wsgidav"))
    tokens = [run("lock", "-q", "--create", f"{url}{number}.txt") for number in range(7)]
    assert {done.code for done in tokens} == {0}
    return url, sorted(done.out.strip() for done in tokens)


def test_the_pods_of_the_job_find_what_one_run_finds(locked: tuple[str, list[str]], tmp_path: Path) -> None:
    url, tokens = locked
    cluster = Cluster(tmp_path, url)
    assert cluster.run("locks-job") == [0] * 4
    lines = cluster.lines("locks-*.jsonl")
    assert sorted(lock["token"] for line in lines for lock in line["locks"]) == tokens
    assert [line["walk"]["shard"]["number"] for line in lines if "walk" in line] == [1, 2, 3, 4]


def test_the_nightly_cleanup_plans_each_lock_once_and_releases_none(
    locked: tuple[str, list[str]], tmp_path: Path
) -> None:
    url, tokens = locked
    cluster = Cluster(tmp_path, url)
    assert cluster.run("cleanup-cronjob") == [0] * 4
    plans = [entry for line in cluster.lines("plan-*.jsonl") for entry in line.get("plan") or ()]
    assert sorted(entry["lock"]["token"] for entry in plans) == tokens
    assert sorted(lock["token"] for lock in run("locks", "-r", "--json", url).result["locks"]) == tokens


def test_the_metrics_are_written_also_if_a_check_fails(
    server_for: ServerFor, folder: Callable[[Server], str], tmp_path: Path
) -> None:
    url = folder(server_for("rclone"))
    cluster = Cluster(tmp_path, url)
    assert cluster.run("check-cronjob", PROFILE="read-only") == [1]
    text = (cluster.results / "davlock.prom").read_text(encoding="utf-8")
    values = {family.name: family.samples[0].value for family in families_of(text)}
    assert (values["davlock_check_up"], values["davlock_check_success"]) == (1, 0)


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_fits_itself(name: str) -> None:
    job = job_of(MANIFESTS[name])
    pod = job["template"]["spec"]
    (container,) = pod["containers"]
    variables = {entry["name"]: entry["value"] for entry in container["env"]}
    assert pod["terminationGracePeriodSeconds"] >= 40, "davlock has 30 s to remove what it made"
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
    assert variables["RESULTS"] in {mount["mountPath"] for mount in container["volumeMounts"]}
    if job.get("completionMode") == "Indexed":
        assert variables["PARTS"] == str(job["completions"])
        assert job["parallelism"] <= job["completions"]


# -- Prometheus and Grafana


def written_metrics() -> set[str]:
    """The names of all metrics that davlock writes."""
    exchanges = (asked("LOCK", "/a", 200, 1.0),)
    check = openmetrics.document([checks_run(checked(CheckOutcome.PASS), exchanges=exchanges)], fail_level=Level.MUST)
    locks = Result(target="http://h/", locks=())
    described = re.findall(r'"(_[a-z_]+)",?\s', Path(lock_metrics.__file__).read_text(encoding="utf-8"))
    return {
        *re.findall(r"(?m)^# TYPE (\S+)", check + lock_metrics.document([locks], now=0)),
        *(f"davlock_locks{name}" for name in described),
    }


def expressions() -> Iterator[str]:
    """Every query of the alert rules and of the dashboard."""
    for group in yaml.safe_load((EXAMPLES / "alerts.yml").read_text(encoding="utf-8"))["groups"]:
        yield from (rule["expr"] for rule in group["rules"])
    dashboard = json.loads((EXAMPLES / "dashboard.json").read_text(encoding="utf-8"))
    yield from (target["expr"] for panel in dashboard["panels"] for target in panel["targets"])


def test_every_query_asks_for_a_metric_that_davlock_writes() -> None:
    asked_for = [set(re.findall(r"davlock_\w+", query)) for query in expressions()]
    assert len(asked_for) > 12
    assert all(asked_for)
    assert set().union(*asked_for) <= written_metrics()


def test_the_page_names_every_metric() -> None:
    page = (
        (ROOT / "docs/monitoring.md")
        .read_text(encoding="utf-8")
        .replace(
            "`davlock_check_seconds`, `_timestamp_seconds`",
            "`davlock_check_seconds`, `davlock_check_timestamp_seconds`",
        )
    )
    assert set(re.findall(r"`(davlock_(?:check|locks)\w*)`", page)) == written_metrics()


def test_the_panels_of_the_dashboard_do_not_overlap() -> None:
    panels = json.loads((EXAMPLES / "dashboard.json").read_text(encoding="utf-8"))["panels"]
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert len({panel["id"] for panel in panels}) == len(panels)
