"""davlock-checks.7: every check, group by group, and the profiles."""

from itertools import groupby

from davlock.checks.registry import CHECKS, PROFILES
from davlock.checks.results import About
from man.rst import entry, escaped, head, heading, prose

GROUPS = {
    "discovery": "What the server says it can do",
    "exclusive": "An exclusive lock",
    "proxy": "What arrives of what is sent",
    "depth": "Locks on collections",
    "protection": "What a lock protects",
    "refreshing": "Refreshing",
    "unlocking": "UNLOCK where it must release nothing",
    "if": "The If header",
    "unmapped": "Locks on new names",
    "shared": "Shared locks",
    "conditional": "Conditional writes without locks",
    "fidelity": "Owner, token, lock root",
    "timeouts": "How long locks last",
    "names": "Names",
    "codes": "What refusals say",
    "steady": "The same answer over every connection",
    "principals": "Two users",
}

INTRODUCTION = """\
**davlock check** makes a collection below a URL and asks what clients ask. A check fails where the effect is wrong: a
write that had to be refused was carried out, or the other way round. It warns where the effect is right and the answer
is not. It is left out where a check on whose ground it stands has failed, so that the first failure is the one that
matters. Locks are asked for two minutes. An id is for good.

"""

PROFILE_WORDS = {
    "class2": "What RFC 4918 demands of a server of class 2; the default.",
    "office": "What Word, Excel and Explorer need.",
    "macos": "What Finder needs.",
    "davfs2": "What davfs2 on Linux needs.",
    "conditional-put": "Conditional writes, for clients that work without locks.",
    "read-only": "What can be told without writing anything.",
}


def page() -> str:
    """The page."""
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
    return f"{heading(about.id, '-')}{escaped(about.title)}. {prose(about.story)}\n\n{'; '.join(notes)}.\n\n"
