"""Write what can be derived: davlock.1 from the click tree, the README's generated blocks, the JSON schema.

    python man/generate.py           write
    python man/generate.py --check   exit 1 and name what is stale

Pages are put together as reStructuredText and turned into roff by docutils.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from docutils.core import publish_string

from davlock import __version__
from davlock.cli.exit_code import MEANINGS, SO_FAR, ExitCode
from davlock.cli.main import COMMANDS, cli
from davlock.cli.options import NAMES
from davlock.diagnosis.rules import RULES
from davlock.render.schema import schema_text

HERE = Path(__file__).parent
README = HERE.parent / "README.md"
SCHEMA = HERE.parent / "davlock" / "render" / "davlock-1.schema.json"


def escaped(text: str) -> str:
    """``text`` as plain words in reStructuredText."""
    return re.sub(r"([\\*`|_<>\[\]])", r"\\\1", text)


def heading(text: str, line: str = "=") -> str:
    """A section title."""
    return f"{text}\n{line * len(text)}\n\n"


def title(text: str, line: str) -> str:
    """The page's name or its one-line description: a line above and below marks it as such."""
    return f"{line * len(text)}\n{text}\n{line * len(text)}\n\n"


def options(command: click.Command, *, shared: bool) -> Iterator[str]:
    """The command's options as a definition list: those that all commands share, or its own."""
    context = click.Context(command)
    for parameter in command.params:
        if not isinstance(parameter, click.Option) or (parameter.name in (*NAMES, "json_")) is not shared:
            continue
        record = parameter.get_help_record(context)
        if record is None:
            continue
        names, words = record
        variable = f" Environment: {parameter.envvar}." if parameter.envvar else ""
        yield f"**{escaped(names)}**\n    {escaped(words)}{variable}\n\n"


def usage(command: click.Command) -> str:
    """What may follow the command's name."""
    return " ".join(command.collect_usage_pieces(click.Context(command)))


def commands() -> dict[str, click.Command]:
    """Every command, by name, in the order of the help."""
    found = {name: cli.get_command(click.Context(cli), name) for name in COMMANDS}
    return {name: command for name, command in found.items() if command is not None}


