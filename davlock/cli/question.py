"""A question at the terminal. A signal ends it as it ends the command, and its time counts against nobody."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

_listeners: list[Callable[[float], object]] = []
"""Called with the seconds that a person needed for an answer."""


@contextmanager
def telling_of_questions(*listeners: Callable[[float], object]) -> Iterator[None]:
    """Within it ``listeners`` learn how long each question takes; one that is listening already listens once."""
    new = [listener for listener in listeners if listener not in _listeners]
    _listeners.extend(new)
    try:
        yield
    finally:
        for listener in new:
            _listeners.remove(listener)


def answer_to(question: str, *, hidden: bool = False) -> str | None:
    """What is typed; ``None`` after Ctrl-D. Raises what a signal raises, which click turns into an Abort."""
    began = time.monotonic()
    try:
        answer: str = click.prompt(question, hide_input=hidden, err=True, default="", show_default=False)
    except click.Abort as abort:
        if isinstance(abort.__context__, EOFError):
            return None
        raise abort.__context__ if isinstance(abort.__context__, KeyboardInterrupt) else KeyboardInterrupt from None
    finally:
        for listener in _listeners:
            listener(time.monotonic() - began)
    return answer
