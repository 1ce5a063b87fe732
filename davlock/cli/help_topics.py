"""The topics of ``davlock help``: what no command explains alone."""

import textwrap
from collections.abc import Callable, Iterable, Sequence

import click

from davlock.cli.environment import ENVIRONMENT
from davlock.cli.exit_status import MEANINGS
from davlock.cli.help_page import option_words
from davlock.cli.monitoring_state import MONITORING_MEANINGS
from davlock.cli.options import shared_options

CONNECTION = """\
Every command that asks a server takes these options. Where curl has the option, davlock uses the same name. Each can
also stand in the environment: DAVLOCK_USER for --user, and so on.

Without -u, davlock sends no login. If the server wants one, davlock asks for it once, at a terminal. With -u, it takes
Digest or Basic, the better one that the server offers. --negotiate logs in with a Kerberos ticket. davlock never prints
a password.
"""

CONNECTION_EXAMPLES = (
    ("davlock asks for the password", "davlock diagnose -u alice https://dav.example/a.odt"),
    ("In a script", "davlock locks -u alice --password-file secret.txt https://dav.example/"),
    (
        "From the keyring of the desktop (needs davlock[keyring])",
        "keyring set https://dav.example alice\ndavlock locks -u alice --keyring https://dav.example/",
    ),
    ("A server with its own certificate", "davlock locks --cacert ca.pem https://dav.example/"),
)

OUTPUT = """\
At a terminal, davlock prints tables. Without one, and with -o FILE, it prints tab-separated lines in a fixed order of
columns. explain and decode print the same text everywhere; --format tsv gives their lines. Warnings go to stderr.

What takes more than two seconds shows on stderr how far it is. Where stderr is no terminal, that is a line a minute.
-q and -v switch it off.
"""

EXIT_STATUS = """\
davlock diagnose exits with 0 if nothing keeps you from writing, and with 1 if a lock does. Commands that change
something exit with 0 only if the effect was read back. The manual page of each command has its own list.
"""

ENVIRONMENT_WORDS = """\
Each connection and output option has a variable: DAVLOCK_ and its long name, such as DAVLOCK_USER or
DAVLOCK_CONNECT_TIMEOUT. What you type outweighs the environment. davlock also reads these:
"""

JSON = """\
--json (or --format json) prints one object, of the form davlock/1: {"schema", "davlock", "command", "results": [...]}.
--format jsonl prints one result a line, as they come.

Each result has "target", "verdict" (clear, blocked or unknown), "locks", "findings", "skipped" and "exchanges". A
finding has "id", "severity", "certainty", "headline", "remedies" and "retry". An unknown value is null; times are ISO
8601 in UTC.

Ids and keys never change their meaning; new keys are added. Headlines, explanations and titles are for people, and
can change. The schema is davlock/render/davlock-1.schema.json in the installed package.
"""

JSON_EXAMPLES = (
    ("The ids of the findings", "davlock diagnose --json URL | jq -r '.results[].findings[].id'"),
    ("Who holds which lock", "davlock locks -r --json FOLDER/ |\n  jq -r '.results[].locks[] | [.url, .owner] | @tsv'"),
)

FORMATS = """\
At a terminal, davlock prints tables for people; elsewhere, lines for scripts. explain and decode print text for people
everywhere, except for the lists of explain. -o FILE writes to FILE what a pipe would get.
"""

FORMAT_ROWS = (
    ("table", "For people: the default at a terminal, and for explain and decode."),
    ("tsv", "The default elsewhere: tab-separated. --columns adds a header."),
    ("json", "One object for the whole run: davlock help json."),
    ("jsonl", "One result a line, as they come."),
    ("junit, tap, github", "Reports of davlock check. --report KIND=FILE writes several at once."),
    ("openmetrics", "For Prometheus: davlock check, and the number and age of locks with davlock locks."),
    ("nagios", "Output and exit statuses of a monitoring plug-in, for davlock check."),
)

FORMATS_READ = """\
davlock explain reads raw answers, the output of curl, HAR files, log lines and exceptions. The list of all of them:
davlock explain --formats
"""

TARGETS = """\
Where a command takes a URL, you can also give what you have at hand. davlock says in one line which URL it
understood, and goes on with it. With -q it does not say so.
"""

