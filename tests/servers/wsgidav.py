"""WsgiDAV under cheroot, in a process of its own, with its locks in memory."""

import importlib.util
import json
import sys

from tests.servers.accounts import USERS
from tests.servers.product import Missing, Product, Setup


def _missing() -> Missing | None:
    for package in ("wsgidav", "cheroot"):
        if importlib.util.find_spec(package) is None:
            return Missing(package, f"Python package {package}")
    return None


def _command(setup: Setup) -> list[str]:
    users = True if setup.auth == "none" else {user: {"password": password} for user, password in USERS.items()}
    digest = setup.auth == "digest"
    config = {
        "host": "127.0.0.1",
        "port": setup.port,
        "provider_mapping": {"/": {"root": str(setup.root), "readonly": False}},
        "http_authenticator": {"accept_basic": not digest, "accept_digest": digest, "default_to_digest": digest},
        "simple_dc": {"user_mapping": {"*": users}},
        "verbose": 1,
        "property_manager": True,
        "lock_storage": True,
        "logging": {"enable": False},
    }
    path = setup.write("wsgidav.json", json.dumps(config))
    # -P: a module that happens to lie in the current folder must not shadow one of the server's.
    return [sys.executable, "-P", "-m", "wsgidav.server.server_cli", "--config", str(path)]


PRODUCT = Product(auths=("none", "basic", "digest"), missing=_missing, command=_command)
