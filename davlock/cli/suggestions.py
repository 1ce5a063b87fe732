"""What to type instead: for words that people know from other tools, and for words that are nearly right.

Likeness of letters alone misleads: ``--force`` looks like ``--format``, and means ``--steal``.
"""

import difflib
from collections.abc import Iterable

import click

_NO_TLS_CHECK = (("--insecure", "use -k to accept any TLS certificate"),)
_PASSWORD = (
    ("--password-file", "use -u USER, which asks for the password, or --password-file FILE"),
    ("", "this command needs no login"),
)
_TREE = (
    ("--recursive", "use -r to read the whole tree"),
    ("--depth", "use --depth infinity, or list a tree with: davlock locks -r URL"),
    ("", "to list the locks of a tree: davlock locks -r URL"),
)
_DRY_RUN = (
    ("--yes", "leave it out: without --yes, nothing is released"),
    ("--attempt", "leave it out: diagnose only reads, unless --attempt or --scratch is given"),
)
_LIFE = (("--timeout", "use --timeout DURATION for how long the lock lasts"),)
_LIMIT = (
    ("--wait", "use -w DURATION to limit the wait"),
    ("--max-time", "use --max-time DURATION to limit each request"),
)
_OUTPUT = (("--json", "use --json, or --format table, tsv, json or jsonl"),)

OPTIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "--force": (
        ("--steal", "use --steal to release a lock that somebody else took"),
        ("--yes", "use --yes to release what the plan shows"),
        ("--token", "send the lock's token with --token, or wait: davlock wait URL"),
    ),
    "-f": (
        ("--steal", "use --steal to release a lock that somebody else took"),
        ("--yes", "use --yes to release what the plan shows"),
    ),
    "--break": (("--steal", "use --steal to release a lock that somebody else took"),),
    "--dry-run": _DRY_RUN,
    "-n": _DRY_RUN,
    "-y": (("--yes", "use --yes"),),
    "--confirm": (("--yes", "use --yes"),),
    "--recursive": _TREE,
    "--recurse": _TREE,
    "-R": _TREE,
    "-r": _TREE,
    "--infinity": _TREE,
    "--password": _PASSWORD,
    "-p": _PASSWORD,
    "--pass": _PASSWORD,
    "--username": (("--user", "use -u USER"),),
    "--login": (("--user", "use -u USER"),),
    "--shared": (("--scope", "use --scope shared"),),
    "--exclusive": (("--scope", "leave it out, or use --scope exclusive"),),
    "--no-verify": _NO_TLS_CHECK,
    "--no-check-certificate": _NO_TLS_CHECK,
    "--insecure-skip-verify": _NO_TLS_CHECK,
    "--ttl": _LIFE,
    "--duration": _LIFE,
    "--expires": _LIFE,
    "--timeout": _LIMIT,
    "-t": (*_LIFE, ("--token", "use --token TOKEN")),
    "--junit": (("--report", "use --report junit=FILE, or --format junit"),),
    "--tap": (("--report", "use --report tap=FILE, or --format tap"),),
    "--strict": (("--fail-level", "use --fail-level SHOULD"), ("--fail-on", "use --fail-on warning")),
    "--overwrite": (("--if-none-match", "put overwrites, unless --if-none-match '*' is given"),),
    "--all": (("--steal", "to release every lock in a tree: davlock cleanup --all URL"),),
    "--ssl-no-verify": _NO_TLS_CHECK,
    "--no-color": (("--color", "use --color never"),),
    "--no-colour": (("--color", "use --color never"),),
    "--limit": (("--max-requests", "use --max-requests N to stop after N requests"),),
    "--output-format": _OUTPUT,
    "--xml": _OUTPUT,
    "--csv": (("--format", "use --format tsv"),),
    "--debug": (("--verbose", "use -v to show requests and answers"),),
    "--trace": (("--verbose", "use -v to show requests and answers"),),
    "--parallel": (("--jobs", "use -j N"),),
    "--interval": (("--poll", "use --poll DURATION"),),
    "--follow": (("", "to follow changes: davlock watch URL"),),
    "--stale": (("--unrenewed-for", "use --unrenewed-for DURATION or --older-than DURATION"),),
    "--expired": (("--unrenewed-for", "use --unrenewed-for DURATION: a lock that has expired is gone"),),
}
"""Options of other tools: each with the option that must be there for an advice to hold, and the advice. ``""`` holds
everywhere.
"""

COMMANDS = {
    "ls": "locks",
    "list": "locks",
    "status": "diagnose",
    "info": "diagnose",
    "show": "diagnose",
    "who": "diagnose",
    "why": "diagnose",
    "release": "unlock",
    "rm": "unlock",
    "break": "unlock --steal",
    "steal": "unlock --steal",
    "force-unlock": "unlock --steal",
    "extend": "refresh",
    "renew": "refresh",
    "upload": "put",
    "cp": "put",
    "write": "put",
    "test": "check",
    "smoke": "check",
    "verify": "check",
    "exec": "run",
    "with": "run",
    "clean": "cleanup",
    "prune": "cleanup",
    "gc": "cleanup",
    "tail": "watch",
    "follow": "watch",
    "monitor": "watch",
    "parse": "decode",
    "props": "propfind",
    "stat": "propfind",
    "try": "demo",
}
"""Commands of other tools, by the one that does the same here."""


def command_hint(name: str, known: Iterable[str]) -> str:
    """Which of the ``known`` commands is likely meant by ``name``; empty if none is near."""
    meant = COMMANDS.get(name.lower()) or next(iter(difflib.get_close_matches(name, list(known), n=1)), None)
    return f"did you mean {meant}?" if meant is not None else ""


def option_hint(option: str, command: click.Command) -> str:
    """What to type instead of an ``option`` that ``command`` does not have; empty if nothing is near."""
    known = [name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)]
    for needed, advice in OPTIONS.get(option, ()):
        if not needed or needed in known:
            return advice
    long = [name for name in known if name.startswith("--")]
    close = difflib.get_close_matches(option, long, n=1, cutoff=0.75) if option.startswith("--") else []
    return f"the nearest is {close[0]}" if close else ""
