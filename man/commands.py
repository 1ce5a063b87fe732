"""davlock.1 and a page for each command, from the click tree."""

from collections.abc import Iterable, Iterator

import click

from davlock.cli.environment import ENVIRONMENT
from davlock.cli.examples import EXAMPLES
from davlock.cli.exit_status import MEANINGS, ExitStatus
from davlock.cli.help_page import option_words
from davlock.cli.help_topics import PROFILE_RULES, PROFILES, PROFILES_EXAMPLE
from davlock.cli.main import COMMANDS, TOPICS, cli
from man.exit_status import codes
from man.rst import entry, escaped, head, heading, literal, prose

OVERVIEW = f"""\
A WebDAV server answers **423 Locked**, or a 409, 412 or 429 that may be about a lock. **davlock** says who holds which
lock, until when, where its root is, and what to do.

The commands diagnose, locks, propfind, watch and wait send only OPTIONS and PROPFIND, unless you ask for more. explain,
decode, config, completion and help ask no server. After LOCK, a refresh and UNLOCK, davlock reads the lock again before
it reports success: a 2xx alone proves nothing.

Without a terminal, output is tab-separated with a fixed order of columns and no header. Only explain and decode print
text there, too; **--format tsv** gives their lines. **--format json** prints one object (davlock/1), **--format jsonl**
one line for each result. At a terminal, long pages go through a pager.

**davlock help** explains what all commands share: {", ".join(TOPICS)}.

"""

BUNDLE = """\
**--bundle** FILE writes a zip for a bug report, however the command ends. Only after a usage error before the first
request, davlock writes none. **davlock explain** reads the HAR files in it.

davlock leaves out passwords, Authorization, cookies, the values of **-H**, and the content of files. It replaces lock
tokens by stand-ins, unless you give **--trace-tokens**. Host names, URLs, user names and the owners of locks stay. Read
the zip before you send it.

A server can repeat a secret in its answer, plain or encoded. davlock hides it there, in every output. Some plain
passwords stay visible, because to hide them would damage the answer: up to 6 characters, one word of up to 12
lower-case letters, or a number of up to 8 digits. The same holds for a word of WebDAV, the user name, or a part of the
URL. In the bundle, davlock hides such a password as a whole word, if it has at least 4 characters.

FILE gets mode 0600 and replaces a regular file of yours in one step. davlock refuses a symbolic link, a device and a
file of another user, before the first request. If it cannot write FILE in the end, the exit status is 74. A signal, a
bug, and a failed command of **davlock run** keep their own exit status.

"""

PLUG_INS = """\
An installed distribution can add rules and server profiles, by the entry points **davlock.rules** and
**davlock.servers**. Each names a Rule or a Profile, or a tuple of them. docs/guide.md says what they may import.

davlock asks the rules of a plug-in after its own. A rule of a plug-in speaks only if it is surer than what davlock
found. It never replaces what the server said for certain. A fallback of a plug-in comes before the findings that end
in -unexplained. davlock tries the server profiles of a plug-in before its own.

davlock leaves out a plug-in that fails, that it cannot load, or that uses an id or name twice. It names the plug-in on
stderr, and the exit status stays the same. **--no-plugins** leaves out all of them.

"""


