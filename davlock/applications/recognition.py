"""Whose refusal it is, if not WebDAV's. The applications are loaded when something was refused, and not before."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from davlock.protocol.message import Exchange

if TYPE_CHECKING:
    from davlock.applications.application import Application, ApplicationRefusal


def recognise_application(exchange: Exchange, added: "tuple[Application, ...]" = ()) -> "ApplicationRefusal | None":
    """Returns what an application says in the refusal of ``exchange``: the first that fits of those that plug-ins
    ``added``, and of davlock's own.
    """
    if not _is_refused(exchange):
        return None
    from davlock.applications.registry import APPLICATIONS

    return _first((*added, *APPLICATIONS), exchange)


def recognise_by_words(exchange: Exchange) -> "ApplicationRefusal | None":
    """Returns what the words of the refusal say, where nothing in the exchanges is WebDAV's."""
    if not _is_refused(exchange):
        return None
    from davlock.applications.registry import BY_WORDS

    return _first(BY_WORDS, exchange)


def _is_refused(exchange: Exchange) -> bool:
    return exchange.response is not None and exchange.response.status >= 400


def _first(applications: "Iterable[Application]", exchange: Exchange) -> "ApplicationRefusal | None":
    from davlock.applications.application import read_refusal
    from davlock.applications.refused_request import RefusedRequest

    refused = RefusedRequest.of(exchange)
    if refused is None:
        return None
    return next(filter(None, (read_refusal(application, refused) for application in applications)), None)
