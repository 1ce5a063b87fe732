"""sabre/dav, and what is built on it where nothing more is known.

Measured on 4.x; the rest from lib/DAV/Locks/Plugin.php. Every lock lasts 1800 seconds; a token works for whoever has
it.
"""

from davlock.servers.profile import Profile, Traits


def recognise(traits: Traits) -> bool:
    """By the compliance class or XML namespace that it announces."""
    return "sabredav" in traits.dav or "sabredav.org/ns" in traits.bodies


PROFILE = Profile(
    name="sabredav",
    title="sabre/dav",
    recognise=recognise,
    lock_store="sabre/dav keeps locks where its lock back end does: a file or a table of the application",
    shows_locks=True,
    shows_inherited=True,
    counts_down=False,
    shared_token_suffices=False,
    unlock_answer_proves=True,
    foreign_token_works=True,
    source="measured on 4.x; sabre/dav lib/DAV/Locks/Plugin.php",
)