def main_page() -> str:
    """davlock.1 as reStructuredText."""
    tree = commands()
    parts = [
        title("davlock", "="),
        title("explain 423 Locked and its look-alikes on WebDAV servers", "-"),
        f":Manual section: 1\n:Manual group: davlock manual\n:Version: davlock {__version__}\n\n",
        heading("SYNOPSIS"),
        "".join(f"| **davlock** {name} {escaped(usage(command))}\n" for name, command in tree.items()),
        "\n",
        heading("DESCRIPTION"),
        "Someone sees **423 Locked**, or a 409, 412 or 429 that may or may not be about a lock, from a WebDAV server."
        " **davlock** says who holds which lock, until when, where its root is, and the one thing to do here.\n\n"
        "Reading commands (diagnose, explain, locks, propfind, decode) change nothing on the server."
        " After LOCK, refresh"
        " and UNLOCK the server is asked again before success is reported.\n\n",
        heading("COMMANDS"),
    ]
    for name, command in tree.items():
        parts.append(heading(f"davlock {name} {usage(command)}", "-"))
        for paragraph in (command.help or "").split("\n\n"):
            parts.append(escaped(" ".join(paragraph.split())) + "\n\n")
        parts += options(command, shared=False)
    parts += [heading("SHARED OPTIONS"), *options(tree["diagnose"], shared=True)]
    parts += [
        heading("EXIT STATUS"),
        *(
            f"**{int(code)}** {code.name}\n    {escaped(MEANINGS[code])}\n\n"
            for code in ExitCode
            if int(code) in SO_FAR
        ),
        heading("ENVIRONMENT"),
        "**DAVLOCK_OPTION**\n    Every shared option but -H has a variable of its name, such as DAVLOCK_USER.\n\n"
        "**http_proxy, https_proxy, all_proxy, no_proxy**\n    As curl reads them; -x wins.\n\n"
        "**NO_COLOR, FORCE_COLOR, COLUMNS**\n    Honoured where --color does not decide.\n\n"
        "**NETRC**\n    The file that --netrc reads, instead of ~/.netrc.\n\n"
        "**DAVLOCK_TRACEBACK**\n    Where it is set, a bug or a plug-in that was left out shows its"
        " traceback.\n\n",
        heading("FINDINGS"),
        "Each has a page of its own: **davlock explain ID**.\n\n",
        *(f"**{rule.id}**\n    {escaped(rule.title)}\n\n" for rule in sorted(RULES, key=lambda rule: rule.id)),
        heading("PLUG-INS"),
        "An installed distribution can add rules and server profiles, by the entry points **davlock.rules** and"
        " **davlock.servers**. Each names a Rule or a Profile, or a tuple of them; the README says what they may"
        " import.\n\n"
        "A plug-in's cause of a refusal is asked after davlock's own, and speaks only where it is surer than what was"
        " found: what the server said for certain is never replaced. Its fallback comes before the findings that end in"
        " -unexplained, and its server profile is tried before davlock's own.\n\n"
        "A plug-in that takes an id or a name that is in use, cannot be loaded, or fails, is named on stderr and left"
        " out; the exit status is the same as without it. **--no-plugins** leaves all of them out.\n\n",
        heading("EXAMPLES"),
        "Who has it?\n\n::\n\n    davlock diagnose -u alice https://dav.example/team/report.odt\n\n"
        "What did this answer mean?\n\n::\n\n    curl -i -T report.odt https://dav.example/team/report.odt |\n"
        "        davlock explain - --method PUT --url https://dav.example/team/report.odt\n\n"
        "Which condition of this If header fails?\n\n::\n\n"
        "    davlock decode if '(<opaquelocktoken:a> [\"1\"])' --held opaquelocktoken:b --etag '\"1\"'\n\n"
        "Take a lock, write under it, release it:\n\n::\n\n"
        "    token=$(davlock lock -q https://dav.example/team/report.odt)\n"
        '    davlock put report.odt https://dav.example/team/report.odt --token "$token"\n'
        '    davlock unlock https://dav.example/team/report.odt --token "$token"\n\n',
        heading("SEE ALSO"),
        "RFC 4918 (WebDAV), RFC 9110 (HTTP semantics), RFC 6585 (429). cadaver(1), curl(1).\n",
    ]
    return "".join(parts)


def roff(source: str) -> str:
    """reStructuredText as a man page, without the comments that name tools and versions."""
    page = publish_string(
        source,
        writer="manpage",
        settings_overrides={"halt_level": 2, "report_level": 2, "datestamp": None, "generator": None},
    ).decode()
    lines = [line for line in page.splitlines() if not re.match(r"\.\\\" (Man page generated|Generated by)", line)]
    return "\n".join(lines).rstrip() + "\n"


def exit_table() -> str:
    """The README's table of exit codes."""
    rows = [f"| {int(code)} | {MEANINGS[code]} |" for code in ExitCode if int(code) in SO_FAR]
    return "\n".join(["| code | meaning |", "|---|---|", *rows])


def command_table() -> str:
    """The README's table of commands."""
    return "\n".join(
        ["| command | job |", "|---|---|", *(f"| `davlock {name}` | {job} |" for name, job in COMMANDS.items())]
    )


def readme(text: str) -> str:
    """``text`` with its generated blocks written anew."""
    for name, block in (("exit codes", exit_table()), ("commands", command_table())):
        pattern = re.compile(rf"(?<=<!-- generated: {name} -->\n).*?(?=<!-- end -->)", re.DOTALL)
        if not pattern.search(text):
            raise SystemExit(f"README.md has no block <!-- generated: {name} -->")
        # Once only: an empty block would match a second time, up to the end of the next one.
        text = pattern.sub((block + "\n").replace("\\", r"\\"), text, count=1)
    return text


def main() -> int:
    """Write or check; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="exit 1 if anything is stale")
    check = parser.parse_args().check
    wanted = {
        HERE / "davlock.1": roff(main_page()),
        README: readme(README.read_text(encoding="utf-8")),
        SCHEMA: schema_text(),
    }
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        if check:
            print(f"stale: {path.name} (run: make docs)", file=sys.stderr)
        else:
            path.write_text(wanted[path], encoding="utf-8")
            print(f"wrote {path.name}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
