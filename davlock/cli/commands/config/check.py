"""``davlock config check``."""

import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import click

from davlock.cli.exit_status import ExitStatus
from davlock.cli.help_page import BriefCommand
from davlock.cli.profile_keys import PATH_METAVARS, options_by_key
from davlock.cli.profiles import ConfigFault, ConnectionProfile, load_profiles
from davlock.errors import LocalProtocolError
from davlock.protocol.visible import visible


@click.command("check", cls=BriefCommand)
def check() -> int:
    """Check the file of profiles. Asks no server.

    davlock prints one line for each fault, with the file and the line. It also checks that the files exist that a
    profile names, and the program of its password_command.

    Exit status 0: davlock can use every profile. 2: it found a fault.
    """
    profiles = load_profiles()
    faults = [*profiles.faults, *(fault for profile in profiles.by_name.values() for fault in _missing(profile))]
    for fault in sorted(faults, key=lambda fault: fault.line or 0):
        click.echo(visible(str(fault.error())))
    if faults:
        return ExitStatus.USAGE
    number = len(profiles.names)
    if not profiles.exists:
        raise LocalProtocolError(f"there is no file {profiles.path}", "davlock help profiles shows an example")
    click.echo(f"{profiles.path}: {number} profile{'' if number == 1 else 's'}, no fault")
    return ExitStatus.OK


def _missing(profile: ConnectionProfile) -> Iterator[ConfigFault]:
    """What only the machine shows: files and programs that a profile names and that are missing, and bad addresses."""
    from davlock.transport.resolution import AddressOverride

    for key, option in options_by_key().items():
        value = profile.settings.get(key)
        if option.metavar in PATH_METAVARS and isinstance(value, str) and not Path(value).exists():
            yield profile.fault(key, f"there is no file {value}", "correct the path, or create the file")
    if (command := profile.settings.get("password_command")) is not None:
        try:
            program = next(iter(shlex.split(command)), "")
        except ValueError as error:
            yield profile.fault("password_command", str(error), "quote it as for a shell")
        else:
            if shutil.which(program) is None:
                why = f"there is no program {program!r}"
                yield profile.fault("password_command", why, "install it, or correct its name")
    for text in profile.settings.get("resolve", ()):
        try:
            AddressOverride.parse(text)
        except LocalProtocolError as error:
            yield profile.fault("resolve", error.what, error.hint)
