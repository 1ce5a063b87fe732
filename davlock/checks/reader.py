"""What checks read back: contents, locks and entity tags."""

from davlock.checks.outcomes import CheckFailed, CheckSkipped, CheckUnknown
from davlock.checks.requester import MOMENT, NEW, CheckRequester
from davlock.checks.storage import bare
from davlock.diagnosis.build_evidence import from_exchanges
from davlock.diagnosis.fact import Known
from davlock.errors import DavlockError, RemoteProtocolError
from davlock.operations.answers import answer
from davlock.operations.probe import went_well
from davlock.operations.scratch import GONE, OLD
from davlock.operations.scratch_locks import ScratchLock
from davlock.protocol import requests
from davlock.protocol.headers import EntityTag, parse_etag_leniently
from davlock.protocol.lock import ActiveLock, Depth
from davlock.protocol.message import Exchange, Response
from davlock.protocol.multistatus import Multistatus
from davlock.protocol.precondition import read_multistatus_of

WEAK_FOR = 2.1
"""Seconds for which a server may give a weak entity tag to what was just written."""

WEAK = "only weak entity tags"

UNREADABLE = "written files cannot be read"


class CheckReader(CheckRequester):
    """Reads back the server's state after a request, and learns how it stores content."""

    def ask_without_login(self) -> None:
        """Finds out, once the collection exists, if the server tells users apart. Without a login nothing is sent.

        A server that tells users apart refuses a PUT that comes without a login.
        """
        if self._anonymous is None or not self.made:
            return
        self._require_time()
        send, self._anonymous = self._anonymous, None
        url = self.name("anonymous")
        try:
            asked = send(requests.put(url, OLD, content_type="text/plain"))
            self.exchanges.append(asked)
            number = self.last
            # Line ends that the server changes tell nothing about who may write.
            if went_well(asked) and bare(self.content(url) or b"") == bare(OLD):
                self.one_user = number
        except (DavlockError, CheckUnknown):
            return

    def content(self, url: str, *, by: int = 0) -> bytes | None:
        """Returns what GET brings; ``None`` if there is nothing. A read that fails is repeated once.

        Raises CheckUnknown if neither read succeeds.
        """
        try:
            got = self.ask(requests.get(url), by=by)
        except CheckUnknown:
            got = None
        if got is None or not (got.status in GONE or went_well(got)):
            got = self.ask(requests.get(url), by=by)
        if got.status in GONE:
            return None
        if got.response is None or not went_well(got):
            raise CheckUnknown(f"davlock cannot read the content: {answer(got)}", self.last)
        return got.response.body or b""

    def learn_storage(self) -> None:
        """Finds out what the server returns for what the checks write, on unlocked files."""
        for content in (OLD, NEW):
            if content in self.storage.forms:
                continue
            url = self.name("stored")
            written = self.put(url, content)
            back = self.content(url) if went_well(written) else None
            if back is not None:
                self.storage.forms[content] = back

    def holds(self, url: str, content: bytes | None) -> bool:
        """Whether ``url`` contains ``content`` as the server stores it. Raises CheckUnknown if it cannot be read."""
        return self._same(content, self.content(url))

    def _same(self, content: bytes | None, now: bytes | None) -> bool:
        if now != content and now:
            self.learn_storage()
        return self.storage.same(content, now)

    def exists(self, url: str) -> bool:
        """Whether PROPFIND finds anything. Raises CheckUnknown if its answer does not say."""
        read = self.ask(requests.propfind(url, Depth.ZERO, ("{DAV:}resourcetype",)))
        if read.status in (404, 410):
            return False
        if read.status == 207:
            return True
        raise CheckUnknown(f"davlock cannot find out if {url} exists: {answer(read)}", self.last)

    def locks(self, url: str, *, by: int = 0) -> tuple[ActiveLock, ...] | None:
        """Returns the locks in lockdiscovery; ``None`` if it cannot be read."""
        return self.locks_in(self.ask(requests.propfind(url, Depth.ZERO, requests.LOCK_PROPERTIES), by=by), url)

    def locks_in(self, exchange: Exchange, url: str) -> tuple[ActiveLock, ...] | None:
        """Returns the locks that an answer shows for ``url``; ``None`` if it has no readable lockdiscovery."""
        evidence = from_exchanges([exchange], target=url, subject=None, guess=False, profiles=self.profiles)
        if not isinstance(evidence.locks, Known):
            return None
        return tuple(covering.lock for covering in evidence.covering)

    def not_shown(self) -> str:
        """Returns why the latest answer shows no lockdiscovery, as a clause."""
        last = self.exchanges[-1]
        if last.status == 207:
            try:
                read_multistatus_of(last.response or Response(status=207), last.request.url)
            except RemoteProtocolError as error:
                return f"davlock cannot read the answer with lockdiscovery: {error}"
        return "the server refuses or omits lockdiscovery"

    def etag_of(self, exchange: Exchange) -> EntityTag | None:
        """Returns the entity tag in the ETag header; ``None`` if there is none."""
        value = exchange.response.headers.get("ETag") if exchange.response is not None else None
        try:
            return parse_etag_leniently(value)[0] if value else None
        except RemoteProtocolError:
            return None

    def listed_etag(self, url: str) -> EntityTag | None:
        """Returns the entity tag that PROPFIND shows; ``None`` if it shows none."""
        asked = self.ask(requests.propfind(url, Depth.ZERO, ("{DAV:}getetag",)))
        if asked.status != 207:
            return None
        for element in self.multistatus(asked).responses:
            for propstat in element.propstats:
                for prop in propstat.properties:
                    if propstat.status == 200 and prop.name == "{DAV:}getetag" and prop.text:
                        return parse_etag_leniently(prop.text)[0]
        return None

    def entity_tag(self, url: str) -> EntityTag:
        """Returns the entity tag of ``url``, and waits for a strong one: Apache's is weak for a second after a write.

        Raises CheckSkipped if there is none.
        """
        etag = self.etag_of(self.ask(requests.head(url))) or self.listed_etag(url)
        waited = 0.0
        while etag is not None and etag.weak and waited < WEAK_FOR and not self.notes.get(WEAK):
            self.pause(MOMENT)
            waited += MOMENT
            etag = self.etag_of(self.ask(requests.head(url))) or etag
        if etag is None:
            raise CheckSkipped("the server gives files no entity tag", self.last)
        if etag.weak:
            self.notes[WEAK] = True
        return etag

    def strong_etag(self, url: str) -> EntityTag:
        """Returns the entity tag of ``url``. Raises CheckSkipped if it has none, or a weak one."""
        etag = self.entity_tag(url)
        if etag.weak:
            raise CheckSkipped("the server gives files only weak entity tags, which never match", self.last)
        return EntityTag(etag.value)

    def shows(self, taken: ScratchLock, *, url: str | None = None) -> bool | None:
        """Whether lockdiscovery shows the lock; ``None`` if the server hides its locks."""
        if self.notes.get("hides-locks"):
            return None
        locks = self.locks(url or taken.url)
        return None if locks is None else taken.among(locks) is not None

    def multistatus(self, exchange: Exchange) -> Multistatus:
        """Returns the multistatus in an answer. Raises CheckFailed if its body is something else."""
        response = exchange.response
        try:
            return read_multistatus_of(response or Response(status=207), exchange.request.url)
        except RemoteProtocolError as error:
            raise CheckFailed(f"{answer(exchange)}, but its body is no multistatus: {error.why}", self.last) from None