LOGIN = """\
With **-u** USER, davlock takes Basic or Digest, whichever the server offers. Digest comes first: it does not show the
password. Over plain http, davlock therefore asks what the server offers before it sends anything. A user in the URL
(http://bob@host/) means the same as **-u** bob.

davlock takes the password from the first of these sources. First, the password beside the user name (USER:PASSWORD).
Second, **--password-file**, **--password-command** or **--netrc**, if you typed one of them. Third, the environment, in
the order DAVLOCK_PASSWORD, DAVLOCK_PASSWORD_COMMAND, DAVLOCK_PASSWORD_FILE, DAVLOCK_NETRC. Last, davlock asks you. What
you type outweighs the environment. Two logins or two passwords on one command line are an error.

davlock asks only if stdin and stderr are a terminal, and never with **--no-input**, DAVLOCK_NO_INPUT or CI. Then it
ends with exit status 2, and says how else to give the password.

**--password-command** splits COMMAND into words as a shell does. davlock runs it once, without a shell and with an
empty stdin, and shows its stderr. If it fails or prints nothing, davlock ends with exit status 2.

davlock warns on stderr if Basic, a bearer token or an Authorization of your own goes over plain http to another host.
It adds the finding insecure-login to JSON, and refuses nothing. **--allow-insecure-auth** hides both. Names and
addresses of this machine are no other host: localhost, 127.0.0.1, ::1, a Unix socket, or a name that **--resolve**
leads there. A proxy elsewhere is one.

davlock never prints a password, and never stores one in the ledger or a bundle. It passes none in the arguments of a
process that it starts.
Such a process (**davlock run**, **watch --exec**, **--password-command**) gets your environment unchanged, with
DAVLOCK_PASSWORD if you exported it.

"""


ROOT = cli.make_context("davlock", [], resilient_parsing=True, terminal_width=78)
"""As if typed at a terminal of 80 columns; click leaves two empty."""


def tree() -> dict[str, click.Command]:
    """Every command, by name, in the order of the help."""
    found = {name: cli.get_command(ROOT, name) for name in COMMANDS}
    return {name: command for name, command in found.items() if command is not None}


def typed(name: str, command: click.Command) -> dict[str, click.Command]:
    """What can be typed, each with its words: the command, or those of the group that it is."""
    if isinstance(command, click.Group):
        return {f"{name} {word}": leaf for word, leaf in command.commands.items()}
    return {name: command}


def overview() -> str:
    """davlock.1."""
    commands = tree()
    leaves = {words: leaf for name, command in commands.items() for words, leaf in typed(name, command).items()}
    return "".join(
        (
            head("davlock", "explain 423 Locked and similar answers of WebDAV servers", section=1),
            heading("SYNOPSIS"),
            *(f"| **davlock {words}** {escaped(_usage(leaf))}\n" for words, leaf in leaves.items()),
            "| **davlock** --help | --version\n\n".replace(" | -", r" \| -"),
            heading("DESCRIPTION"),
            OVERVIEW,
            heading("COMMANDS"),
            *(entry(f"davlock-{name}(1)", escaped(COMMANDS[name])) for name in commands),
            heading("OPTIONS"),
            *_options(ROOT),
            "The page of each command has its options.\n\n",
            heading("LOGIN"),
            LOGIN,
            _exit_status(leaves.values()),
            _environment(leaves.values()),
            _files(leaves.values()),
            *_profiles("PROFILES"),
            heading("BUNDLE"),
            BUNDLE,
            heading("PLUG-INS"),
            PLUG_INS,
            heading("EXAMPLES"),
            *(_example(*EXAMPLES[name][0]) for name in commands if name in EXAMPLES),
            _see_also(*(f"davlock-{name}(1)" for name in commands), "davlock-findings(7)", "cadaver(1)", "curl(1)"),
        )
    )


def page(name: str, command: click.Command) -> str:
    """davlock-NAME.1."""
    job = COMMANDS[name].partition(". ")[0].rstrip(".")
    examples = EXAMPLES.get(name, ())
    leaves = typed(name, command)
    of_each = {words: list(_options(_context(leaf))) for words, leaf in leaves.items()}
    first = next(iter(of_each.values()))
    common = [option for option in first if all(option in options for options in of_each.values())]
    own = {words: [option for option in options if option not in common] for words, options in of_each.items()}
    return "".join(
        (
            head(f"davlock-{name}", job[0].lower() + job[1:], section=1),
            heading("SYNOPSIS"),
            *(f"| **davlock {words}** {escaped(_usage(leaf))}\n" for words, leaf in leaves.items()),
            "\n",
            heading("DESCRIPTION"),
            *_paragraphs(command),
            *(_profiles("The file", "-") if name == "config" else ()),
            *(
                "".join((heading(f"davlock {words}", "-"), *_paragraphs(leaf), *own[words]))
                for words, leaf in leaves.items()
                if leaf is not command
            ),
            heading("OPTIONS"),
            *common,
            _exit_status(leaves.values()),
            _environment(leaves.values()),
            _files(leaves.values()),
            *([heading("EXAMPLES")] if examples else []),
            *(_example(*example) for example in examples),
            _see_also("davlock(1)", "davlock-findings(7)", *(("davlock-checks(7)",) if name == "check" else ())),
        )
    )


