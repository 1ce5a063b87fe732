"""Whether a server tells users apart: the one request of a command that leaves the person's login out."""

from davlock.cli.credentials import without_login
from davlock.cli.options import Shared
from davlock.cli.session import open_sender
from davlock.errors import DavlockError
from davlock.operations.anonymous import AnonymousReader, read_anonymously
from davlock.protocol.message import Exchange


def anonymous_reader(shared: Shared) -> AnonymousReader:
    """Asks as the person does, without what says who they are."""

    def ask(url: str) -> Exchange | None:
        try:
            with open_sender(without_login(shared), url) as send:
                return read_anonymously(send, url)
        except DavlockError:
            return None

    return AnonymousReader(ask, certificate=shared.cert is not None)
