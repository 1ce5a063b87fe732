"""Which ways out a screen shows, and in which order: at most three, the safest first, and one that hurts others."""

from collections.abc import Iterable, Iterator

from davlock.diagnosis.finding import Finding, Remedy, Risk, Who
from davlock.diagnosis.invocation import Invocation
from davlock.diagnosis.remedies import Command, safest_first
from davlock.diagnosis.screen import NextStep
from davlock.values import dataclass

MOST = 3
"""Steps of a screen; ``--why`` has the others."""

_FOR = {Who.SERVER_ADMIN: "For the server's administrator: ", Who.CLIENT_AUTHOR: "For the author of the program: "}
"""Who does it, where it is not the reader. What a lock's holder does says so itself."""

_AGAIN = {"put": "Wait, then write it", "lock": "Wait, then lock it"}
"""What a step is called that waits and repeats the command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """``shown`` hurt nobody, ``harmful`` does. ``left`` are the remedies that no step stands for."""

    shown: tuple[NextStep, ...] = ()
    harmful: NextStep | None = None
    left: tuple[Remedy, ...] = ()


def choose_steps(findings: Iterable[Finding], made: Invocation | None, *, tried: bool, yours: bool = False) -> Steps:
    """Returns the steps for ``findings``, the leading one first. ``tried``: a request was sent, and can be repeated.

    ``yours``: the reader holds all the locks, so no step hurts anybody else.
    """
    pool = list(_distinct(remedy for finding in findings for remedy in finding.remedies))
    mild = sorted((remedy for remedy in pool if remedy.risk is not Risk.DESTRUCTIVE), key=safest_first)
    harsh = sorted((remedy for remedy in pool if remedy.risk is Risk.DESTRUCTIVE), key=safest_first)
    taken = mild[:MOST]
    # Who wanted to write is told how; who asks what happened, or wanted to release it, is told every kind of way.
    every = made is None or not tried or not taken or made.verb[-1] == "unlock"
    worst = harsh[:1] if every and not yours else []
    return Steps(
        shown=tuple(_step(remedy, made if tried else None) for remedy in taken),
        harmful=_harmful(worst[0]) if worst else None,
        left=tuple(remedy for remedy in pool if remedy not in taken and remedy not in worst),
    )


def _distinct(remedies: Iterable[Remedy]) -> Iterator[Remedy]:
    """Each way once: findings about one lock share their ways out."""
    seen: set[object] = set()
    for remedy in remedies:
        key = remedy.command or remedy.title
        if key not in seen:
            seen.add(key)
            yield remedy


def _step(remedy: Remedy, made: Invocation | None) -> NextStep:
    commands: tuple[Command, ...] = (remedy.command,) if remedy.command is not None else ()
    title = f"{_FOR.get(remedy.who, '')}{remedy.title}"
    if made is not None and remedy.command is not None and remedy.command[:2] == ("davlock", "wait"):
        again = made.again()
        name = made.verb[-1]
        if name in _AGAIN and made.arguments and "-" not in made.arguments:
            title, commands = _AGAIN[name], (remedy.command, again)
    return NextStep(title=title, commands=commands, note=remedy.note)


def _harmful(remedy: Remedy) -> NextStep:
    commands = (remedy.command,) if remedy.command is not None else ()
    return NextStep(title=f"{_FOR.get(remedy.who, '')}{remedy.title}", commands=commands, note=remedy.note)
