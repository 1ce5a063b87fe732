"""What a diagnosis leaves out."""

from davlock.values import dataclass


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was not asked, or could not be told, and why.

    ``more`` stands for so many that are not named and have the reason ``like``. People do not need to see what is
    ``only_json``.
    """

    what: str
    why: str
    more: int = 0
    like: str = ""
    only_json: bool = False
