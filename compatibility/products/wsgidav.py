"""WsgiDAV with its locks in memory, and with its locks in a file."""

import json
from pathlib import Path

from compatibility.candidate import Break, Candidate, pypi
from tests.servers.accounts import USERS
from tests.servers.product import Setup

_SOURCE = pypi("wsgidav", "cheroot", "lxml")


def _config(setup: Setup, storage: object) -> Path:
    users = {user: {"password": password} for user, password in USERS.items()}
    config = {
        "host": "127.0.0.1",
        "port": setup.port,
        "provider_mapping": {"/": {"root": str(setup.root), "readonly": False}},
        "http_authenticator": {"accept_basic": True, "accept_digest": False, "default_to_digest": False},
        "simple_dc": {"user_mapping": {"*": users}},
        "verbose": 1,
        "property_manager": True,
        "lock_storage": storage,
        "logging": {"enable": False},
    }
    return setup.write("wsgidav.json", json.dumps(config))


def _memory(setup: Setup, installed: Path) -> list[str]:
    return [str(installed / "bin/wsgidav"), "--config", str(_config(setup, True))]


def _file(setup: Setup, installed: Path) -> list[str]:
    storage = {
        "class": "wsgidav.lock_man.lock_storage.LockStorageShelve",
        "kwargs": {"storage_path": str(setup.private / "locks.shelve")},
    }
    return [str(installed / "bin/wsgidav"), "--config", str(_config(setup, storage))]


CANDIDATES = (
    Candidate(
        name="wsgidav",
        title="WsgiDAV",
        source=_SOURCE,
        serve=_memory,
        start="wsgidav --config wsgidav.yaml   # with a user_mapping; lock_storage: true",
        see="The locks are in the memory of WsgiDAV. `davlock locks -r` is the only list.",
        breaks=Break(words="Restart WsgiDAV. This ends **all** locks.", stop=True),
        unknown=("The lock after a LOCK that failed with 500: WsgiDAV can keep one, and shows no token of it.",),
    ),
    Candidate(
        name="wsgidav-file",
        title="WsgiDAV, locks in a file",
        source=_SOURCE,
        serve=_file,
        start="wsgidav --config wsgidav.yaml   # lock_storage: LockStorageShelve with a storage_path",
        see="The locks are in the file of `storage_path`, a shelve of Python.",
        breaks=Break(
            words="Stop WsgiDAV, remove the file of locks, start it. This ends **all** locks.",
            command="rm -f {store}*",
            store="/var/lib/wsgidav/locks.shelve",
            scratch="locks.shelve",
            stop=True,
        ),
        unknown=("The lock after a LOCK that failed with 500: WsgiDAV can keep one, and shows no token of it.",),
        avoid=(
            "SIGTERM, which systemd sends: Python's dbm.ndbm writes the locks at the end, so WsgiDAV loses them."
            " `KillSignal=SIGINT` keeps them.",
        ),
    ),
)
