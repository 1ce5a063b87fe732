"""What is said of a clean-up as a whole: last on the screen, else on stderr, since stdout is for a machine."""

from davlock.cli.output import complain


class CleanupFoot:
    """Sentences, and the commands to go on with. ``on_screen``: people read stdout, where both come last."""

    def __init__(self, *, on_screen: bool) -> None:
        self.on_screen = on_screen
        self.commands: list[tuple[str, ...]] = []
        self._sentences: list[str] = []

    def say(self, words: str) -> None:
        """One sentence without its full stop, as a line on stderr begins."""
        if not self.on_screen:
            complain(words)
        if words:
            self.note(words)

    def note(self, words: str) -> None:
        """One sentence for the screen alone."""
        self._sentences.append(f"{words[:1].upper()}{words[1:]}.")

    @property
    def text(self) -> str:
        """All sentences."""
        return " ".join(self._sentences)
