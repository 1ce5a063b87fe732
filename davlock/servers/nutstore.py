"""Nutstore (Jianguoyun), a hosted service.

From answers in public threads. Nothing is known of its locks; too many requests block an account for a while.
"""

from davlock.late_pattern import late_pattern
from davlock.servers.profile import Profile, Traits

_ROOT = late_pattern(r"<d:(?:multistatus|error)\b[^<>]*\bns\.jianguoyun\.com")


def recognise(traits: Traits) -> bool:
    """Whether the outermost element declares its namespace."""
    return _ROOT.search(traits.bodies) is not None


PROFILE = Profile(
    name="nutstore",
    title="Nutstore (Jianguoyun)",
    recognise=recognise,
    move_replaces=False,
    source="answers quoted in Predidit/Kazumi#589, remotely-save#299 and keepass2android#3010",
)
