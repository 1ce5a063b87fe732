"""davlock-checks.7: every check by group, and the profiles."""

from itertools import groupby

from davlock.checks.registry import CHECKS, PROFILES
from davlock.checks.results import About
from man.rst import entry, escaped, head, heading, prose

GROUPS = {
    "discovery": "What the server announces",
    "exclusive": "An exclusive lock",
    "proxy": "What reaches the server",
    "depth": "Locks on collections",
    "protection": "What a lock protects",
    "refreshing": "Renewing a lock",
    "unlocking": "UNLOCK that must release nothing",
    "if": "The If header",
    "unmapped": "Locks on new names",
    "shared": "Shared locks",
    "conditional": "Conditional writes without locks",
    "fidelity": "Owner, token, lock root",
    "timeouts": "How long locks last",
    "names": "Names",
    "codes": "What refusals say",
    "steady": "The same answer on every connection",
    "principals": "Two users",
}

INTRODUCTION = """\
**davlock check** creates a collection below a URL and sends there what clients send. A check fails if the effect is
wrong: the server carries out a write that it must refuse, or refuses one that it must carry out. A check warns if the
effect is right but the answer is not. It is skipped if a check that it needs failed, so the first failure is the one to
fix. The locks last two minutes. The id of a check never changes.

"""

PROFILE_WORDS = {
    "class2": "RFC 4918 demands these of a server of class 2; the default.",
    "office": "Word, Excel and Explorer need these.",
    "macos": "Finder needs these.",
    "davfs2": "davfs2 on Linux needs these.",
    "conditional-put": "Conditional writes, for clients that work without locks.",
    "read-only": "These write nothing.",
}


def page() -> str:
    """Returns the page."""
    parts = [
        head("davlock-checks", "what davlock check asks of a server", section=7),
        heading("DESCRIPTION"),
        INTRODUCTION,
        heading("PROFILES"),
        *(entry(name, f"{words} {len(PROFILES[name])} checks.") for name, words in PROFILE_WORDS.items()),
    ]
    for group, checks in groupby((check.about for check in CHECKS), key=lambda about: about.group):
        parts += [heading(GROUPS[group].upper()), f"Group: **{group}**\n\n", *(_check(about) for about in checks)]
    parts += [heading("SEE ALSO"), "**davlock-check(1)**, **davlock-findings(7)**, **litmus(1)**\n"]
    return "".join(parts)


def _check(about: About) -> str:
    notes = [about.level.value, escaped(about.reference)]
    if about.litmus:
        notes.append(f"litmus: {escaped(about.litmus)}")
    if about.hostile:
        notes.append("only with --hostile")
    if about.two_users:
        notes.append("only with --user2")
    if not about.writes:
        notes.append("writes nothing")
    if about.diagnostic:
        notes.append("also run by diagnose --scratch")
    return f"{heading(about.id, '-')}**{escaped(about.title)}.**\n\n{prose(about.story)}\n\n{'; '.join(notes)}.\n\n"
