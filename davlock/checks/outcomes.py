"""A check that does not pass raises one of these."""


class NotPassed(Exception):
    """Ends a check. ``why`` is a clause for people; ``subject`` is the number of the exchange that decided."""

    def __init__(self, why: str, subject: int | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.subject = subject


class CheckFailed(NotPassed):
    """The server does it wrong."""


class CheckUnknown(NotPassed):
    """The answers do not say."""


class CheckSkipped(NotPassed):
    """The check does not apply here."""
