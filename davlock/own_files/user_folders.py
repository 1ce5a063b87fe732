"""The folders of the person who runs davlock. None is relative: it would be another one in each working directory."""

import os
import sys
from pathlib import Path

from davlock.posix import POSIX

_XDG = sys.platform == "linux" and "ANDROID_DATA" not in os.environ
"""Here the folders follow the XDG Base Directory Specification. To import platformdirs takes as long as an answer."""

LEDGER_FILE = "ledger.sqlite"
"""The ledger, in the folder for state. Named here, for who wants to know without an import if there is one."""


def home_folder() -> Path:
    """HOME; the account's own where HOME is missing or relative. On Windows USERPROFILE."""
    if not POSIX:
        return Path.home()
    import pwd

    home = os.environ.get("HOME", "")
    if not os.path.isabs(home):
        try:
            home = pwd.getpwuid(os.getuid()).pw_dir
        except KeyError:  # a container runs us as a user without an account
            home = "/"
    return Path("/") / home


def state_folder() -> Path:
    """The platform's place for state: ``~/.local/state/davlock``, or where XDG_STATE_HOME says."""
    if _XDG:
        return _xdg_folder("XDG_STATE_HOME", ".local/state") / "davlock"
    from platformdirs import user_state_path

    return _absolute(user_state_path("davlock", appauthor=False), ".local/state/davlock")


def data_folder() -> Path:
    """The platform's place for data, of all programs."""
    if _XDG:
        return _xdg_folder("XDG_DATA_HOME", ".local/share")
    from platformdirs import user_data_path

    return _absolute(user_data_path(), ".local/share")


def config_folder() -> Path:
    """The platform's place for settings, of all programs."""
    if _XDG:
        return _xdg_folder("XDG_CONFIG_HOME", ".config")
    from platformdirs import user_config_path

    return _absolute(user_config_path(), ".config")


def _xdg_folder(variable: str, below_home: str) -> Path:
    return _absolute(Path(os.environ.get(variable, "")), below_home)


def _absolute(path: Path, below_home: str) -> Path:
    """``path``; a relative one, as of XDG_DATA_HOME, is not valid and counts as missing (XDG Base Directory)."""
    return path if path.is_absolute() else home_folder() / below_home
