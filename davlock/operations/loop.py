"""Loops: a server that follows symbolic links shows a collection again below itself, and so without end."""

from davlock.operations.merging import Names

Met = dict[int, int]
"""The collections that a walk has met: :func:`key` of their names, and a signature of their members, 0 before they were
read. Names themselves would take ten times the memory.
"""

COPIES = 4
"""Collections above one that may have the same members before it is taken for one of them, met again."""


def key(names: Names) -> int:
    """What stands for a collection among those that were met: 64 bits, with which a million never meet by chance."""
    return hash(names)


def why_a_loop(names: Names, base: int, visited: Met) -> str:
    """Why a collection is taken for one above it, reached by a symbolic link; empty where it is not."""
    own = visited[key(names)]
    below = names[base:]
    for period in range(1, len(below) // 3 + 1):
        last = below[-period:]
        thrice = below[-2 * period : -period] == last and below[-3 * period : -2 * period] == last
        if thrice and visited.get(key(names[:-period])) == own:
            return "its names repeat those above it, and so do its members: a loop that was not followed"
    # Two links to one collection give a path that never repeats itself three times in a row.
    copies = sum(visited.get(key(names[:length])) == own for length in range(base, len(names)))
    if copies >= COPIES:
        return f"{copies} collections above it have the same members: a loop that was not followed"
    return ""
