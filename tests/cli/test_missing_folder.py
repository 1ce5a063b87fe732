"""A write below a folder that is missing: what is advised helps, and asks nothing that is known already."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.command import run
from tests.conftest import ServerFor


@pytest.mark.parametrize("kind", ["apache", "lighttpd", "nginx", "wsgidav"])
def test_the_way_on_begins_at_what_exists(
    server_for: ServerFor, make_file: Callable[..., str], tmp_path: Path, kind: str
) -> None:
    above = make_file(server_for(kind), "f.txt").removesuffix("f.txt")
    body = tmp_path / "body"
    body.write_text("x")
    for words in (("put", str(body)), ("lock", "--create", "--no-ledger")):
        done = run(*words, f"{above}no/such/x.txt", "--json")
        assert done.code == 1, words
        (finding,) = [entry for entry in done.result["findings"] if entry["id"] == "409-missing-parent"]
        assert [remedy["command"] for remedy in finding["remedies"]] == [
            ["davlock", "propfind", above, "--depth", "1"],
            ["curl", "-X", "MKCOL", f"{above}no/"],
        ]
