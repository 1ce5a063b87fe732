"""What a listing does not show."""

from davlock.cli.output import complain
from davlock.operations.listing import Listing
from davlock.render.plural import count
from davlock.render.result import Result


def complain_of_the_undecided(found: Result, *, on_screen: bool) -> bool:
    """Whether nobody can say of some locks if they belong in the list; says so, and why.

    ``on_screen``: a screen shows the result, and says it itself where it has no lock to show.
    """
    kept_back = found.filtered
    if kept_back is None or not kept_back.unknown:
        return False
    if found.locks or not on_screen:
        one = kept_back.unknown == 1
        locks = f"{count(kept_back.unknown, 'lock')} may belong here, and {'is' if one else 'are'} not listed"
        complain(f"{found.target}: {locks}: {'' if one else 'each because '}{kept_back.why_unknown}")
    return True


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
