"""davlock.1 and a page for each command, from the click tree."""

from collections.abc import Iterable, Iterator

import click

from davlock.cli.examples import EXAMPLES
from davlock.cli.exit_status import MEANINGS, ExitStatus
from davlock.cli.main import COMMANDS, cli
from man.exit_status import codes
from man.rst import entry, escaped, head, heading, literal, prose

OVERVIEW = """\
Someone sees **423 Locked**, or a 409, 412 or 429 that may or may not be about a lock, from a WebDAV server. **davlock**
says who holds which lock, until when, where its root is, and the one thing to do here.

Reading commands (diagnose, explain, locks, propfind, decode) change nothing on the server. After LOCK, refresh and
UNLOCK the server is asked again before success is reported: a 2xx alone proves nothing.

Without a terminal, output is tab-separated with a fixed order of columns and no header. **--format json** prints one
object (davlock/1), **--format jsonl** a line for each result.

"""

BUNDLE = """\
**--bundle** FILE writes a zip for a bug report, however the command ends. Only a usage error before the first request
writes none. **davlock explain** reads the HAR files in it.

davlock leaves out passwords, Authorization, cookies, the values of **-H**, and the content of files. It replaces lock
tokens by stand-ins, unless **--trace-tokens** is given. Host names, URLs, user names and the owners of locks stay: look
before you send it.

A server can repeat a secret in its answer, plain or encoded. davlock hides it there, in every output. It shows a plain
password that is short (6 characters), one short word (12 lower-case letters), a short number (8 digits), a word of
WebDAV, the user name, or a part of the URL: hiding it would damage the answer. In the bundle, davlock hides such a
password as a whole word, from 4 characters on.

FILE gets mode 0600 and replaces a regular file of yours in one step. davlock refuses a symbolic link, a device and a
file of another user, before the first request. If it cannot write FILE in the end, the exit status is 74. Only a
signal, a bug, and a command of **davlock run** that failed keep their own.

"""

PLUG_INS = """\
An installed distribution can add rules and server profiles, by the entry points **davlock.rules** and
**davlock.servers**. Each names a Rule or a Profile, or a tuple of them; the README says what they may import.

A plug-in's cause of a refusal is asked after davlock's own, and speaks only where it is surer than what was found: what
the server said for certain is never replaced. Its fallback comes before the findings that end in -unexplained, and its
server profile is tried before davlock's own.

A plug-in that takes an id or a name that is in use, cannot be loaded, or fails, is named on stderr and left out; the
exit status is the same as without it. **--no-plugins** leaves all of them out.

"""


LOGIN = """\
With **-u** USER, davlock takes Basic or Digest, whichever the server offers. A user in the URL (http://bob@host/) means
the same as **-u** bob.

The password is the first of these: the one beside the user name (USER:PASSWORD); that of **--password-file**,
**--password-command** or **--netrc**, if you typed one of them; that of the environment, in the order DAVLOCK_PASSWORD,
DAVLOCK_PASSWORD_COMMAND, DAVLOCK_PASSWORD_FILE, DAVLOCK_NETRC; the answer to a question. What you type outweighs the
environment. Two logins or two passwords on one command line are an error.

davlock asks only if stdin and stderr are a terminal, and never with **--no-input**, DAVLOCK_NO_INPUT or CI. Then it
ends with exit status 2, and says how else to give the password.

**--password-command** splits COMMAND into words as a shell does, and runs it once, without a shell and with an empty
stdin. Its stderr is shown. If it fails or prints nothing, davlock ends with exit status 2.

If Basic, a bearer token or an Authorization of your own goes over plain http to another host, davlock warns in one line
on stderr, and adds the finding insecure-login to JSON. It refuses nothing. **--allow-insecure-auth** hides both.

A password stands in no output, ledger or bundle, and in no arguments of a process that davlock starts. Such a process
(**davlock run**, **watch --exec**, **--password-command**) gets your environment unchanged, with DAVLOCK_PASSWORD if
you exported it.

"""


ROOT = cli.make_context("davlock", [], resilient_parsing=True, terminal_width=78)
"""As if typed at a terminal of 80 columns, of which click leaves two."""


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
            head("davlock", "explain 423 Locked and its look-alikes on WebDAV servers", section=1),
            heading("SYNOPSIS"),
            *(f"| **davlock {words}** {escaped(_usage(leaf))}\n" for words, leaf in leaves.items()),
            "| **davlock** --help | --version\n\n".replace(" | -", r" \| -"),
            heading("DESCRIPTION"),
            OVERVIEW,
            heading("COMMANDS"),
            *(entry(f"davlock-{name}(1)", escaped(COMMANDS[name])) for name in commands),
            heading("OPTIONS"),
            *_options(ROOT),
            "Those of each command stand on its page.\n\n",
            heading("LOGIN"),
            LOGIN,
            _exit_status(leaves.values()),
            _environment(leaves.values()),
            _files(leaves.values()),
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
        record = parameter.get_help_record(context) if isinstance(parameter, click.Option) else None
        if record is not None:
            names, words = record
            variable = f" Environment: {parameter.envvar}." if parameter.envvar else ""
            yield entry(names, escaped(words + variable))


def _exit_status(commands: Iterable[click.Command]) -> str:
    listed = (entry(f"{int(code)} {code.name}", escaped(words)) for code, words in all_codes(commands))
    return "".join((heading("EXIT STATUS"), *listed))


def _environment(commands: Iterable[click.Command]) -> str:
    """What the options read, and what is read beside them."""
    parameters = [parameter for command in commands for parameter in command.params]
    names = {parameter.name for parameter in parameters}
    variables = sorted({str(parameter.envvar) for parameter in parameters if parameter.envvar})
    parts = [heading("ENVIRONMENT")]
    if variables:
        parts.append(entry(", ".join(variables), "The option of that name, where it is not given."))
    if "password_command" in names:
        parts.append(entry("DAVLOCK_PASSWORD", "The password of the user, where none was typed."))
        parts.append(entry("CI", "Where it is set, davlock asks no questions, as with --no-input."))
    if "proxy" in names:
        parts.append(entry("http_proxy, https_proxy, all_proxy, no_proxy", "As curl reads them; -x wins."))
    if "netrc" in names:
        parts.append(entry("NETRC", escaped("The file that --netrc reads, instead of ~/.netrc.")))
    if "color" in names:
        parts.append(entry("NO_COLOR, FORCE_COLOR, COLUMNS", "Honoured where --color does not decide."))
    parts.append(entry("DAVLOCK_TRACEBACK", "Where it is set, a bug shows its traceback."))
    return "".join(parts)


def _files(commands: Iterable[click.Command]) -> str:
    names = {parameter.name for command in commands for parameter in command.params}
    parts = []
    if "netrc" in names:
        parts.append(entry("~/.netrc", "Credentials, where --netrc asks for them."))
    if "json_" in names:
        schema = "The JSON Schema of what --format json prints, in the installed package."
        parts.append(entry("davlock/render/davlock-1.schema.json", schema))
    return "".join((heading("FILES"), *(parts or ["None that stay.\n\n"])))


def _example(what: str, line: str) -> str:
    return f"{escaped(what)}\n\n{literal(line)}"


def _see_also(*pages: str) -> str:
    rfcs = "RFC 4918 (WebDAV), RFC 9110 (HTTP semantics), RFC 6585 (428 and 429)"
    return heading("SEE ALSO") + ", ".join(f"**{escaped(name)}**" for name in pages) + f"\n\n{rfcs}\n"
