"""``davlock cleanup --interactive``: ask the person about each lock."""

import sys

import click

from davlock.cli.signals import Stopping
from davlock.locks.server_record import holder_name
from davlock.operations.cleanup.run import Consent
from davlock.operations.results import Planned
from davlock.protocol.requests import owner_without_run
from davlock.protocol.visible import visible


class ConsentPrompt:
    """Asks until the person says that all the others are meant, too, or that it is enough."""

    def __init__(self, stop: Stopping) -> None:
        self._stop = stop
        self._every = False

    def ask(self, planned: Planned) -> Consent:
        """Whether the lock may be released."""
        answer = "y" if self._every else self._asked(planned)
        if answer in ("q", "") or self._stop.asked:
            return Consent.STOP
        self._every = self._every or answer == "a"
        return Consent.YES if answer in ("y", "a") else Consent.NO

    def _asked(self, planned: Planned) -> str:
        owner = owner_without_run(holder_name(planned.found.lock))
        whose = f" of “{owner}”" if owner else ""
        question = visible(f"Release the lock{whose} on {planned.found.root} ({planned.why})?")
        while True:
            click.echo(f"{question} [y]es, [N]o, [a]ll, [q]uit: ", err=True, nl=False)
            line = ""
            with self._stop.at_once():
                line = sys.stdin.readline()
            if not line:
                return ""
            answer = line.strip().lower()[:1] or "n"
            if answer in "ynaq":
                return answer
