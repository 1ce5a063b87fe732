"""The folders of the person who runs davlock. None is relative: it would be another one in each working directory."""

import os
from pathlib import Path

from platformdirs import user_config_path, user_data_path, user_state_path

from davlock.posix import POSIX


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
    return _absolute(user_state_path("davlock", appauthor=False), ".local/state/davlock")


def data_folder() -> Path:
    """The platform's place for data, of all programs."""
    return _absolute(user_data_path(), ".local/share")


def config_folder() -> Path:
    """The platform's place for settings, of all programs."""
    return _absolute(user_config_path(), ".config")


def _absolute(path: Path, below_home: str) -> Path:
    """``path``; a relative one, as of XDG_DATA_HOME, is not valid and counts as missing (XDG Base Directory)."""
    return path if path.is_absolute() else home_folder() / below_home
