"""The gate in front of every write."""

import pytest

from davlock.operations.write_gate import OutsideScope, WriteGate
from davlock.protocol import requests
from davlock.protocol.lock import Depth, LockToken
from davlock.protocol.message import Exchange, Request, Response
from davlock.protocol.write_scope import WriteScope

TREE = "http://dav.example/team/"


class Recorder:
    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    def __call__(self, request: Request, *, feed: object = None) -> Exchange:
        self.sent.append((request.method, request.url))
        return Exchange(request=request, outcome=Response(status=204))


def test_without_a_scope_it_only_reads() -> None:
    record = Recorder()
    gate = WriteGate(record)
    gate(requests.propfind(TREE, Depth.ZERO, ()))
    for method in ("LOCK", "UNLOCK", "PUT", "DELETE", "MKCOL", "PROPPATCH", "POST", "unlock", "X-ANYTHING"):
        with pytest.raises(OutsideScope, match="only reads"):
            gate(Request(method=method, url=TREE))
    assert record.sent == [("PROPFIND", TREE)]


def test_writes_pass_inside_the_tree_alone() -> None:
    record = Recorder()
    gate = WriteGate(record, WriteScope(url=TREE))
    gate(requests.unlock(f"{TREE}a", LockToken("urn:x:1")))
    with pytest.raises(OutsideScope, match="not below"):
        gate(requests.unlock("http://dav.example/kids/a", LockToken("urn:x:1")))
    with pytest.raises(OutsideScope, match="leads elsewhere"):
        gate(requests.delete(f"{TREE}%2e%2e/kids/"))
    assert record.sent == [("UNLOCK", f"{TREE}a")]


@pytest.mark.parametrize("destination", ["http://dav.example/kids/b", "/kids/b", "http://other.example/team/b"])
def test_a_copy_needs_both_names_inside(destination: str) -> None:
    record = Recorder()
    gate = WriteGate(record, WriteScope(url=TREE))
    with pytest.raises(OutsideScope):
        gate(requests.copy(f"{TREE}a", destination))
    gate(requests.copy(f"{TREE}a", f"{TREE}b"))
    gate(requests.copy(f"{TREE}a", "/team/c"))
    assert record.sent == [("COPY", f"{TREE}a"), ("COPY", f"{TREE}a")]
