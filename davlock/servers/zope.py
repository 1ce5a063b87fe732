"""Zope, and Plone on it.

Measured on Zope 6.3. Locks are exclusive only and part of the object; MOVE takes them along. A write to a locked
resource without a token is a 412. An untagged list with any token opens the lock. UNLOCK at a member releases the
member alone, and of a collection nothing where a member does not have the lock.
"""

from davlock.servers.profile import Profile, Store, Traits


def recognise(traits: Traits) -> bool:
    """Whether its X-Powered-By or Server header shows, or its tokens, which end in a fixed node and the time."""
    return (
        "zope (" in traits.server
        or "zope/" in traits.server
        or "-00105a989226:" in traits.locks
        or any("-00105A989226:" in token for token in traits.tokens)
    )


PROFILE = Profile(
    name="zope",
    title="Zope",
    recognise=recognise,
    lock_store="Zope keeps locks in its object database; the page DAV Locks of its Control Panel lists and clears them",
    store=Store.DISK,
    shows_locks=True,
    removes_locked_members=False,
    shows_inherited=True,
    counts_down=False,
    foreign_token_works=True,
    honours_if_match=False,
    source="measured on 6.3; Zope OFS/LockItem.py, App/DavLockManager.py",
)