TARGET_ROWS = (
    ("dav://HOST/PATH", "Of file managers, for http. webdav:// as well. davs:// and webdavs:// are https."),
    ("ms-word:ofe|u|URL", "A link that opens an office program."),
    ("'\\\\HOST@SSL@8443\\PATH'", "A Windows path. Put it in single quotes."),
    ("/mnt/dav/PATH", "A file on a mount of davfs2, rclone, gvfs or kio-fuse."),
    ("https://HOST/:w:/r/PATH", "A page or link of SharePoint with a path in it."),
    ("https:/HOST/PATH", "A slash too few or too many."),
    ("HOST/PATH", "A guess: https, and http for localhost."),
    ("https://HOST/apps/files/?dir=/TEAM", "A guess: a page of Nextcloud or ownCloud. Add -u LOGIN: the URL has it."),
    ("https://HOST/s/TOKEN", "A guess: a share of Nextcloud."),
)

TARGETS_MORE = """\
A guess is good for reading. A command that changes something refuses it and names the URL to type.

A user in the target is the login: dav://alice@HOST/. So is the user of a mount, unless you type -u. For a mount of
rclone, davlock reads the URL and the user in rclone's configuration, never the password.

These do not name a path, so davlock only says what to do: links with a number (/f/123), sharing links of SharePoint
(/:w:/s/…), a Windows path without @SSL and port, and a Windows path whose backslashes the shell removed.
"""

LOCKS = """\
A lock refuses every write without its token. Everybody can still read.
"""

LOCK_ROWS = (
    (
        "token",
        "The lock's secret name. The server gives it to whoever takes the lock. A write sends it in the header If,"
        " UNLOCK in Lock-Token.",
    ),
    ("holder", "What the client wrote about itself. It is a claim, not a login."),
    ("scope", "exclusive: one lock. shared: several, for people who agreed on it."),
    ("depth", "0: this resource. infinity: everything below it, too."),
    ("root", "The URL where the lock was taken. A lock on a folder with depth infinity shows up on every file in it."),
    (
        "timeout",
        "How long the lock lasts. The holder's program renews it (the RFC says refresh). Without renewal it"
        " expires. Some never expire.",
    ),
)

LOCKS_MORE = """\
Many servers let only the login that took a lock release it. Some hide locks: then davlock says UNKNOWN, not FREE.
Nobody can see if a holder is gone.
"""

LOCK_EXAMPLES = (
    ("Who holds it, until when", "davlock diagnose URL"),
    ("Every lock in a tree", "davlock locks -r FOLDER/"),
    ("Wait for it", "davlock wait -w 10m URL"),
    ("Write to a locked file that is yours", "davlock put FILE URL --token TOKEN"),
    ("Release a lock whose holder is surely gone", "davlock unlock --steal URL"),
)

PROFILES_EXAMPLE = """\
[servers.work]
url = "https://dav.example/remote.php/dav/files/alice/"
user = "alice"
password_command = "secret-tool lookup service dav"
auth = "digest"               # or basic, negotiate, any
cacert = "company-ca.pem"     # beside this file; or a path from ~ or / on
headers = { X-Team = "docs" }
resolve = ["dav.example:443:192.0.2.7"]
connect_timeout = "5s"
concurrency = 4               # -j of davlock locks and cleanup
as = "libreoffice"            # --as of davlock diagnose
"""

PROFILES = """\
A profile is a server that you named in a file. Type its name in place of the URL: davlock diagnose
work:team/report.odt, or davlock locks -r work:. davlock config path prints where the file is. On Linux, that is
~/.config/davlock/config.toml. DAVLOCK_CONFIG names another file.
"""

PROFILE_RULES = (
    (
        "Keys",
        "Only url is needed. Each connection option is a key, with underscores: --max-time is max_time. A flag is "
        "true or false. Other keys are auth, headers, password, concurrency and as.",
    ),
    (
        "File",
        "The file must be yours, and nobody else may write to it. If a password or a token is in it, nobody else "
        "may read it: chmod 600.",
    ),
    (
        "Paths",
        "Write names as you read them. Spaces, ü, #, ? and % are part of a name, so %20 is three characters. "
        "Only the shell needs quotes. davlock refuses a path with .. in it. work: alone is the URL itself. "
        "If the first name has an @, begin with a slash: work:/a@b.",
    ),
    (
        "Order",
        "An option outweighs a variable, and that the profile. If you log in as another user, davlock does not "
        "use the profile's password, token, cookie or API key.",
    ),
    (
        "Safety",
        "The settings go to the server of url, and to no other. A command line has one profile. URLs beside it "
        "must be on the same server. A URL alone never uses a profile.",
    ),
    (
        "Names",
        "Two characters or more: letters, digits, - and _, a letter first. Schemes such as http and dav are no "
        "names. If a local file has the name of a target, davlock diagnose uses the profile and says so.",
    ),
    (
        "Check",
        "davlock config check finds mistakes. davlock config explain work:team/report.odt shows each setting, "
        "and where it comes from.",
    ),
)


