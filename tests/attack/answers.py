"""A server that answers as no server should."""

import contextlib
from collections.abc import Iterator

from tests.attack.group import Attack, Draw, Group
from tests.attack.victim import Ended, Order, Victim
from tests.transport.scripted import ScriptedServer, answering


def _attacks(draw: Draw) -> Iterator[Attack]:
    server = draw.stack.enter_context(contextlib.closing(ScriptedServer(answering(b"\x00" * 100))))

    def make(victim: Victim) -> list[Ended]:
        return [victim.run(Order(arguments=("diagnose", f"{server.url}/a")), "zeros")]

    yield Attack(name="zeros", make=make)


GROUP = Group(name="answers", what="A server that answers as no server should.", attacks=_attacks)
