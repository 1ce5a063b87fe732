"""What the examples need beside davlock and a server."""

import os
import re
import shutil
from collections.abc import Callable

import pytest

PROGRAMS = ("curl", "jq", "svn")


@pytest.fixture
def programs_of() -> Callable[[str], None]:
    """``programs_of(typed)`` skips a test whose commands need a program that is missing, as ``server_for`` does."""

    def check(typed: str) -> None:
        missing = [name for name in PROGRAMS if re.search(rf"\b{name} ", typed) and shutil.which(name) is None]
        if missing and os.environ.get("DAVLOCK_REQUIRE_SERVERS") == "1":
            pytest.fail(f"{missing[0]} is not installed, and DAVLOCK_REQUIRE_SERVERS=1", pytrace=False)
        if missing:
            pytest.skip(f"{missing[0]} is not installed")

    return check
