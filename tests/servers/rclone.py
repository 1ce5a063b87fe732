"""``rclone serve webdav``, which stands on golang.org/x/net/webdav and keeps its locks in memory."""

from tests.servers.accounts import REALM, htpasswd
from tests.servers.product import Missing, Product, Setup, find_program


def _missing() -> Missing | None:
    return Missing("rclone", "Debian package rclone") if find_program("rclone") is None else None


def _command(setup: Setup) -> list[str]:
    program = find_program("rclone")
    assert program is not None
    command = [program, "--config", str(setup.write("rclone.conf", "")), "serve", "webdav", str(setup.root)]
    command += ["--addr", f"127.0.0.1:{setup.port}"]
    # A folder that a test makes on the disk would stay unseen for the five minutes that rclone trusts its cache.
    command += ["--dir-cache-time", "0s", "--poll-interval", "0s"]
    if setup.auth == "basic":
        command += ["--htpasswd", str(setup.write("htpasswd", htpasswd())), "--realm", REALM]
    return command


PRODUCT = Product(auths=("none", "basic"), missing=_missing, command=_command)
