"""Whose refusal it is, if not WebDAV's. The applications are loaded when something was refused, and not before."""

from collections.abc import Iterable

from davlock.applications.application import Application, ApplicationRefusal, read_refusal
from davlock.applications.refused_request import RefusedRequest
from davlock.protocol.message import Exchange


def recognise_application(exchange: Exchange, added: tuple[Application, ...] = ()) -> ApplicationRefusal | None:
    """Returns what an application says in the refusal of ``exchange``: the first that fits of those that plug-ins
    ``added``, and of davlock's own.
    """
    refused = RefusedRequest.of(exchange)
    if refused is None:
        return None
    from davlock.applications.registry import APPLICATIONS

    return _first((*added, *APPLICATIONS), refused)


def recognise_by_words(exchange: Exchange) -> ApplicationRefusal | None:
    """Returns what the words of the refusal say, where nothing in the exchanges is WebDAV's."""
    refused = RefusedRequest.of(exchange)
    if refused is None:
        return None
    from davlock.applications.registry import BY_WORDS

    return _first(BY_WORDS, refused)


def _first(applications: Iterable[Application], refused: RefusedRequest) -> ApplicationRefusal | None:
    return next(filter(None, (read_refusal(application, refused) for application in applications)), None)
