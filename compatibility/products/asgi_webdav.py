"""ASGI WebDAV."""

import json
from pathlib import Path

from compatibility.candidate import Break, Candidate, pypi
from tests.servers.accounts import USERS
from tests.servers.product import Setup


def _serve(setup: Setup, installed: Path) -> list[str]:
    accounts = [{"username": user, "password": word, "permissions": ["+"]} for user, word in USERS.items()]
    config = {
        "account_mapping": accounts,
        "provider_mapping": [{"prefix": "/", "uri": f"file://{setup.root}", "ignore_property_extra": False}],
    }
    path = setup.write("asgi.json", json.dumps(config))
    return [str(installed / "bin/asgi-webdav"), "-H", "127.0.0.1", "-P", str(setup.port), "-c", str(path)]


CANDIDATE = Candidate(
    name="asgi-webdav",
    title="ASGI WebDAV",
    source=pypi("ASGIWebDAV[standalone]", "backports.zstd"),
    serve=_serve,
    start="asgi-webdav -H 127.0.0.1 -P 8080 -c webdav.json   # accounts with permissions, and a provider",
    see="The locks are in the memory of the server. `davlock locks -r` is the only list.",
    breaks=Break(words="Restart the server. This ends **all** locks.", stop=True),
)
