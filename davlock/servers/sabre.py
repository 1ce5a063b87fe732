"""sabre/dav, and products that are built on it and not known better.

Measured on 4.x and 1.8; the rest from lib/DAV/Locks/Plugin.php. Every lock lasts 1800 seconds; a token works for
whoever has it.
"""

import re

from davlock.late_pattern import late_pattern
from davlock.servers.profile import Profile, Traits

# sabre/dav declares the namespaces of the application on the outermost element; what a client asked for stands inside.
_ROOT = late_pattern(r"<d:(?:multistatus|error|prop)\b(?=[^<>]*\bxmlns:d=.dav:)[^<>]*sabredav\.org/ns[^<>]*>")


def outermost(text: str) -> tuple[str, ...]:
    """Returns the outermost elements of sabre/dav's answers in ``text``, with the application's namespaces."""
    return tuple(_ROOT.findall(text))


def recognise(traits: Traits) -> bool:
    """Whether its header, namespace or exceptions show. A compliance class alone does not count: others copy them.

    Nor do answers with ownCloud's namespace: Infinite Scale writes like this, but is not sabre/dav.
    """
    classes = set(re.split(r"[,\s]+", traits.dav))
    # dufs and others announce sabredav-partialupdate, its form of PATCH, and no extended-mkcol, as its core does.
    own = "extended-mkcol" in classes and any(name.startswith("sabredav") for name in classes)
    if own or "x-sabre-version" in traits.names or "sabre\\dav\\exception" in traits.errors:
        return True
    roots = outermost(traits.bodies)
    return bool(roots) and not any("owncloud.org/ns" in root for root in roots)


PROFILE = Profile(
    name="sabredav",
    title="sabre/dav",
    recognise=recognise,
    lock_store="sabre/dav keeps locks in a file or a table of the application",
    shows_locks=True,
    # Its source agrees: of the collections above, only locks of depth infinity count.
    depth_zero_forbids=frozenset(),
    removes_locked_members=False,
    shows_inherited=True,
    counts_down=False,
    shared_token_suffices=False,
    unlock_answer_proves=True,
    foreign_token_works=True,
    honours_if_match=True,
    keeps_longer="sabre/dav always keeps the lock for half an hour",
    source="measured on 4.x and 1.8; sabre/dav lib/DAV/Locks/Plugin.php",
)
