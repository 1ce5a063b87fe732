"""Remove the scratch collections that killed runs left: --clean-up."""

import time
from contextlib import ExitStack

import click

from davlock.checks.leftovers import left_by_others, list_below
from davlock.cli.check_run import clean_up_command, collection_url, no_limit, scratch_scopes, scratch_users
from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.exit_status import ExitStatus, for_scratch_removal, for_success, for_unread
from davlock.cli.options import Shared
from davlock.cli.output import complain
from davlock.cli.refused_login import complain_with_login, login_refusal
from davlock.cli.session import open_sender
from davlock.diagnosis.build_evidence import from_exchanges
from davlock.operations.answers import answer
from davlock.operations.read_failure import listing_failure
from davlock.operations.scratch import ScratchCollection


def remove_leftovers(url: str, shared: Shared, known: CommandKnowledge, user2: str | None) -> ExitStatus:
    """Removes scratch collections that other runs left, and touches nothing else below ``url``."""
    target, budget = collection_url(url), shared.budget
    limit = budget.clean_up if budget is not None else no_limit
    with open_sender(shared, url) as send:
        listed = list_below(send, target)
    if listed.response is None or listed.status != 207:
        diagnosis = known.judge(from_exchanges((listed,), target=target, subject=0))
        complain_with_login(f"{target}: {answer(listed)}", login_refusal(diagnosis.findings))
        return for_unread(listing_failure(listed), missing=listed.status == 404)
    left_names = left_by_others(listed, target)
    clean = True
    for number, name in enumerate(left_names):
        if budget is not None:
            budget.end_clean_up()
            if budget.time_is_up:
                complain(f"{budget.words()}: davlock left {len(left_names) - number} collections below {target}")
                return for_scratch_removal(removed=number)
        with ExitStack() as stack:
            users = scratch_users(url, shared, user2, scratch_scopes(target, name), stack)
            collection = ScratchCollection(
                users,
                target,
                name,
                sleep=time.sleep,
                clock=time.monotonic,
                profiles=known.profiles,
                again=clean_up_command(shared, target),
                foreign=True,
                limit=limit,
            )
            if not shared.quiet:
                complain(f"removing {collection.url} with all its locks and files")
            left = collection.remove()
            for skipped in collection.skipped:
                complain(skipped.why)
            if left:
                complain(left)
                clean = False
            else:
                click.echo(f"removed\t{collection.url}")
    if not left_names and not shared.quiet:
        complain(f"there is nothing to remove below {target}")
    return for_success(clean)
