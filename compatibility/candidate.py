"""What a file in ``compatibility/products`` declares: how a product is installed, started, and freed of a lock."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.product import Setup


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a product is from. ``name`` is the package whose version counts; ``packages`` are all that it needs.

    pip and npm install into a scratch folder. The runner installs no Debian package: it says which are missing.
    """

    registry: str
    name: str
    packages: tuple[str, ...]

    @property
    def install(self) -> str:
        """The command that installs it, as a person types it."""
        return f"{_INSTALL[self.registry]} {' '.join(self.packages)}"


_INSTALL = {"Debian": "apt-get install", "PyPI": "pip install", "npm": "npm install"}


def debian(*packages: str) -> Source:
    """From Debian. The first package is the one whose version counts."""
    return Source(registry="Debian", name=packages[0], packages=packages)


def pypi(*packages: str) -> Source:
    """From PyPI, into a virtual environment of its own."""
    return Source(registry="PyPI", name=packages[0].split("[", 1)[0], packages=packages)


def npm(*packages: str) -> Source:
    """From the npm registry, into a folder of its own. No package runs a script while it is installed."""
    return Source(registry="npm", name=packages[0], packages=packages)


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """How an administrator ends a lock that nobody else can end.

    ``command`` is for a shell. ``{store}`` in it is the place of the locks: ``store`` on the page, and in a run
    ``scratch`` below the server's private folder. ``{programs}`` is the folder of the product's own programs, with a
    slash, and nothing on the page. ``stop`` says that the server is down while the command runs.
    """

    words: str
    command: str = ""
    store: str = ""
    scratch: str = ""
    stop: bool = False
    one: bool = False
    """It ends one lock, and leaves the others."""

    def shown(self) -> str:
        """The command, as an administrator types it."""
        return self.command.format(store=self.store, programs="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A product that ``make compatibility`` starts. ``serve`` gets the folder into which it was installed."""

    name: str
    title: str
    source: Source
    serve: Callable[[Setup, Path], list[str]]
    start: str
    """The lines that start it, for the page."""
    breaks: Break
    login: str = "basic"
    """``none`` if it has no users, or if all of them are one to it."""
    drops_root: bool = False
    """It becomes a service account by itself. The others are started as one."""
    place: str = ""
    see: str = ""
    """How an administrator sees a lock without WebDAV."""
    unknown: tuple[str, ...] = field(default=())
    """What davlock cannot know there."""
    avoid: tuple[str, ...] = field(default=())
    """What a client must avoid there, beyond what the checks say."""
    build: Callable[[Path], None] | None = None
    """What is left to do after the packages are installed."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A product that cannot be started from packages here, and why."""

    title: str
    source: str
    reason: str


class CannotInstall(Exception):
    """Packages are lacking, or a registry does not have them."""
