"""The groups of attacks, in the order in which they run."""

from tests.attack import answers, clocks, crowd, damage, documents, kills, proxy, readers, signals, surroundings, tls
from tests.attack.group import Group

GROUPS: tuple[Group, ...] = (
    answers.GROUP,
    tls.GROUP,
    proxy.GROUP,
    documents.GROUP,
    readers.GROUP,
    kills.GROUP,
    signals.GROUP,
    surroundings.GROUP,
    crowd.GROUP,
    clocks.GROUP,
    damage.GROUP,
)
