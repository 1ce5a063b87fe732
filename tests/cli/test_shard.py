"""``--shard I/N`` on a real server, and what it refuses."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from davlock.operations.walk import shard as shards
from davlock.render.schema import schema
from tests.cli.command import run
from tests.conftest import ServerFor
from tests.servers import Server

Folder = Callable[[Server], str]

PARTS = ("1/3", "2/3", "3/3")


@pytest.fixture(autouse=True)
def _few_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "WAYS", 2)
    monkeypatch.setattr(shards, "WAYS_EACH", 1)


@pytest.fixture
def tree(server_for: ServerFor, folder: Folder) -> tuple[str, set[str]]:
    """A folder of Apache, which sends no lockroot, with a lock in each of its folders and two others; their tokens."""
    server = server_for("apache")
    url = folder(server)
    top = server.path(url)
    places = [f"{number}/x.txt" for number in range(5)]
    for name in (*places, "4/deep/y.txt", "top.txt"):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(name)
    for path in top.rglob("*"):
        os.chown(path, top.stat().st_uid, top.stat().st_gid)
    done = [run("lock", "-q", "--no-ledger", f"{url}{place}") for place in (*places, "top.txt")]
    done.append(run("lock", "-q", "--no-ledger", "--depth", "infinity", f"{url}4/deep/"))
    assert [each.code for each in done] == [0] * 7
    return url, {each.out.strip() for each in done}


def test_the_lines_of_all_parts_are_those_of_one_run(tree: tuple[str, set[str]]) -> None:
    url, tokens = tree
    texts = [run("locks", "-r", "--format", "jsonl", "--shard", part, url).out for part in PARTS]
    lines = [json.loads(line) for line in "".join(texts).splitlines()]
    assert sorted(lock["token"] for line in lines for lock in line["locks"]) == sorted(tokens)
    documents = [run("locks", "-r", "--json", "--shard", part, url) for part in PARTS]
    found = [lock["token"] for done in documents for lock in done.result["locks"]]
    assert sorted(found) == sorted(tokens)
    for done in documents:
        Draft202012Validator(schema()).validate(done.json)
    told = [done.result["walk"]["shard"] for done in documents]
    assert [(part["number"], part["count"]) for part in told] == [(1, 3), (2, 3), (3, 3)]
    assert len({part["division"] for part in told}) == 1
    assert "tree: this is part 2 of 3" in run("locks", "-r", "--format", "table", "--shard", "2/3", url).out


def test_each_cleanup_releases_its_part(tree: tuple[str, set[str]], tmp_path: Path) -> None:
    url, tokens = tree
    released = []
    for number, part in enumerate(PARTS):
        journal = tmp_path / f"{number}.jsonl"
        done = run("cleanup", "--all", "--yes", "--json", "--journal", str(journal), "--shard", part, url)
        outcomes = done.result["outcomes"]
        assert (done.code, {entry["outcome"] for entry in outcomes} <= {"released"}) == (0, True), done
        released += [entry["lock"]["token"] for entry in outcomes]
        if outcomes:
            begun = json.loads(journal.read_text().splitlines()[0])
            assert begun["settings"]["shard"] == part
    assert sorted(released) == sorted(tokens)
    assert run("locks", "-r", "--json", url).result["locks"] == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        *(
            (("locks", "-r", "--shard", text), f"--shard {text}: this is no part; write I/N")
            for text in ("0/4", "5/4", "1", "1/0", "-1/4", "a/b", "1/4/2", "1/99999", "¹/4")
        ),
        (("locks", "--shard", "1/4"), "--shard divides a walk; add -r"),
        (("cleanup", "--shard", "9/4", "--all"), "--shard 9/4: this is no part"),
        (("cleanup", "--resume", "j", "--shard", "1/4"), "--resume takes these settings from the journal"),
    ],
)
def test_what_is_no_part_is_refused(arguments: tuple[str, ...], words: str) -> None:
    url = () if "--resume" in arguments else ("http://127.0.0.1:9/",)
    done = run(*arguments, *url)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
