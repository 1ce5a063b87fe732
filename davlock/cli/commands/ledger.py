"""``davlock ledger``."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlsplit, urlunsplit

import click

from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.credentials import login_for
from davlock.cli.exit_status import (
    ExitStatus,
    combine,
    for_error,
    for_failed_recovery,
    for_ledger_check,
    for_reading,
    for_recovery,
    for_success,
    for_unread,
)
from davlock.cli.options import Shared, network_options
from davlock.cli.output import Presenter, complain, echo_for_script
from davlock.cli.paths import open_ledger
from davlock.cli.refused_login import complain_with_login, login_refusal
from davlock.cli.session import checked_url, open_sender, urls_from
from davlock.cli.targets import for_doer, shown
from davlock.errors import Cancelled, DavlockError, LocalProtocolError
from davlock.ledger import Entry, Holder, Ledger, State
from davlock.ledger.check import LedgerCheck
from davlock.ledger.check import check as check_file
from davlock.ledger.check import repair as repair_file
from davlock.operations import recovery
from davlock.operations.read_failure import read_failure
from davlock.operations.recovery import Recovered, Verified
from davlock.operations.results import ReleaseOutcome
from davlock.protocol.if_header import IfHeader
from davlock.protocol.url import is_ancestor, same_origin, same_resource, without_credentials
from davlock.protocol.write_scope import WriteScope
from davlock.render.commands import shell_line
from davlock.render.json_v1 import iso
from davlock.render.ledger_check import check_facts, check_lines, show_check
from davlock.render.ledger_rows import ledger_lines, show_all_rows, show_rows
from davlock.render.result import Result

OPEN = (State.INTENDED, State.HELD)


@click.group("ledger")
def command() -> None:
    """The locks that davlock took, kept between runs: list them, release what a crash left, check the file, forget.

    The ledger is a file that only you can read; it has URLs, tokens and times, and no passwords. It is what
    --token auto means. --no-ledger, with any command, does without.

    davlock names damaged rows, and goes on without them. It follows no symbolic link to a file of the ledger; a link in
    place of the folder is accepted if only you can write to its target.
    """


@command.command("list")
@click.argument("urls", nargs=-1, metavar="[URL]...")
@click.option("--all", "everything", is_flag=True, help="Also locks that were released or lost.")
@click.option("--verify", is_flag=True, help="Ask the server about each: mine, stolen or gone.")
@click.option("--print", "print_", type=click.Choice(("token", "if")), help="Print tokens alone, or If headers.")
@network_options
def list_(urls: tuple[str, ...], everything: bool, verify: bool, print_: str | None, shared: Shared) -> int:
    """List the locks that davlock took: all, or those on and below the URLs.

    With --verify each is held against the server, as svn status -u does: mine (K), stolen (T) where another lock
    is in its place, gone (B), or unknown (?). Nothing is changed by that. Without a terminal: a line a lock, with the
    columns url, token, state, login, taken_at, expires_at, lockroot, process, standing, outcome, why, run.
    """
    with open_ledger(shared) as ledger:
        typed = _typed(urls)
        entries = _chosen(ledger, typed, () if everything else OPEN)
        if print_ is not None:
            return _print(entries, print_)
        rows = []
        codes = []
        known = CommandKnowledge(shared)
        for entry in entries:
            verified = None
            if verify and entry.state in OPEN:
                verified, code = _verified(entry, _address(entry, typed), shared, known)
                codes.append(code)
            rows.append(_row(entry, ledger, verified=verified))
        presenter = Presenter(
            "ledger", shared, rows=partial(ledger_lines, now=_now()), show=partial(show_rows, now=_now())
        )
        presenter.add(Result(target=None, extra=(("rows", rows),)))
        presenter.finish()
        return combine(codes)


def _refuse_unproven(context: click.Context, parameter: click.Parameter, typed: bool) -> None:
    """``--unproven`` released locks of other people."""
    if typed:
        raise LocalProtocolError(
            "--unproven is gone: recover releases what is proven to be ours",
            "without it, recover lists the other locks with the command that releases each",
        )


@command.command("recover")
@click.argument("urls", nargs=-1, metavar="[URL]...")
@click.option("--kept", is_flag=True, help="Also release what davlock lock left on purpose.")
@click.option("--unproven", is_flag=True, hidden=True, expose_value=False, callback=_refuse_unproven)
@network_options
def recover(urls: tuple[str, ...], kept: bool, shared: Shared) -> int:
    """Release the locks that a crash left behind: all, or those on and below the URLs.

    These are locks of a davlock that no longer runs. If the answer to a LOCK never arrived, its token is not known.
    Then recover looks for exactly one lock on exactly that URL, with exactly the owner, depth and scope that davlock
    sent. It leaves every other lock, and lists it with the command that releases it (exit status 3).

    It also leaves locks whose process lives, locks taken on another machine and, without --kept, locks that davlock
    lock left on purpose. Exit status 0: nothing is left.
    """
    # At a terminal all rows are one table, at the end: a table for each lock repeated its header.
    presenter = Presenter("ledger", shared, rows=partial(ledger_lines, now=_now()), show=lambda console, result: None)
    known = CommandKnowledge(shared)
    codes: list[ExitStatus] = []
    results: list[Result] = []
    left_alone: list[tuple[Entry, str]] = []

    def add(result: Result) -> None:
        presenter.add(result)
        results.append(result)

    with open_ledger(shared) as ledger:
        try:
            typed = _typed(urls)
            for entry in _chosen(ledger, typed, OPEN):
                why = recovery.why_not(entry, ledger, kept=kept)
                if why:
                    left_alone.append((entry, why))
                    continue
                found, code = _recovered(entry, _address(entry, typed), ledger, shared, known)
                add(found)
                codes.append(code)
            for entry, why in left_alone:
                row = _row(entry, ledger, recovered=Recovered(outcome=ReleaseOutcome.SKIPPED, why=why))
                add(Result(target=entry.url, extra=(("rows", [row]),)))
        finally:
            if results:
                presenter.show_all(partial(show_all_rows, now=_now()), results)
            presenter.finish()
    if not codes:
        more = f"; {len(left_alone)} locks are left alone" if left_alone else ""
        complain(f"there is nothing to recover{more}")
    return combine(codes)


@command.command("check")
@click.option("--repair", is_flag=True, help="Move the damaged file aside, and keep every good row.")
@network_options
def check(repair: bool, shared: Shared) -> int:
    """Check the ledger file itself: each row, the database, and the files that show which davlock runs.

    No server is asked. --repair copies the damaged file to ledger.sqlite.damaged-TIME, and writes a new one with every
    row that is whole. Exit status 0: clean, or repaired; 1: damage was found; 7: repaired, but rows were lost. Without
    a terminal: a line for each fault, with the columns what, name, field, why.
    """
    with open_ledger(shared) as ledger:
        folder = ledger.path.parent if ledger.path is not None else None
        mended = repair_file(folder, now=time.time()) if folder is not None and repair else None
        found = mended.found if mended is not None else LedgerCheck() if folder is None else check_file(folder)
        presenter = Presenter("ledger", shared, rows=check_lines, show=show_check)
        rows = [_row(entry, ledger) for entry in found.entries]
        presenter.add(Result(target=None, extra=(("rows", rows), *check_facts(found, mended))))
        presenter.finish()
    if mended is None:
        return for_ledger_check(repaired=False, clean=found.clean, lost=False, left=False)
    if found.clean:
        complain("the ledger is clean: there was nothing to repair")
    elif mended.aside is not None:
        complain(f"{_kept(mended.kept, found.lost)}; the damaged file is {mended.aside}")
    left = [stray.name for stray in found.stray if stray.name not in mended.removed]
    if mended.removed:
        complain(f"removed {len(mended.removed)} stray file{'' if len(mended.removed) == 1 else 's'}")
    if left:
        complain(f"could not remove: {', '.join(left)}")
    if found.lost != 0:
        complain("locks of the lost rows may still be held: davlock locks -r --owner davlock FOLDER/")
    return for_ledger_check(repaired=True, clean=found.clean, lost=found.lost != 0, left=bool(left))


def _kept(kept: int, lost: int | None) -> str:
    """How many rows a repair kept, and of how many."""
    if lost is None:
        return "no row can be read, and the file does not tell how many there were"
    total = kept + lost
    return f"kept {kept}{f' of {total}' if lost else ''} row{'' if total == 1 else 's'}"


@command.command("forget")
@click.argument("what", nargs=-1, metavar="[URL|TOKEN|RUN]...")
@click.option("--ended", is_flag=True, help="The locks that were released or lost.")
@click.option("--all", "everything", is_flag=True, help="Everything.")
@network_options
def forget(what: tuple[str, ...], ended: bool, everything: bool, shared: Shared) -> int:
    """Drop locks from the ledger, by URL, token or run id. The server is not asked, and keeps them.

    Exit status 1: there was nothing to forget.
    """
    if not (what or ended or everything):
        raise LocalProtocolError("nothing was named", "name a URL, a token or a run id, or use --ended or --all")
    names = tuple(urls_from(what))
    with open_ledger(shared) as ledger:
        chosen = tuple(
            entry
            for entry in ledger.entries()
            if everything
            or (ended and entry.state not in OPEN)
            or any(name in (entry.token, entry.run, f"<{entry.token}>") or _is_on(entry, name) for name in names)
        )
        ledger.forget(tuple(entry.run for entry in chosen))
        presenter = Presenter(
            "ledger", shared, rows=partial(ledger_lines, now=_now()), show=partial(show_rows, now=_now())
        )
        presenter.add(Result(target=None, extra=(("rows", [_row(entry, ledger) for entry in chosen]),)))
        presenter.finish()
    if not chosen:
        complain("the ledger has nothing of that kind")
    return for_success(bool(chosen))


def _is_on(entry: Entry, name: str) -> bool:
    return "://" in name and same_resource(entry.url, without_credentials(checked_url(name)))


def _chosen(ledger: Ledger, typed: list[str], states: tuple[State, ...]) -> tuple[Entry, ...]:
    wanted = [without_credentials(url) for url in typed]
    return tuple(
        entry
        for entry in ledger.entries(*states)
        if not typed or any(_at_or_below(entry.place, url) or entry.covers(url) for url in wanted)
    )


def _typed(urls: tuple[str, ...]) -> list[str]:
    """The URLs, with the user and password that may stand in them."""
    found = [checked_url(url) for url in urls_from(urls)]
    if urls and not found:
        raise LocalProtocolError("no URL was given on stdin", "pipe URLs to it, one a line")
    return found


def _address(entry: Entry, typed: list[str]) -> str:
    """Where the row's lock is, with the user and password of a URL that was typed for this server."""
    for url in typed:
        userinfo, at, _ = urlsplit(url).netloc.rpartition("@")
        if at and same_origin(without_credentials(url), entry.url):
            parts = urlsplit(entry.url)
            return urlunsplit(parts._replace(netloc=f"{userinfo}@{parts.netloc}"))
    return entry.url


