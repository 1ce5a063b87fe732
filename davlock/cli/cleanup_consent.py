"""``davlock cleanup --interactive``: ask the person about each lock."""

import sys

import click

from davlock.cli.output import clear_of_progress
from davlock.cli.signals import Stopping
from davlock.locks.holder_words import holder_words
from davlock.operations.cleanup.run import Consent
from davlock.operations.results import Planned
from davlock.protocol.visible import visible
from davlock.render.row_list import file_or_place


class ConsentPrompt:
    """Asks until the person selects all the others, too, or ends the questions."""

    def __init__(self, stop: Stopping) -> None:
        self._stop = stop
        self._every = False

    def ask(self, planned: Planned) -> Consent:
        """Returns what the person allows for the lock."""
        answer = "y" if self._every else self._asked(planned)
        if answer in ("q", "") or self._stop.asked:
            return Consent.STOP
        self._every = self._every or answer == "a"
        return Consent.YES if answer in ("y", "a") else Consent.NO

    def _asked(self, planned: Planned) -> str:
        found = planned.found
        who = holder_words(found.lock, mine=found.mine).name
        place = file_or_place(found.root or found.url, planned.target)
        question = visible(f"Release {place}, locked by {who} ({planned.why})?")
        while True:
            line = ""
            with clear_of_progress():
                click.echo(f"{question} [y]es, [N]o, [a]ll, [q]uit: ", err=True, nl=False)
                with self._stop.at_once():
                    line = sys.stdin.readline()
            if not line:
                return ""
            answer = line.strip().lower()[:1] or "n"
            if answer in "ynaq":
                return answer
