"""Commands inside of a sentence on stderr, as the person has to type them."""

import re

from davlock.cli.options import Shared
from davlock.cli.profile_targets import typed_targets
from davlock.late_pattern import late_pattern

_COMMAND = late_pattern(r"\b(davlock (?:ledger )?[a-z]+|curl -X [A-Z]+) (https?://[^\s'\"]+?)(?=[;,.)]*(?:\s|$))")
"""The beginning of a command without options: its words and its URL."""


def with_commands_as_typed(words: str, shared: Shared | None) -> str:
    """A sentence in which commands have the login and the route as typed, and name places of a profile as people do.

    ``shared`` is what the person typed; ``None`` where no server was named.
    """
    if shared is None or not _COMMAND.search(words):
        return words
    from davlock.cli.invocation import invocation
    from davlock.diagnosis.invocation import NamedServer
    from davlock.diagnosis.printed_command import with_options
    from davlock.render.commands import shell_line

    profile = typed_targets().profile
    server = NamedServer(name=profile.name, url=profile.url) if profile is not None else None

    def as_typed(match: re.Match[str]) -> str:
        command, url = (*match[1].split(), match[2]), match[2]
        made = invocation(shared, url)
        if made is not None:
            return shell_line(with_options(command, made))
        named = server.word(url) if server is not None and command[0] == "davlock" else None
        return shell_line((*command[:-1], named or url))

    return _COMMAND.sub(as_typed, words)
