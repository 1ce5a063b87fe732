"""What a command left on the server, and whether anybody can know of it."""

from collections.abc import Mapping
from dataclasses import replace

from tests.attack.ended_commands import OK
from tests.attack.victim import Ended, Victim
from tests.attack.workplace import NEW, OLD, Workplace


def judge_aftermath(
    place: Workplace, victim: Victim, ended: Ended, *, folders: Mapping[str, str] | None = None, written: bytes = b""
) -> Ended:
    """``ended`` with what the server shows against it: a lock lost, or one of davlock's own that nobody can know of.

    Known is what davlock named, and what the commands of the manual release: ``folders`` are variables that say where
    the ledger is. ``written`` is what the command may have written besides.
    """
    place.relay.settle()
    faults = place.lost_editor()
    said = (ended.out + ended.err).decode("utf-8", "replace")
    unknown = {lock for lock in place.made_by_davlock() if lock.token not in said}
    if unknown or any(path.is_dir() and path.name != ".DAV" for path in place.folder.iterdir()):
        for arguments in (("check", "--clean-up", "{}"), ("ledger", "recover", "--kept")):
            again = place.order(*arguments, codes=OK)
            victim.run(replace(again, environment={**again.environment, **(folders or {})}), "recovery")
        unknown &= place.made_by_davlock()
    faults += [f"nobody knows of the lock on {lock.path}" for lock in unknown]
    for path in place.folder.iterdir():
        if path.is_dir() and path.name != ".DAV" and path.name not in said:
            faults.append(f"nobody knows of {path.name}")
        elif path.is_file() and path.read_bytes() not in (OLD, NEW, b"", written):
            faults.append(f"{path.name} has other content")
    return replace(ended, faults=(*ended.faults, *faults))
