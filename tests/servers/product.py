"""What a product's file declares, and where its programs and modules are looked for."""

import grp
import os
import pwd
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Account:
    """Whom a server becomes that root has started."""

    user: str
    group: str


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that is not on this machine, and the package that brings it."""

    what: str
    package: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a configuration is written from. ``private`` takes whatever the server keeps beside its ``root``."""

    port: int
    root: Path
    private: Path
    auth: str
    variant: str
    account: Account | None

    def write(self, name: str, text: str) -> Path:
        """Put a file of the configuration into ``private``."""
        path = self.private / name
        path.write_text(text, encoding="utf-8")
        return path


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A server: ``command`` writes its configuration and returns what to run in the foreground."""

    auths: tuple[str, ...]
    variants: tuple[str, ...] = ()
    drops_root: bool = False
    place: str = ""
    """The path of its collection, without the first slash."""
    missing: Callable[[], Missing | None]
    command: Callable[[Setup], list[str]]


def find_program(*names: str) -> str | None:
    """The first of ``names`` on PATH or in the folders for daemons, which are not on everybody's PATH."""
    folders = [os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"]
    return next((found for name in names if (found := shutil.which(name, path=os.pathsep.join(folders)))), None)


def find_modules(folders: Iterable[str], module: str) -> Path | None:
    """The first folder that holds ``module``; distributions disagree on where a server's modules live."""
    return next((Path(folder) for folder in folders if (Path(folder) / module).is_file()), None)


def service_account() -> Account:
    """The account under which this distribution runs its web servers."""
    for name in ("www-data", "apache", "http", "nginx", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_name, grp.getgrgid(entry.pw_gid).gr_name)
    raise LookupError("this machine has no account for web servers")
