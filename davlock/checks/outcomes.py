"""How a check says that it was not passed: it raises one of these."""


class NotPassed(Exception):
    """Ends a check. ``why`` is for people; ``subject`` is the number of the exchange that decided."""

    def __init__(self, why: str, subject: int | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.subject = subject


class CheckFailed(NotPassed):
    """The server does not do it."""


class CheckUnknown(NotPassed):
    """It could not be told."""


class CheckSkipped(NotPassed):
    """There is nothing here to be checked."""
