"""One execution: how long it took, and what was wrong with it."""

import hashlib
import signal
import time
import traceback
from dataclasses import dataclass
from types import FrameType

from tests.attack.fuzz.reader import Broken, Reader

SECONDS = 5.0
"""Processor time that one execution may take."""


class TookTooLong(BaseException):
    """An execution that did not end: no ``except Exception`` of davlock may catch it."""


def _stop(number: int, frame: FrameType | None) -> None:
    raise TookTooLong


def watch() -> None:
    """Let executions that do not end be stopped."""
    signal.signal(signal.SIGVTALRM, _stop)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """``what`` went wrong, in a line; ``key`` is the same for inputs that show the same fault."""

    what: str
    key: str


def attempt(reader: Reader, data: bytes) -> tuple[float, Fault | None]:
    """The processor seconds of one execution, and its fault."""
    fault = None
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    began = time.process_time()
    try:
        reader.read(data)
    except reader.refuses:
        pass
    except Broken as broken:
        fault = Fault(what=str(broken)[:300], key=f"broken {str(broken)[:30]}")
    except TookTooLong as error:
        fault = Fault(what=f"longer than {SECONDS:g} s, at {_place(error)}", key="time")
    except Exception as error:
        place = _place(error)
        fault = Fault(
            what=f"{type(error).__name__} at {place}: {str(error)[:200]}", key=f"{type(error).__name__} {place}"
        )
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return time.process_time() - began, fault


def _place(error: BaseException) -> str:
    """The last line of davlock that the error went through."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/davlock/" in frame.filename]
    if not frames:
        return "the reader"
    return f"{frames[-1].filename.rpartition('/davlock/')[2]}:{frames[-1].lineno}"


def minimised(reader: Reader, data: bytes, fault: Fault, *, tries: int = 400) -> bytes:
    """A shorter input with the same fault: parts are left out as long as it stays."""
    size = max(1, len(data) // 2)
    while size and tries and fault.key != "time":
        start = 0
        while start < len(data) and tries:
            shorter = data[:start] + data[start + size :]
            tries -= 1
            _, other = attempt(reader, shorter)
            if other is not None and other.key == fault.key:
                data = shorter
            else:
                start += size
        size //= 2
    return data


def name_of(data: bytes) -> str:
    """A name for an input: the same for the same bytes."""
    return hashlib.sha256(data).hexdigest()[:12]
