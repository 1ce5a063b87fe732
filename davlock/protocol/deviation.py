"""What a lenient parse had to forgive."""

from davlock.values import dataclass


@dataclass(frozen=True, slots=True)
class Deviation:
    """``where`` names the element or header, ``what`` says how it departs from its specification."""

    where: str
    what: str
