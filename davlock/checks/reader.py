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

WEAK = "weak entity tags alone"

UNREADABLE = "what was written cannot be read"


class CheckReader(CheckRequester):
    """Reads back what the server has after a request, and learns how it stores things."""

    def ask_without_login(self) -> None:
        """Find out, once the collection is there, whether the server tells users apart; where they have no login,
        nothing is asked.

        A server that does carries out no PUT that comes without a login.
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
        """What GET brings; ``None`` where there is nothing. A read that fails is tried once more.

        Raises CheckUnknown where it cannot be told.
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
            raise CheckUnknown(f"what is there now cannot be read: {answer(got)}", self.last)
        return got.response.body or b""

    def learn_storage(self) -> None:
        """Find out what comes back where nothing is locked, for what the checks write."""
        for content in (OLD, NEW):
            if content in self.storage.forms:
                continue
            url = self.name("stored")
            written = self.put(url, content)
            back = self.content(url) if went_well(written) else None
            if back is not None:
                self.storage.forms[content] = back

    def holds(self, url: str, content: bytes | None) -> bool:
        """Whether ``url`` has what comes back for ``content``. Raises CheckUnknown where it cannot be told."""
        return self._same(content, self.content(url))

    def _same(self, content: bytes | None, now: bytes | None) -> bool:
        if now != content and now and not self.storage.forms:
            self.learn_storage()
        return self.storage.same(content, now)

    def exists(self, url: str) -> bool:
        """Whether PROPFIND finds anything. Raises CheckUnknown where it cannot be told."""
        read = self.ask(requests.propfind(url, Depth.ZERO, ("{DAV:}resourcetype",)))
        if read.status in (404, 410):
            return False
        if read.status == 207:
            return True
        raise CheckUnknown(f"whether {url} is there could not be told: {answer(read)}", self.last)

    def locks(self, url: str, *, by: int = 0) -> tuple[ActiveLock, ...] | None:
        """The locks that lockdiscovery shows; ``None`` where it shows none that could be read."""
        return self.locks_in(self.ask(requests.propfind(url, Depth.ZERO, requests.LOCK_PROPERTIES), by=by), url)

    def locks_in(self, exchange: Exchange, url: str) -> tuple[ActiveLock, ...] | None:
        """The same in an answer that is there already."""
        evidence = from_exchanges([exchange], target=url, subject=None, guess=False, profiles=self.profiles)
        if not isinstance(evidence.locks, Known):
            return None
        return tuple(covering.lock for covering in evidence.covering)

    def not_shown(self) -> str:
        """Why the latest answer shows no lockdiscovery, in words."""
        last = self.exchanges[-1]
        if last.status == 207:
            try:
                read_multistatus_of(last.response or Response(status=207), last.request.url)
            except RemoteProtocolError as error:
                return f"the answer with lockdiscovery cannot be read: {error}"
        return "lockdiscovery is refused or missing"

    def etag_of(self, exchange: Exchange) -> EntityTag | None:
        """The entity tag in a header."""
        value = exchange.response.headers.get("ETag") if exchange.response is not None else None
        try:
            return parse_etag_leniently(value)[0] if value else None
        except RemoteProtocolError:
            return None

    def listed_etag(self, url: str) -> EntityTag | None:
        """The entity tag that PROPFIND shows."""
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
        """The entity tag of ``url``, strong if it becomes so: Apache's is weak for a second after a write.

        Raises CheckSkipped where there is none.
        """
        etag = self.etag_of(self.ask(requests.head(url))) or self.listed_etag(url)
        waited = 0.0
        while etag is not None and etag.weak and waited < WEAK_FOR and not self.notes.get(WEAK):
            self.pause(MOMENT)
            waited += MOMENT
            etag = self.etag_of(self.ask(requests.head(url))) or etag
        if etag is None:
            raise CheckSkipped("the server gives its files no entity tag", self.last)
        if etag.weak:
            self.notes[WEAK] = True
        return etag

    def strong_etag(self, url: str) -> EntityTag:
        """The entity tag of ``url``. Raises CheckSkipped where there is none, or a weak one."""
        etag = self.entity_tag(url)
        if etag.weak:
            raise CheckSkipped("the server gives its files weak entity tags alone, which never match", self.last)
        return EntityTag(etag.value)

    def shows(self, taken: ScratchLock, *, url: str | None = None) -> bool | None:
        """Whether lockdiscovery shows the lock; ``None`` where the server shows none."""
        if self.notes.get("hides-locks"):
            return None
        locks = self.locks(url or taken.url)
        return None if locks is None else taken.among(locks) is not None

    def multistatus(self, exchange: Exchange) -> Multistatus:
        """Its body. Raises CheckFailed where that is none."""
        response = exchange.response
        try:
            return read_multistatus_of(response or Response(status=207), exchange.request.url)
        except RemoteProtocolError as error:
            raise CheckFailed(f"{answer(exchange)}, and its body is no multistatus: {error.why}", self.last) from None
