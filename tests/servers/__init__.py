"""Starts real WebDAV servers on the loopback interface, one file per product.

    with temporary_directory() as directory, start("apache", auth="basic", directory=directory) as server:
        ...  # server.url answers, and its root collection is the folder server.root

What a server stores, its configuration and its log stay below ``directory``, which belongs to the caller.
"""

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote, unquote

from tests.servers import apache, lighttpd, nginx, process, rclone, subversion, wsgidav
from tests.servers.accounts import USERS
from tests.servers.process import ServerDidNotStart
from tests.servers.product import Missing, Product, Setup, service_account

__all__ = [
    "KINDS",
    "VARIANTS",
    "Missing",
    "Server",
    "ServerDidNotStart",
    "Switch",
    "missing",
    "new_folder",
    "start",
    "supports",
    "switch",
    "switchable",
    "temporary_directory",
    "why_missing",
]

KINDS = ("wsgidav", "apache", "lighttpd", "nginx", "rclone")

_PRODUCTS: Mapping[str, Product] = {
    "wsgidav": wsgidav.PRODUCT,
    "apache": apache.PRODUCT,
    "lighttpd": lighttpd.PRODUCT,
    "nginx": nginx.PRODUCT,
    "rclone": rclone.PRODUCT,
    "svn": subversion.PRODUCT,
}
"""Subversion is none of KINDS: it keeps no files on the disk, and wants a login and a file for every lock."""

VARIANTS: Mapping[str, tuple[str, ...]] = {kind: _PRODUCTS[kind].variants for kind in KINDS}
"""By kind, what can be asked for beside the default configuration, which is the variant ``""``."""

_PORTS_TO_TRY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server. ``url`` ends in a slash and is the collection whose members are the files in ``root``.

    ``users`` has each user's password, also where ``auth`` is ``none`` and nobody asks for it.
    """

    kind: str
    auth: str
    variant: str
    url: str
    root: Path
    users: Mapping[str, str] = field(default_factory=lambda: MappingProxyType(USERS), hash=False)

    def path(self, url: str) -> Path:
        """Where the server keeps the resource at ``url``, which must be one of its own."""
        if not url.startswith(self.url):
            raise ValueError(f"{url} is not below {self.url}")
        return self.root / unquote(url.removeprefix(self.url))


def supports(kind: str, auth: str) -> bool:
    """Whether this server knows ``auth``: nginx and rclone have no Digest."""
    return auth in _PRODUCTS[kind].auths


def missing(kind: str) -> Missing | None:
    """The first thing this server needs and this machine does not have."""
    return _PRODUCTS[kind].missing()


def why_missing(kind: str) -> str | None:
    """The reason this server cannot be started here, for people; ``None`` if it can."""
    lacks = missing(kind)
    return None if lacks is None else f"{lacks.what} ({lacks.package}) is not installed"


@contextlib.contextmanager
def start(
    kind: str, *, auth: str = "none", variant: str = "", directory: Path, log: Path | None = None
) -> Iterator[Server]:
    """Run a server until the block ends; ``log`` is ``server.log`` in ``directory`` unless it is given.

    Raises ``ServerDidNotStart`` with the end of the log. ``directory`` must be empty; a server that is started by root
    and gives up its rights must be able to reach it, which pytest's ``tmp_path`` does not allow.
    """
    with switchable(kind, auth=auth, variant=variant, directory=directory, log=log) as switch:
        yield switch.server


@dataclass(frozen=True, slots=True)
class Switch:
    """A server that can be ended and started again at the same address, with what it has stored."""

    server: Server
    off: Callable[[], None]
    on: Callable[[], None]


@contextlib.contextmanager
def switchable(
    kind: str, *, auth: str = "none", variant: str = "", directory: Path, log: Path | None = None
) -> Iterator[Switch]:
    """Like :func:`start`, for a test that wants to end the server itself."""
    product = _PRODUCTS[kind]
    if (reason := why_missing(kind)) is not None:
        raise ServerDidNotStart(kind, reason, "")
    with switch(product, kind, auth=auth, variant=variant, directory=directory, log=log) as switched:
        yield switched


@contextlib.contextmanager
def switch(
    product: Product, kind: str, *, auth: str, variant: str = "", directory: Path, log: Path | None = None
) -> Iterator[Switch]:
    """Like :func:`switchable`, for a product that is none of those above; ``kind`` is what errors call it."""
    if auth not in product.auths:
        raise ValueError(f"{kind} has no authentication {auth!r}")
    if variant not in ("", *product.variants):
        raise ValueError(f"{kind} has no variant {variant!r}")
    directory = directory.resolve()
    root, private = directory / "root", directory / "private"
    for folder in (root, private):
        folder.mkdir()
        folder.chmod(0o755)
    account = service_account() if product.drops_root and os.geteuid() == 0 else None
    with contextlib.ExitStack() as stack:
        for attempt in range(1, _PORTS_TO_TRY + 1):
            setup = Setup(
                port=process.free_port(), root=root, private=private, auth=auth, variant=variant, account=account
            )
            command = product.command(setup)
            if account is not None:
                for path in (root, private, *private.rglob("*")):
                    shutil.chown(path, account.user, account.group)
            running = process.running(
                kind, command, port=setup.port, directory=private, log=log or directory / "server.log"
            )
            try:
                stack.enter_context(running)
            except process.PortTaken:
                if attempt == _PORTS_TO_TRY:
                    raise
            else:
                break

        def on() -> None:
            again = process.running(
                kind, command, port=setup.port, directory=private, log=log or directory / "server.log"
            )
            stack.enter_context(again)

        server = Server(
            kind=kind, auth=auth, variant=variant, url=f"http://127.0.0.1:{setup.port}/{product.place}", root=root
        )
        yield Switch(server, stack.close, on)


def new_folder(server: Server, name: str) -> str:
    """Create an empty collection on the disk, with the owner the root has, and return its URL."""
    path = server.root / name
    path.mkdir()
    path.chmod(0o755)
    owner = server.root.stat()
    if path.stat().st_uid != owner.st_uid:
        os.chown(path, owner.st_uid, owner.st_gid)
    return f"{server.url}{quote(name)}/"


@contextlib.contextmanager
def temporary_directory() -> Iterator[Path]:
    """An empty directory that every account on the machine can enter, removed when the block ends."""
    places = [Path(place).resolve() for place in (tempfile.gettempdir(), "/tmp", "/var/tmp")]
    open_to_all = [
        place
        for place in places
        if place.is_dir() and all(above.stat().st_mode & stat.S_IXOTH for above in (place, *place.parents))
    ]
    directory = Path(tempfile.mkdtemp(prefix="davlock-servers-", dir=(open_to_all or places)[0]))
    directory.chmod(0o755)
    try:
        yield directory
    finally:
        shutil.rmtree(directory)
