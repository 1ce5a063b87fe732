"""``davlock ledger check``."""

import time
from typing import TYPE_CHECKING

import click

from davlock.cli.commands.ledger.rows import entry_row
from davlock.cli.exit_status import for_ledger_check
from davlock.cli.help_page import BriefCommand
from davlock.cli.options import Shared, network_options
from davlock.cli.output import Presenter, complain
from davlock.cli.paths import open_ledger
from davlock.ledger.check import LedgerCheck
from davlock.ledger.check import check as check_file
from davlock.ledger.check import repair as repair_file
from davlock.render.ledger_check import COLUMNS, check_facts, check_lines, check_list
from davlock.render.result import Result

if TYPE_CHECKING:
    from davlock.render.tables import Console


@click.command("check", cls=BriefCommand)
@click.option("--repair", is_flag=True, help="Move the damaged file aside, and keep every good row.")
@network_options
def check(repair: bool, shared: Shared) -> int:
    """Check the ledger file. Asks no server.

    It reads each row, the database, and the files that show which davlock runs. --repair copies the damaged file to
    ledger.sqlite.damaged-TIME, and writes a new one with every row that is whole.

    A crash can leave a stray file in the folder alive. That is no damage: recover, --repair and the next lock remove
    it.

    Exit status 0: clean, or repaired. 1: davlock found damage. 7: repaired, but rows are lost.

    Without a terminal, davlock prints one line for each fault. The columns are what, name, field, why.
    """
    with open_ledger(shared) as ledger:
        folder = ledger.path.parent if ledger.path is not None else None
        mended = repair_file(folder, now=time.time()) if folder is not None and repair else None
        checked = mended.found if mended is not None else LedgerCheck() if folder is None else check_file(folder)
        presenter = Presenter("ledger", shared, rows=check_lines, columns=COLUMNS, show=_show)
        rows = [entry_row(entry, ledger) for entry in checked.entries]
        presenter.add(Result(target=None, extra=(("rows", rows), *check_facts(checked, mended))))
        presenter.finish()
    if mended is None:
        return for_ledger_check(repaired=False, clean=checked.clean, lost=False, left=False)
    if checked.clean and not checked.stray:
        complain("the ledger is clean: there was nothing to repair")
    elif mended.aside is not None:
        complain(f"{_kept(mended.kept, checked.lost)}; the damaged file is {mended.aside}")
    left = [stray.name for stray in checked.stray if stray.name not in mended.removed]
    if mended.removed:
        complain(f"removed {len(mended.removed)} stray file{'' if len(mended.removed) == 1 else 's'}")
    if left:
        complain(f"could not remove: {', '.join(left)}")
    if checked.lost != 0:
        complain("locks of the lost rows may still be held: davlock locks -r --owner davlock FOLDER/")
    return for_ledger_check(repaired=True, clean=checked.clean, lost=checked.lost != 0, left=bool(left))


def _kept(kept: int, lost: int | None) -> str:
    """How many rows a repair kept, and of how many."""
    if lost is None:
        return "no row can be read, and the file does not tell how many there were"
    total = kept + lost
    return f"kept {kept}{f' of {total}' if lost else ''} row{'' if total == 1 else 's'}"


def _show(console: "Console", result: Result) -> None:
    from davlock.render.draw_rows import show_rows

    show_rows(console, check_list(result))
