"""Passwords from the keyring of the desktop, by the package keyring: only where the person wants that.

A keyring that is locked opens a dialog, so davlock never looks there by itself.
"""

import shlex

import click

from davlock.cli.install_hint import require_package
from davlock.cli.password_line import PATIENCE
from davlock.errors import LocalProtocolError
from davlock.protocol.url import origin_name

PACKAGE = "keyring"


def service(url: str) -> str:
    """The name under which a keyring has the passwords of a server: ``https://dav.example``."""
    return origin_name(url)


def set_command(url: str, user: str) -> str:
    """The command that stores a password."""
    return shlex.join(("keyring", "set", service(url), user))


def password_of_keyring(url: str, user: str, left: float | None) -> str | None:
    """The password of ``user``, within ``left`` seconds; ``None`` if the keyring has none. It is read once.

    Raises LocalProtocolError if there is no keyring, and if it does not answer.
    """
    require_package(PACKAGE, "--keyring")
    kept: dict[tuple[str, str], str | None] = click.get_current_context().find_root().meta.setdefault(__name__, {})
    key = (service(url), user)
    if key not in kept:
        kept[key] = _asked(*key, left)
    return kept[key]


def _asked(name: str, user: str, left: float | None) -> str | None:
    """A person may have to unlock the keyring first, and a desktop that is not there may never answer."""

    def ask() -> str | None:
        import keyring

        return keyring.get_password(name, user)

    from davlock.operations.workers import Undisturbed  # few commands need a thread

    asking = Undisturbed(ask)
    asking.begin()
    try:
        return asking.outcome(PATIENCE if left is None else left)
    except TimeoutError:
        bound = f"within {PATIENCE / 60:g} minutes" if left is None else "before the deadline"
        raise LocalProtocolError(f"--keyring: the keyring did not answer {bound}", "unlock it first") from None
    except Exception as error:  # a backend is a program of others, and raises what it likes
        why = str(error).partition("\n")[0].partition(". ")[0][:200] or type(error).__name__
        raise LocalProtocolError(f"--keyring: {why}", "see: keyring diagnose") from None