def _at_or_below(place: str, url: str) -> bool:
    return same_resource(place, url) or is_ancestor(url, place)


def _print(entries: tuple[Entry, ...], what: str) -> int:
    held = [(entry, entry.lock_token) for entry in entries if entry.lock_token is not None]
    for entry, token in held:
        echo_for_script(token.uri if what == "token" else f"If: {IfHeader.tagged_with(entry.place, token)}")
    return for_success(bool(held))


def _verified(entry: Entry, address: str, shared: Shared, known: CommandKnowledge) -> tuple[Verified | str, ExitStatus]:
    try:
        with open_sender(shared, address) as send:
            verified = recovery.verify(send, entry, profiles=known.profiles)
    except (Cancelled, LocalProtocolError):
        raise
    except DavlockError as error:
        return str(error), for_error(error)
    if (refusal := login_refusal(shown(verified.report, known, silent=True).findings)) is not None:
        complain_with_login(f"{entry.url}: {verified.why}", refusal)
    return verified, for_reading(read_failure(verified.report.evidence))


def _recovered(
    entry: Entry, address: str, ledger: Ledger, shared: Shared, known: CommandKnowledge
) -> tuple[Result, ExitStatus]:
    ledger.login = entry.login
    if entry.login != login_for(shared, address):
        who = f"as {entry.login}" if entry.login else "without a user name"
        hint = f"-u {entry.login}" if entry.login else "no -u"
        recovered = Recovered(outcome=ReleaseOutcome.UNSURE, why=f"the lock was taken {who}: run this with {hint}")
        complain(f"{entry.url}: {recovered.why}")
        row = _row(entry, ledger, recovered=recovered)
        return Result(target=entry.url, extra=(("rows", [row]),)), for_unread(None)
    failed = for_unread(None)
    try:
        with open_sender(shared, address, WriteScope(url=entry.url, below=False)) as send:
            recovered = recovery.recover(send, entry, ledger, profiles=known.profiles)
    except Cancelled:
        raise
    except DavlockError as error:
        recovered = Recovered(outcome=ReleaseOutcome.UNSURE, why=str(error))
        failed = for_failed_recovery(error)
    row = _row(entry, ledger, recovered=recovered)
    report = recovered.report
    found = shown(report, known) if report is not None else Result(target=entry.url)
    found = replace(found, extra=(("rows", [row]),))
    if recovered.outcome in (ReleaseOutcome.RELEASED, ReleaseOutcome.ALREADY_GONE):
        return found, for_recovery(ended=True, code=failed)
    complain_with_login(f"{entry.url}: {recovered.outcome.value}: {recovered.why}", login_refusal(found.findings))
    for line in recovered.commands:
        complain(f"if the lock is yours, release it: {shell_line(line)}")
    code = for_doer(report, found.findings) if report is not None else failed
    return found, for_recovery(ended=False, code=code)


