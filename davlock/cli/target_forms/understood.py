"""What was made of a target that is no plain http URL."""

from davlock.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """The ``url`` that a target means, and ``why``: a few words on what the target is.

    ``exact``: it can mean no other URL. ``user`` is the login of a mount, for a person who names none.
    """

    url: str
    why: str
    exact: bool = True
    user: str = ""
