"""What a listing does not show."""

from davlock.cli.output import complain
from davlock.operations.listing import Listing


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