def _profiles(*title: str) -> Iterator[str]:
    """What ``davlock help profiles`` says."""
    yield heading(*title)
    yield f"{escaped(PROFILES)}\n{literal(PROFILES_EXAMPLE)}"
    for name, words in PROFILE_RULES:
        yield entry(name, escaped(words))


def _paragraphs(command: click.Command) -> Iterator[str]:
    for part in (command.help or "").split("\n\n"):
        yield prose(" ".join(part.split())) + "\n\n"


def all_codes(commands: Iterable[click.Command]) -> list[tuple[ExitStatus, str]]:
    """Every exit status that one of the commands can end with, and what it means."""
    return [(code, MEANINGS[code]) for code in sorted({code for command in commands for code in codes(command)})]


def _context(command: click.Command) -> click.Context:
    return click.Context(command, info_name=command.name, parent=ROOT)


def _usage(command: click.Command) -> str:
    return " ".join(command.collect_usage_pieces(_context(command)))


def _options(context: click.Context) -> Iterator[str]:
    for parameter in context.command.get_params(context):
        if isinstance(parameter, click.Option) and not parameter.hidden:
            names, words = option_words(parameter, context, full=True)
            variable = f" Environment: {parameter.envvar}." if parameter.envvar else ""
            yield entry(names, escaped(words + variable))


def _exit_status(commands: Iterable[click.Command]) -> str:
    listed = (entry(f"{int(code)} {code.name}", escaped(words)) for code, words in all_codes(commands))
    return "".join((heading("EXIT STATUS"), *listed))


def _environment(commands: Iterable[click.Command]) -> str:
    """The variables of the options, and the other variables that davlock reads."""
    parameters = [parameter for command in commands for parameter in command.params]
    names = {parameter.name for parameter in parameters}
    variables = sorted({str(parameter.envvar) for parameter in parameters if parameter.envvar})
    parts = [heading("ENVIRONMENT")]
    if variables:
        parts.append(entry(", ".join(variables), "The option of that name, if you do not type it."))
    parts += (
        entry(variable, escaped(words)) for variable, needed, words in ENVIRONMENT if not needed or needed in names
    )
    return "".join(parts)


def _files(commands: Iterable[click.Command]) -> str:
    names = {parameter.name for command in commands for parameter in command.params}
    parts = []
    if "netrc" in names:
        parts.append(entry("~/.config/davlock/config.toml", "Profiles: see davlock config path."))
        parts.append(entry("~/.netrc", "Logins, with --netrc."))
    if "json_" in names:
        schema = "The JSON Schema of --format json, in the installed package."
        parts.append(entry("davlock/render/davlock-1.schema.json", schema))
    return "".join((heading("FILES"), *(parts or ["None.\n\n"])))


def _example(what: str, line: str) -> str:
    return f"{escaped(what)}\n\n{literal(line)}"


def _see_also(*pages: str) -> str:
    rfcs = "RFC 4918 (WebDAV), RFC 9110 (HTTP semantics), RFC 6585 (428 and 429)"
    return heading("SEE ALSO") + ", ".join(f"**{escaped(name)}**" for name in pages) + f"\n\n{rfcs}\n"
