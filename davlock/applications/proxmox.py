"""Proxmox VE: a guest is locked while a task runs on it. The words stand in the reason phrase of a 500."""

import re

from davlock.applications.application import Actor, Application, Harm, RefusalKind, Sign, WayOut
from davlock.applications.refused_request import RefusedRequest

_FILE = r"can't lock file '/(?:var/|run/){1,2}lock/(?:qemu-server/lock-|lxc/pve-config-)\d{1,9}\.(?:conf|lock)'"
_GUEST = r"\b(?:VM|CT)(?: \d{1,9})? is locked \([\w-]{1,40}\)"


def recognise(refused: RefusedRequest) -> Sign | None:
    """Recognises it by the words of Proxmox VE: a guest that is locked, or a lock file that stays taken."""
    return Sign.CERTAIN if refused.status >= 500 and refused.says(f"{_FILE}|{_GUEST}") else None


def _holder(refused: RefusedRequest) -> str:
    """Returns the task that the words name: VM 104 is locked (backup)."""
    match = re.search(r"is locked \(([\w-]{1,40})\)", f"{refused.reason}\n{refused.text}")
    return f"the task {match[1]}" if match is not None else ""


APPLICATION = Application(
    name="proxmox",
    title="Proxmox VE",
    kind=RefusalKind.LOCK,
    recognise=recognise,
    subject="The guest",
    explanation="Proxmox VE locks a guest while a task runs on it: a backup, a clone, a migration.",
    find_holder=_holder,
    waits=True,
    ways=(
        WayOut(title="Wait until the task is over, then try again"),
        WayOut(
            title="If no task runs: qm unlock, or pct unlock",
            actor=Actor.ADMIN,
            harm=Harm.DESTRUCTIVE,
        ),
    ),
    source="pve.proxmox.com/pve-docs/qm.1.html; public threads of its Terraform providers",
)
