"""Targets such as ``work:team/report.odt``: the URLs that they stand for, and the words that were typed."""

import os
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from davlock.cli.profile_names import NAME, may_be_address, profile_and_path
from davlock.errors import LocalProtocolError
from davlock.protocol.unescaped_login import refuse_unescaped_login
from davlock.protocol.url import below, may_end_a_login, same_origin, without_credentials
from davlock.protocol.visible import has_control

if TYPE_CHECKING:  # most command lines name no profile
    from davlock.cli.options import Shared
    from davlock.cli.profiles import ConnectionProfile, Profiles


class TypedTargets:
    """What one command line names: its profile, the words that were typed for URLs, and the URLs typed as such.

    ``stdin`` holds the URLs on stdin, once they were read.
    """

    def __init__(self) -> None:
        self.profile: ConnectionProfile | None = None
        self.words: dict[str, str] = {}
        """By URL."""
        self.plain: list[str] = []
        self.stdin: list[str] | None = None
        self.shared: Shared | None = None
        """The options of a command that asks a server."""


def typed_targets() -> TypedTargets:
    """Those of the command line that is being carried out; none where there is no command line."""
    context = click.get_current_context(silent=True)
    if context is None:
        return TypedTargets()
    targets: TypedTargets = context.meta.setdefault(__name__, TypedTargets())
    return targets


class _TargetType(click.ParamType[str]):
    """A URL, or a path below the URL of a profile. ``strict``: no other word with a colon is one."""

    name = "target"

    def __init__(self, *, strict: bool = True) -> None:
        self._strict = strict

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return as_url(str(value), strict=self._strict)


TARGET = _TargetType()
"""The type of every argument and option that takes a URL."""

TARGET_OR_OTHER = _TargetType(strict=False)
"""Like TARGET, where a lock token or a path may stand, too."""


def as_url(word: str, *, strict: bool = True) -> str:
    """The URL that ``word`` stands for; ``word`` itself if it names no profile. Raises LocalProtocolError."""
    targets = typed_targets()
    form = profile_and_path(word)
    if form is None:
        if "://" in word:
            refuse_unescaped_login(word, instead="use -u {user}")
            targets.plain.append(word)
        return word
    name, path = form
    from davlock.cli.profiles import load_profiles

    profiles = load_profiles()
    if name not in profiles.names and (not strict or may_be_address(path)):
        return word
    if not profiles.names and not profiles.faults:
        raise _no_file(profiles, name)
    profile = profiles.profile(name)
    if targets.profile is not None and targets.profile.name != name:
        raise LocalProtocolError(
            f"this command line has targets of two profiles: {targets.profile.name}: and {name}:",
            "run davlock once for each",
        )
    if may_end_a_login(path):
        raise LocalProtocolError(
            f"this may be a path of the profile {name}, or the password of {name} in front of a host",
            f"write {name}:/PATH for the path, or -u {name} https://HOST/PATH",
        )
    url = url_below(profile, path)
    if os.path.lexists(word):
        from davlock.cli.output import complain

        complain(f"{word} is a target of your profile {name}; for the local file, write ./{word}")
    targets.profile = profile
    targets.words[url] = word
    return url


def _no_file(profiles: "Profiles", name: str) -> LocalProtocolError:
    return LocalProtocolError(
        f"there is no profile {name!r}: {profiles.path} has none", "write https://HOST/PATH; see: davlock help profiles"
    )


def profile_hint(word: str) -> str:
    """The target for a word that lacks its colon, ``work`` or ``work/a.odt``; empty if no profile has that name."""
    name, _, path = word.partition("/")
    if NAME.fullmatch(name) is None:
        return ""
    from davlock.cli.profiles import load_profiles

    try:
        known = name in load_profiles().names
    except LocalProtocolError:  # who uses a profile learns what is wrong with the file
        return ""
    return f"did you mean {name}:{path}?" if known else ""


def url_below(profile: "ConnectionProfile", path: str) -> str:
    """The URL of ``path`` below the profile's. A path is a name as people read it, so every special sign is escaped."""
    from davlock.protocol.write_scope import why_outside

    if has_control(path):
        raise LocalProtocolError("the path has a line break or another control character in it", "check the name")
    url = below(profile.url, path)
    if path and (why := why_outside(profile.url, url)):
        raise LocalProtocolError(
            f"{profile.name}:{path} leaves the profile's URL, or can: {why}",
            f"write the path below {profile.url}, without . and ..",
        )
    return url


def refuse_other_servers(profile: "ConnectionProfile") -> None:
    """Raise LocalProtocolError if a URL stands beside the profile's targets that its login must not go to."""
    for url in typed_targets().plain:
        if url.lower().startswith(("http://", "https://")):  # another form is checked once it is understood
            refuse_other_origin(profile, url)
        if urlsplit(url).username is not None:
            raise LocalProtocolError(
                f"{without_credentials(url)} has a login, and the profile {profile.name} has its own", "use one of them"
            )


def refuse_other_origin(profile: "ConnectionProfile", url: str) -> None:
    """Raise LocalProtocolError if ``url`` is not at the origin of the profile, whose login is for no other."""
    bare = without_credentials(url)
    if not same_origin(bare, profile.url):
        raise LocalProtocolError(
            f"{bare} is not on the server of the profile {profile.name}", "run davlock once for each server"
        )


def read_stdin(*, late: bool = False) -> list[str]:
    """The URLs on stdin, a line each; those of a profile as URLs. They are read once.

    ``late``: the command runs already, with the settings that it has.
    """
    targets = typed_targets()
    if targets.stdin is None:
        lines = (line.strip() for line in sys.stdin if line.strip() and not line.startswith("#"))
        before = targets.profile
        targets.stdin = [as_url(line) for line in lines]
        if late and targets.profile is not before:
            raise LocalProtocolError("this command takes no profile from stdin", "name the target as an argument")
    return targets.stdin


def words_from(arguments: Iterable[str]) -> Iterator[str]:
    """The targets that were typed; ``-`` stands for those on stdin, a line each."""
    for argument in arguments:
        if argument == "-":
            yield from read_stdin(late=True)
        else:
            yield argument
