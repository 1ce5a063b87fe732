"""``davlock propfind``."""

from dataclasses import replace
from typing import TYPE_CHECKING

import click
from lxml import etree

from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.exit_status import ExitStatus, for_listing, for_success, for_unread
from davlock.cli.help_page import BriefCommand
from davlock.cli.insecure_login import login_findings
from davlock.cli.left_out import complain_of_the_left_out
from davlock.cli.options import Shared, network_options
from davlock.cli.output import Presenter, complain
from davlock.cli.profile_targets import TARGET
from davlock.cli.refused_login import complain_of_the_answer
from davlock.cli.targets import for_each, report_no_answer
from davlock.errors import LocalProtocolError
from davlock.operations import listing
from davlock.operations.read_failure import read_failure
from davlock.operations.results import PropertyRow
from davlock.protocol.lock import Depth
from davlock.render.build_result import result
from davlock.render.plain import PROPERTY_COLUMNS, property_rows
from davlock.render.result import Result
from davlock.transport.base import Send

if TYPE_CHECKING:
    from davlock.render.tables import Console

USUAL = (
    "resourcetype",
    "getcontentlength",
    "getlastmodified",
    "getetag",
    "lockdiscovery",
    "supportedlock",
)


@click.command("propfind", cls=BriefCommand)
@click.argument("urls", nargs=-1, required=True, type=TARGET, metavar="URL...")
@click.option(
    "-p",
    "--property",
    "names",
    multiple=True,
    metavar="NAME",
    help="A property: a DAV: name, or {namespace}name. Repeatable.",
)
@click.option("--allprop", is_flag=True, help="Ask for all that the server shows by itself.")
@click.option(
    "--depth",
    type=click.Choice([depth.value for depth in Depth]),
    default="0",
    show_default=True,
    help="How deep to look.",
)
@network_options
def command(urls: tuple[str, ...], names: tuple[str, ...], allprop: bool, depth: str, shared: Shared) -> int:
    """Show properties of each URL, each with its status.

    Status 404 means that the server does not show the property. That is not the same as an empty property.
    """
    if names and allprop:
        raise LocalProtocolError("--allprop asks for everything", "leave out -p, or --allprop")
    wanted = () if allprop else tuple(_clark(name) for name in names or USUAL)
    known = CommandKnowledge(shared)
    presenter = Presenter("propfind", shared, rows=property_rows, columns=PROPERTY_COLUMNS, show=_show, paged=True)

    def act(send: Send, url: str) -> tuple[Result, ExitStatus]:
        def emit(rows: tuple[PropertyRow, ...]) -> None:
            presenter.add(Result(target=url, properties=rows))

        found = listing.read(
            send,
            url,
            depth=Depth(depth),
            names=wanted,
            profiles=known.profiles,
            emit=emit if presenter.format == "tsv" else None,
            limit=listing.KEPT_LIMIT // 8 if presenter.format == "table" else None,
        )
        evidence = found.evidence
        if evidence.no_response is not None:
            return report_no_answer(evidence, evidence.no_response, known)
        if found.missing:
            complain(f"{url}: there is nothing at this URL: the server answers PROPFIND with 207, and 404 inside")
            return result(known.judge(evidence, skipped=found.skipped)), for_success(False)
        if not found.ok:
            shape = result(known.judge(evidence, skipped=found.skipped))
            complain_of_the_answer(url, shape, evidence.status, form=presenter.format)
            return shape, for_unread(read_failure(evidence), missing=evidence.status == 404)
        rows = found.locks if any("lockdiscovery" in name for name in wanted) else None
        diagnosis = known.judge(evidence, skipped=found.skipped, listed=rows)
        notes = login_findings(diagnosis.findings)
        shown = replace(result(diagnosis), findings=notes, properties=found.properties)
        return shown, for_listing(left_out=complain_of_the_left_out(found))

    return for_each(urls, shared, presenter, act)


def _clark(name: str) -> str:
    """``getetag`` as ``{DAV:}getetag``; anything that cannot be an XML name is refused."""
    full = name if name.startswith("{") else f"{{DAV:}}{name}"
    try:
        etree.QName(full)
    except ValueError:
        raise LocalProtocolError(
            f"{name!r} is not a property name", "write getetag, or {http://example.org/ns}name"
        ) from None
    return full


def _show(console: "Console", found: Result) -> None:
    from davlock.render.draw_rows import show_rows
    from davlock.render.property_list import property_list
    from davlock.render.screens import show_result
    from davlock.render.tables import show_skipped

    if found.properties is None:
        show_result(console, found)
    else:
        show_rows(console, property_list(found))
        show_skipped(console, found)