def _prose(context: click.Context, text: str) -> click.HelpFormatter:
    formatter = context.make_formatter()
    _paragraphs(formatter, text)
    return formatter


def _paragraphs(formatter: click.HelpFormatter, text: str) -> None:
    for place, paragraph in enumerate(text.strip().split("\n\n")):
        if place or formatter.getvalue():
            formatter.write_paragraph()
        formatter.write_text(" ".join(paragraph.split()))


def _table(formatter: click.HelpFormatter, heading: str, rows: Iterable[tuple[str, str]]) -> None:
    with formatter.section(heading):
        formatter.write_dl(list(rows), col_max=24)


def _examples(formatter: click.HelpFormatter, examples: Sequence[tuple[str, str]]) -> None:
    with formatter.section("Examples"):
        for what, line in examples:
            formatter.write(f"  {what}\n" + "".join(f"    {part}\n" for part in line.splitlines()))


def _connection(context: click.Context) -> str:
    formatter = _prose(context, CONNECTION)
    _examples(formatter, CONNECTION_EXAMPLES)
    _table(formatter, "Options", (option_words(option, context, full=True) for option in shared_options("connection")))
    return formatter.getvalue()


def _output(context: click.Context) -> str:
    formatter = _prose(context, OUTPUT)
    _table(formatter, "Options", (option_words(option, context, full=True) for option in shared_options("output")))
    return formatter.getvalue()


def _exit_status(context: click.Context) -> str:
    formatter = _prose(context, EXIT_STATUS)
    _table(formatter, "Exit status", ((str(int(code)), words) for code, words in MEANINGS.items()))
    states = ((f"{int(state)} {state.name}", words) for state, words in MONITORING_MEANINGS.items())
    _table(formatter, "davlock check --format nagios", states)
    return formatter.getvalue()


def _environment(context: click.Context) -> str:
    formatter = _prose(context, ENVIRONMENT_WORDS)
    _table(formatter, "Variables", ((names, words) for names, _, words in ENVIRONMENT))
    return formatter.getvalue()


def _targets(context: click.Context) -> str:
    formatter = _prose(context, TARGETS)
    _table(formatter, "Forms", TARGET_ROWS)
    _paragraphs(formatter, TARGETS_MORE)
    return formatter.getvalue()


def _profiles(context: click.Context) -> str:
    formatter = _prose(context, PROFILES)
    with formatter.section("Example"):
        formatter.write(textwrap.indent(PROFILES_EXAMPLE, "  "))
    _table(formatter, "Rules", PROFILE_RULES)
    return formatter.getvalue()


def _json(context: click.Context) -> str:
    formatter = _prose(context, JSON)
    _examples(formatter, JSON_EXAMPLES)
    return formatter.getvalue()


def _formats(context: click.Context) -> str:
    formatter = _prose(context, FORMATS)
    _table(formatter, "Formats", FORMAT_ROWS)
    _paragraphs(formatter, FORMATS_READ)
    return formatter.getvalue()


def _locks(context: click.Context) -> str:
    formatter = _prose(context, LOCKS)
    _table(formatter, "What a lock has", LOCK_ROWS)
    _paragraphs(formatter, LOCKS_MORE)
    _examples(formatter, LOCK_EXAMPLES)
    return formatter.getvalue()


TOPICS: dict[str, tuple[str, Callable[[click.Context], str]]] = {
    "connection": ("login, TLS, proxies, timeouts", _connection),
    "output": ("formats, colour, traces, reports of bugs", _output),
    "formats": ("what davlock prints, and what it reads", _formats),
    "json": ("the JSON for scripts", _json),
    "exit-status": ("what each exit status means", _exit_status),
    "environment": ("variables that davlock reads", _environment),
    "targets": ("what you can give in place of a URL", _targets),
    "profiles": ("named servers: work:team/report.odt", _profiles),
    "locks": ("tokens, holders, depths: WebDAV locks in a page", _locks),
}
"""By name: what the topic is about, and its page."""
