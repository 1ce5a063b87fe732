"""The help of a command: a screen or two at --help, and all of it with ``davlock help COMMAND``."""

import os
import re
from collections.abc import Iterable, Sequence

import click

from davlock.cli.examples import EXAMPLES
from davlock.cli.help_formatter import HelpContext
from davlock.cli.options import shared_options

FEW = 3
"""Examples that --help shows; one less for a command with more than MANY options."""

MANY = 20

WIDEST_NAME = 28
"""Columns of an option's name and value; the text of one that needs more begins below it."""

GROUPS = {
    "connection": ("user", "Connection options (-u, -k, -x, --netrc, ...)"),
    "output": ("json_", "Output options (--json, --format, -q, ...)"),
}
"""The topics about options that many commands share: a parameter of every command that has them, and how --help points
to the topic.
"""


class BriefCommand(click.Command):
    """A command whose --help has examples first, and one line for each option of its own."""

    context_class = HelpContext

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the short form."""
        write_help(self, ctx, formatter, full=False)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """--help goes through the pager."""
        return _paged(super().get_help_option(ctx))


class BriefGroup(click.Group):
    """A group of such commands."""

    context_class = HelpContext
    command_class = BriefCommand

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """For an unknown name, list the names that exist."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            ctx.fail(f"there is no command {args[0]!r}; choose one of {', '.join(self.commands)}")
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the short form."""
        write_help(self, ctx, formatter, full=False)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """--help goes through the pager."""
        return _paged(super().get_help_option(ctx))


def _paged(option: click.Option | None) -> click.Option | None:
    if option is not None:
        option.callback = _show_help
    return option


def _show_help(context: click.Context, parameter: click.Parameter, asked: bool) -> None:
    if not asked or context.resilient_parsing:
        return
    from davlock.cli.pager import print_long

    typed = context.find_root().obj
    unpaged = "--no-pager" in typed if isinstance(typed, tuple) else False
    print_long(f"{context.get_help()}\n", pager=not unpaged and not os.environ.get("DAVLOCK_NO_PAGER"))
    context.exit()


def full_help(command: click.Command, context: click.Context) -> str:
    """All that davlock knows about ``command``, without the options that have a topic of their own."""
    formatter = context.make_formatter()
    write_help(command, context, formatter, full=True)
    return formatter.getvalue()


def write_help(command: click.Command, ctx: click.Context, formatter: click.HelpFormatter, *, full: bool) -> None:
    """What the command does, examples, its own options, and where the rest is explained."""
    words = ctx.command_path.split()[1:]
    command.format_usage(ctx, formatter)
    paragraphs = [" ".join(part.split()) for part in (command.help or "").split("\n\n")]
    for paragraph in paragraphs if full else paragraphs[:1]:
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(paragraph)
    options = own_options(command)
    examples = examples_of(words)
    _write_examples(formatter, examples if full else _short(examples, FEW - (len(options) > MANY)))
    if isinstance(command, click.Group):
        with formatter.section("Commands"):
            formatter.write_dl([(name, first_sentence(leaf.help or "")) for name, leaf in command.commands.items()])
    if options:
        with formatter.section("Options"):
            formatter.write_dl([option_words(option, ctx, full=full) for option in options], col_max=WIDEST_NAME)
    formatter.write_paragraph()
    names = {parameter.name for parameter in command.params}
    for topic, (mark, line) in GROUPS.items():
        if mark in names:
            formatter.write(f"{line}: davlock help {topic}\n")
    page = f"man davlock-{words[0]}"
    more = page if full else f"davlock help {' '.join(words)}, or {page}"
    formatter.write(f"{'More' if full else 'All details, exit statuses'}: {more}\n")


def own_options(command: click.Command) -> list[click.Option]:
    """The options of ``command`` that no topic describes, without hidden ones."""
    names = {parameter.name for parameter in command.params}
    topics = [topic for topic, (mark, _) in GROUPS.items() if mark in names]
    shared = {option.name for topic in topics for option in shared_options(topic)}
    return [
        parameter
        for parameter in command.params
        if isinstance(parameter, click.Option) and parameter.name not in shared and not parameter.hidden
    ]


def option_words(option: click.Option, ctx: click.Context, *, full: bool) -> tuple[str, str]:
    """An option's names and what it does: in one sentence, or in full."""
    record = option.get_help_record(ctx)
    names = re.sub(r"\[([\w|-]+)\]$", r"\1", record[0]) if record is not None else option.opts[0]
    text = option.help or ""
    words = text if full else first_sentence(text).removesuffix(".")
    default = option.get_help_extra(ctx).get("default", "").strip("()")
    if default:
        words += f" Default: {default}." if full else f" (default: {default})"
    return names, words.strip()


def first_sentence(text: str) -> str:
    """The first sentence of ``text``, on one line."""
    return re.split(r"(?<=\.)\s", " ".join(text.split()), maxsplit=1)[0]


def examples_of(words: Sequence[str]) -> list[tuple[str, str]]:
    """The examples of a command, or of a command in a group."""
    typed = re.compile(rf"\bdavlock {' '.join(words)}(?![\w-])")
    return [example for example in EXAMPLES.get(words[0], ()) if typed.search(example[1])]


def _short(examples: Iterable[tuple[str, str]], most: int) -> list[tuple[str, str]]:
    return [example for example in examples if example[1].count("\n") <= 1][:most]


def _write_examples(formatter: click.HelpFormatter, examples: Iterable[tuple[str, str]]) -> None:
    shown = list(examples)
    if not shown:
        return
    with formatter.section("Examples"):
        for what, line in shown:
            formatter.write(f"  {what}\n")
            formatter.write("".join(f"    {part}\n" for part in line.splitlines()))
