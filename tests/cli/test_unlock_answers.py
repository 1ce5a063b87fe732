"""What ``davlock unlock`` says of answers to UNLOCK that prove little."""

import pytest

from tests.cli.answers import TOKEN, active_lock, element, multistatus
from tests.cli.command import run
from tests.saying import Say
from tests.transport.scripted import response

FREE = multistatus(element(more="<D:resourcetype/>"))
TAKEN = multistatus(element(locks=active_lock(), more="<D:resourcetype/>"))


@pytest.mark.parametrize(
    ("status", "shown", "codes", "verdict", "found"),
    [
        ("200 OK", FREE, {0}, "clear", ("409-unlock-already-gone", "likely")),
        ("202 Accepted", FREE, {0}, "clear", ("409-unlock-already-gone", "likely")),
        ("207 Multi-Status", FREE, {3, 6}, "clear", None),
        ("207 Multi-Status", TAKEN, {6}, "blocked", ("unlock-had-no-effect", "certain")),
        ("404 Not Found", TAKEN, {1}, "blocked", ("409-unlock-token-mismatch", "likely")),
        ("404 Not Found", FREE, {3}, "clear", ("409-unlock-token-mismatch", "likely")),
    ],
)
def test_an_answer_that_proves_little(
    say: Say, status: str, shown: bytes, codes: set[int], verdict: str, found: tuple[str, str] | None
) -> None:
    server = say({"PROPFIND": shown, "UNLOCK": response(status)}, response("200 OK"))
    done = run("unlock", "--json", "--token", TOKEN, f"{server.url}/a.txt")
    assert done.code in codes, done
    assert done.result["verdict"] == verdict
    findings = [(finding["id"], finding["certainty"]) for finding in done.result["findings"]]
    assert findings[:1] == ([found] if found is not None else [])
