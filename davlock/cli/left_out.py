"""What a listing does not show."""

from davlock.cli.output import complain
from davlock.operations.listing import Listing
from davlock.render.plural import count
from davlock.render.result import Result


def complain_of_the_undecided(found: Result, why: str) -> bool:
    """Whether nobody can say of some locks if they belong in the list; says so, and ``why``."""
    unknown = found.filtered.unknown if found.filtered is not None else 0
    if unknown:
        each = "" if unknown == 1 else "each because "
        complain(
            f"{found.target}: {count(unknown, 'lock')} may belong here, and {'is' if unknown == 1 else 'are'} not"
            f" listed: {each}{why}"
        )
    return unknown > 0


def complain_of_the_left_out(found: Listing, *, instead: str = "name a smaller collection") -> bool:
    """Whether not all of a listing is shown; says so.

    ``instead`` is what to do where the server left members out.
    """
    if found.unread:
        complain(f"{found.target}: not all of its members were read: {found.unread}; {instead}")
    if not found.dropped:
        return bool(found.unread)
    way = "davlock propfind --format tsv shows all" if found.properties else "name a smaller collection"
    complain(f"{found.target}: {found.dropped} of {found.resources} resources are left out; {way}")
    return True
