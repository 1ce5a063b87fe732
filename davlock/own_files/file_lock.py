"""A lock on an open file. The system releases it when the process ends, however that ends."""

from davlock.posix import POSIX


def lock_file(file: int) -> bool:
    """Lock the open ``file`` for this process. Does not wait: false if another process has locked it.

    Also false where the system has no such locks. Then nobody can see if a process still runs, and davlock supposes so.
    """
    if not POSIX:
        return False
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
