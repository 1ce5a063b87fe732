"""What a diagnosis skips."""

from davlock.values import dataclass


@dataclass(frozen=True, slots=True)
class Skipped:
    """A question that davlock did not ask or could not answer, and why.

    ``more`` counts further ones that are not named and have the reason ``like``. ``only_json`` ones are not shown to
    people.
    """

    what: str
    why: str
    more: int = 0
    like: str = ""
    only_json: bool = False
