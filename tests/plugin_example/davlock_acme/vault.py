"""The Acme Vault, which runs behind Apache and says so as well."""

from davlock.servers.profile import Profile, Store, Traits


def recognise(traits: Traits) -> bool:
    """By its Server header."""
    return "acmevault/" in traits.server


PROFILE = Profile(
    name="acme-vault",
    title="Acme Vault",
    recognise=recognise,
    lock_store="the Vault keeps checkouts in its database: its console, under Checkouts, ends one",
    store=Store.DISK,
    source="made up",
)
