"""Parts of a tree: together they find what one walk finds, each lock once."""

import itertools
from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from davlock.operations.budget import Budget
from davlock.operations.walk import shard as shards
from davlock.operations.walk.shard import Shard, path_hash
from davlock.operations.walk.walk import walk
from davlock.operations.walk.walked import Walked
from tests.cli.answers import active_lock
from tests.operations.fake import FakeSend
from tests.operations.walk.test_walk import START, Tree, depths, tokens

PARTS = 3


@pytest.fixture(autouse=True)
def _few_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "WAYS", 5)
    monkeypatch.setattr(shards, "WAYS_EACH", 1)


def part(server: Tree, number: int, *, count: int = PARTS, requests: int = 1000) -> tuple[Walked, FakeSend]:
    send = FakeSend(server)
    clock = itertools.count(1000)
    budget = Budget(clock=lambda: 0.0, requests=requests)
    shard = Shard(number, count)
    return walk(send, START, now=lambda: float(next(clock)), jobs=1, budget=budget, shard=shard), send


FLAT = tuple(f"/f/{number}/" for number in range(12))
DEEP = ("/f/a/", "/f/a/b/", *(f"/f/a/b/{number}/" for number in range(6)), *(f"/f/a/b/{n}/x/" for n in range(6)))
BUSHY = tuple(
    f"/f/{''.join(names)}" for length in (1, 2, 3) for names in itertools.product(("x/", "y/"), repeat=length)
)
TREES = {"flat": FLAT, "deep": DEEP, "bushy": BUSHY}


def tree(name: str, *, rooted: bool) -> Tree:
    """Each collection has a file with a lock. Each third has a lock of depth infinity, which shows on all below it."""
    collections = ("/f/", *TREES[name])
    files = {f"{path}n%20{number}.txt": "0" for number, path in enumerate(collections)}
    deep = dict.fromkeys(collections[::3], "infinity")
    locks = {
        path: active_lock(f"urn:{path}", depth=depth, root=path if rooted else None)
        for path, depth in {**files, **deep}.items()
    }
    return Tree((*collections, *files), locks, at_once="refused", inherited=True)


def random_tree(dice: Random) -> Tree:
    """Some of its names are escaped, and some locks of depth infinity are below others."""
    collections = ["/f/"]
    for _ in range(dice.randint(0, 20)):
        collections.append(f"{dice.choice(collections)}{dice.choice(('a', 'b', 'c%20d', '%C3%A9', 'x%41', '1'))}/")
    collections = list(dict.fromkeys(collections))
    paths = [*collections, *(f"{dice.choice(collections)}f{number}.txt" for number in range(10))]
    rooted = dice.random() < 0.5
    locks = {}
    for path in dice.sample(paths, k=min(len(paths), dice.randint(0, 12))):
        depth = "infinity" if path.endswith("/") else "0"
        locks[path] = active_lock(f"urn:{path}", depth=depth, root=path if rooted else None)
    return Tree(tuple(paths), locks, at_once="refused", inherited=True)


@settings(max_examples=40)
@given(dice=st.randoms(use_true_random=False), count=st.integers(1, 5), ways=st.integers(1, 9))
def test_a_random_tree_in_parts(dice: Random, count: int, ways: int) -> None:
    server = random_tree(dice)
    whole = walk(FakeSend(server), START, now=lambda: 1000.0, jobs=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shards, "WAYS", ways)
        parts = [part(server, number, count=count)[0] for number in range(1, count + 1)]
    assert Counter(token for found in parts for token in tokens(found)) == Counter(tokens(whole))


@pytest.mark.parametrize("rooted", [True, False])
@pytest.mark.parametrize("name", TREES)
def test_the_parts_find_what_one_walk_finds(name: str, rooted: bool) -> None:
    server = tree(name, rooted=rooted)
    whole = walk(FakeSend(server), START, now=lambda: 1000.0, jobs=1)
    parts = [part(server, number)[0] for number in range(1, PARTS + 1)]
    assert Counter(token for found in parts for token in tokens(found)) == Counter(tokens(whole))
    reports = [found.shard for found in parts if found.shard is not None]
    assert len({(report.division, report.shared) for report in reports}) == 1
    read = sum(found.collections for found in parts) - (PARTS - 1) * reports[0].shared
    assert read == whole.collections


def test_the_requests_are_divided() -> None:
    asked = [depths(part(tree("flat", rooted=True), number)[1]) for number in range(1, PARTS + 1)]
    below = [[line for line in lines if line.startswith("1 /f/") and line != "1 /f/"] for lines in asked]
    assert sorted(itertools.chain(*below)) == sorted(f"1 {path}" for path in FLAT)
    assert not any(line.startswith("infinity") for line in itertools.chain(*asked))


def test_what_others_read_needs_no_place_in_the_budget() -> None:
    _, send = part(tree("flat", rooted=True), 2)
    least = len(send.requests)
    assert least < len(FLAT) + 1
    bounded = [part(tree("flat", rooted=True), 2, requests=number)[0] for number in (least, least - 1)]
    assert [(found.end is not None, found.unread) for found in bounded] == [(False, 0), (True, 1)]


def test_a_hash_never_changes() -> None:
    """A person may run one part today and the next one with another version."""
    assert [path_hash(names) % 1000 for names in ((), (b"a",), (b"a b", b"\xc3\xa9"), (b"a/b",))] == [
        876,
        343,
        580,
        626,
    ]


def test_the_division_tells_trees_apart() -> None:
    """What all parts must have in common is not the same for trees that are divided elsewhere."""
    divisions = {name: part(tree(name, rooted=True), 1)[0].shard for name in TREES}
    assert len({report.division for report in divisions.values() if report is not None}) == len(TREES)
