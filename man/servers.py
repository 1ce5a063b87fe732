"""The generated block of docs/servers.md: what the profiles say of each product."""

from davlock.servers import PROFILES
from davlock.servers.profile import Profile
from man.blocks import fresh, table

QUESTIONS = (
    ("an empty lockdiscovery means no lock", "shows_locks"),
    ("its time counts down", "counts_down"),
    ("a member shows the lock of its collection", "shows_inherited"),
    ("one shared token suffices", "shared_token_suffices"),
    ("another user can use the token", "foreign_token_works"),
    ("obeys If-Match", "honours_if_match"),
    ("deletes above a locked member", "removes_locked_members"),
)
"""What a column of the second table says, and the field of the profile behind it."""

ANSWERS = {True: "yes", False: "no", None: "-"}


def servers(text: str) -> str:
    """Returns docs/servers.md with a fresh block."""
    profiles = sorted(PROFILES, key=lambda profile: profile.title.lower())
    return fresh("docs/servers.md", text, {"profiles": f"{_stores(profiles)}\n\n{_habits(profiles)}"})


def _stores(profiles: list[Profile]) -> str:
    rows = (
        (f"{profile.title} (`{profile.name}`)", profile.lock_store or "-", profile.source.replace("; ", ";<br>"))
        for profile in profiles
    )
    return table(("product", "where its locks are", "source"), *rows)


def _habits(profiles: list[Profile]) -> str:
    rows = [(profile.title, *(ANSWERS[getattr(profile, field)] for _, field in QUESTIONS)) for profile in profiles]
    measured = [row for row in rows if {*row[1:]} != {ANSWERS[None]}]
    return table(("product", *(title for title, _ in QUESTIONS)), *measured)
