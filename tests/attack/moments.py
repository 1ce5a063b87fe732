"""When a command is ended: after a time, or at a stage of one of its requests."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass

from tests.attack.relay import Relay, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What a command takes if nobody disturbs it."""

    seconds: float
    requests: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """``seconds`` after the start, or at the ``stage`` of request ``number``."""

    seconds: float = 0.0
    number: int = 0
    stage: Stage = Stage.SENT

    @property
    def name(self) -> str:
        """For a line about an attack."""
        return f"request {self.number} {self.stage.value}" if self.number else f"{self.seconds * 1000:.0f} ms"

    def earlier(self) -> "Moment":
        """Another try, where the command had ended before."""
        return Moment(seconds=self.seconds * 0.6, number=int(self.number * 0.6), stage=self.stage)

    def arm(self, relay: Relay, act: Callable[[], None]) -> threading.Timer | None:
        """Call ``act`` when the moment comes; a timer is to be cancelled at the end."""
        if not self.number:
            timer = threading.Timer(self.seconds, act)
            timer.daemon = True
            timer.start()
            return timer

        def hook(number: int, stage: Stage) -> None:
            if (number, stage) == (self.number, self.stage):
                act()

        relay.hook = hook
        return None


def draw_moment(random_: random.Random, usual: Usual) -> Moment:
    """Three of four at a request: that is where something is at stake."""
    if usual.requests and random_.random() < 0.75:
        return Moment(number=random_.randint(1, usual.requests), stage=random_.choice(list(Stage)))
    return Moment(seconds=random_.uniform(0, usual.seconds))
