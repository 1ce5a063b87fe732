"""``davlock ledger forget``."""

import click

from davlock.cli.commands.ledger.rows import OPEN, entry_presenter, entry_row
from davlock.cli.exit_status import for_success
from davlock.cli.help_page import BriefCommand
from davlock.cli.options import Shared, network_options
from davlock.cli.output import complain
from davlock.cli.paths import open_ledger
from davlock.cli.profile_targets import TARGET_OR_OTHER, words_from
from davlock.cli.typed_urls import always_writes, url_from
from davlock.errors import LocalProtocolError
from davlock.protocol.url import same_resource, without_credentials
from davlock.render.result import Result


@click.command("forget", cls=BriefCommand)
@click.argument("what", nargs=-1, type=TARGET_OR_OTHER, metavar="[URL|TOKEN|RUN]...")
@click.option("--ended", is_flag=True, help="All locks that were released or lost.")
@click.option("--all", "everything", is_flag=True, help="Everything.")
@network_options
def forget(what: tuple[str, ...], ended: bool, everything: bool, shared: Shared) -> int:
    """Remove locks from the ledger, by URL, token or run id. The server keeps them.

    Exit status 1: the ledger has no such lock.
    """
    if not (what or ended or everything):
        raise LocalProtocolError(
            "nothing says what to forget", "name a URL, a token or a run id, or use --ended or --all"
        )
    names = tuple(words_from(what))
    urls = tuple(url_from(name, shared, writes=always_writes) for name in names if "://" in name)
    with open_ledger(shared) as ledger:
        chosen = tuple(
            entry
            for entry in ledger.entries()
            if everything
            or (ended and entry.state not in OPEN)
            or any(name in (entry.token, entry.run, f"<{entry.token}>") for name in names)
            or any(same_resource(entry.url, without_credentials(url)) for url in urls)
        )
        ledger.forget(tuple(entry.run for entry in chosen))
        presenter = entry_presenter(shared)
        presenter.add(Result(target=None, extra=(("rows", [entry_row(entry, ledger) for entry in chosen]),)))
        presenter.finish()
    if not chosen:
        complain("the ledger has nothing of that kind")
    return for_success(bool(chosen))