def _row(
    entry: Entry,
    ledger: Ledger,
    *,
    verified: Verified | str | None = None,
    recovered: Recovered | None = None,
) -> dict[str, object]:
    """One of ``rows`` in the contract."""
    holder = ledger.holder(entry)
    ends = entry.renewed_at + entry.seconds if entry.renewed_at is not None and entry.seconds is not None else None
    standing = verified.standing.value if isinstance(verified, Verified) else "unknown" if verified else None
    why = verified.why if isinstance(verified, Verified) else verified
    return {
        "run": entry.run,
        "url": entry.url,
        "login": entry.login,
        "lockroot": entry.root,
        "token": entry.token,
        "state": entry.state.value,
        "kept": entry.kept,
        "scope": entry.scope.value,
        "depth": entry.depth.value,
        "asked_at": _iso(entry.asked_at),
        "taken_at": _iso(entry.taken_at),
        "renewed_at": _iso(entry.renewed_at),
        "expires_at": _iso(ends),
        "ended_at": _iso(entry.ended_at),
        "timeout": {
            "as_sent": entry.timeout,
            "seconds": entry.seconds,
            "infinite": entry.timeout is not None and entry.seconds is None,
        },
        "host": entry.process.host,
        "pid": entry.process.pid,
        "process_runs": None if holder is Holder.ELSEWHERE else holder is Holder.RUNS,
        "standing": standing,
        "outcome": recovered.outcome.value if recovered is not None else None,
        "commands": [list(line) for line in recovered.commands] if recovered is not None else [],
        "why": recovered.why if recovered is not None else why,
    }


def _presenter(shared: Shared) -> Presenter:
    now = _now()
    return Presenter("ledger", shared, rows=partial(ledger_lines, now=now), show=partial(show_rows, now=now))


def _now() -> str:
    return _iso(time.time()) or ""


def _iso(moment: float | None) -> str | None:
    if moment is None:
        return None
    try:
        return iso(datetime.fromtimestamp(moment, UTC))
    except (OverflowError, ValueError, OSError):
        return None
