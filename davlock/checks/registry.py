"""Every check, in the order of a run: a check comes after those that it needs."""

from davlock.checks import (
    conditional_put,
    depth,
    discovery,
    error_codes,
    exclusive,
    hostile_forms,
    lock_metadata,
    multi_worker,
    naming,
    principals,
    protection,
    proxies,
    refreshing,
    shared_locks,
    timeouts,
    unlocking,
    unmapped,
)
from davlock.checks.check import Check
from davlock.checks.results import About

GROUPS = (
    discovery.GROUP,
    exclusive.GROUP,
    proxies.GROUP,
    refreshing.GROUP,
    depth.GROUP,
    protection.GROUP,
    unlocking.GROUP,
    hostile_forms.GROUP,  # that of if_conditions, with its last checks
    unmapped.GROUP,
    shared_locks.GROUP,
    conditional_put.GROUP,
    lock_metadata.GROUP,
    timeouts.GROUP,
    naming.GROUP,
    error_codes.GROUP,
    multi_worker.GROUP,
    principals.GROUP,
)

CHECKS: tuple[Check, ...] = tuple(check for group in GROUPS for check in group.checks)

DIAGNOSTIC: tuple[Check, ...] = tuple(check for check in CHECKS if check.about.diagnostic)
"""The checks that ``diagnose --scratch`` runs."""

GROUND = "scratch"
"""The check that creates the collection: nothing can be written without it."""

_BASE = ("dav-header", "allow-header", "propfind", "depth-header", "supportedlock", "lockdiscovery", GROUND)
_WORK = ("put", "lock", "lock-protects", "lock-discovered", "token-in-if", "unlock", "relock", "refresh")

PROFILES: dict[str, tuple[str, ...]] = {
    "class2": tuple(check.id for check in CHECKS),
    "office": (
        *_BASE,
        "same-for-all-clients",
        *_WORK,
        "lock-excludes",
        "refresh-still-unlocks",
        "unmapped-lock",
        "unmapped-protects",
        "unmapped-token",
        "unmapped-unlock",
        "move-token",
        "delete-token",
        "owner-kept",
        "timeout-told",
        "name-space",
        "name-nfc",
        "name-reserved",
        "destination-header",
    ),
    "macos": (
        *_BASE,
        "same-for-all-clients",
        *_WORK,
        "unmapped-lock",
        "unmapped-token",
        "unmapped-unlock",
        "name-nfd",
        "name-space",
        "name-slash",
        "delete-token",
        "move-token",
        "proppatch-token",
        "destination-header",
        "verbs",
    ),
    "davfs2": (
        *_BASE,
        *_WORK,
        "refresh-still-unlocks",
        "refresh-without-timeout",
        "unmapped-lock",
        "unmapped-token",
        "if-match-wrong",
        "if-match-right",
        "if-match-stale",
        "etag-same",
        "etag-changes",
        "etag-kept",
        "name-space",
        "name-nfc",
        "timeout-told",
        "destination-header",
        "verbs",
    ),
    "conditional-put": (
        "propfind",
        GROUND,
        "put",
        *(check.id for check in conditional_put.GROUP.checks),
        "if-evaluated",
        "if-etag-unlocked",
        "if-token-unlocked",
    ),
    "read-only": tuple(check.id for check in CHECKS if not check.about.writes),
}
"""The checks for one client or one purpose, by the name of the profile."""


def check_descriptions() -> tuple[About, ...]:
    """Returns the description of each check, for lists and manuals."""
    return tuple(check.about for check in CHECKS)


def groups() -> tuple[str, ...]:
    """Returns the names of the groups, in order."""
    return tuple(group.name for group in GROUPS)
