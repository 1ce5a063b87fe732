"""davlock-checks.7: every check, group by group, and the profiles."""

from itertools import groupby

from davlock.checks.registry import CHECKS, PROFILES
from davlock.checks.results import About
from man.rst import entry, escaped, head, heading, prose

GROUPS = {
    "discovery": "What the server says it can do",
    "exclusive": "An exclusive lock",
    "proxy": "What proxies let through",
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
**davlock check** creates a collection below a URL, and tries there what clients need. A check fails if the effect is
wrong: the server carried out a write that it had to refuse, or refused one that it had to carry out. A check warns if
the effect is right and the answer is wrong. davlock skips checks that depend on a failed check, so the first failure is
the one to fix. It asks for locks of two minutes. The id of a check never changes.

"""

PROFILE_WORDS = {
    "class2": "What RFC 4918 demands from a server of class 2; the default.",
    "office": "What Word, Excel and Explorer need.",
    "macos": "What Finder needs.",
    "davfs2": "What davfs2 on Linux needs.",
    "conditional-put": "Conditional writes, for clients that work without locks.",
    "read-only": "What davlock can check without a write.",
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
