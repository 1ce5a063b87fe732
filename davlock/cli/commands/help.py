"""``davlock help``."""

import click

from davlock.cli.help_formatter import HelpContext
from davlock.cli.help_page import BriefCommand, full_help
from davlock.cli.output_file import output_file_option
from davlock.cli.pager import print_long
from davlock.errors import LocalProtocolError


@click.command("help", cls=BriefCommand)
@click.argument("words", nargs=-1, metavar="[COMMAND|TOPIC]")
@click.option("--no-pager", is_flag=True, envvar="DAVLOCK_NO_PAGER", help="Print the page directly.")
@output_file_option
@click.pass_context
def command(context: click.Context, words: tuple[str, ...], no_pager: bool) -> int:
    """Show all about a command or a topic.

    Without a name, davlock help lists the commands and topics. For locks, which is both, it shows both.
    """
    print_long(_page(context.find_root(), words), pager=not no_pager)
    return 0


def _page(root: click.Context, words: tuple[str, ...]) -> str:
    from davlock.cli.help_topics import TOPICS

    if words in ((), ("davlock",)):
        return f"{root.get_help()}\n"
    name = " ".join(words)
    if (joined := "-".join(words)) in TOPICS:
        name = joined
    pages = [_command_page(root, words), TOPICS[name][1](root) if name in TOPICS else ""]
    if not any(pages):
        from davlock.cli.main import COMMANDS
        from davlock.cli.suggestions import page_hint

        raise LocalProtocolError(
            f"there is no command or topic {name!r}",
            page_hint(name, COMMANDS, TOPICS) or "davlock help lists all of them",
        )
    return "\n".join(filter(None, pages))


def _command_page(root: click.Context, words: tuple[str, ...]) -> str:
    """All about a command, or a command in a group; empty if there is none of that name."""
    context, command = root, root.command
    for word in words:
        found = command.get_command(context, word) if isinstance(command, click.Group) else None
        if found is None:
            return ""
        context, command = HelpContext(found, info_name=word, parent=context), found
    return full_help(command, context)
