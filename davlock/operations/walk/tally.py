"""What a walk has read so far, what it has not, and why: the numbers, and the first of the reasons."""

from davlock.diagnosis.skipped import Skipped
from davlock.operations.walk.strategy import NOT_UNREAD, CollectionAnswer
from davlock.protocol.message import Exchange

MAX_LINES = 20
"""Collections that are named with the reason why they were not read; others are counted."""

MAX_EXCHANGES = 100
"""Exchanges that are kept to be shown, without the bodies."""


class Tally:
    """``start`` is the collection that is walked: what is named, is named as it reads from there."""

    def __init__(self, start: str) -> None:
        self.start = start
        self.collections = 0
        """Collections that were read."""
        self.resources = 0
        self.hidden = 0
        """Resources that did not tell whether they are locked."""
        self.omitted = 0
        """Resources without a lockdiscovery: they are hidden unless the walk shows that this means nothing."""
        self.unread = 0
        """Collections that were not read, although they may hold locks."""
        self.kept: list[Exchange] = []
        self._sent = 0
        self._outside = 0
        self._notes: list[Skipped] = []
        self._noted = 0
        self._unnamed_reasons: set[str] = set()
        """Reasons of those that are only counted: the first two."""

    def begin_again(self) -> None:
        """Nothing but the start was counted."""
        self.collections, self.resources, self.hidden, self.omitted = 0, 1, 0, 0

    def keep(self, exchange: Exchange) -> None:
        """One more exchange."""
        self._sent += 1
        if len(self.kept) < MAX_EXCHANGES:
            self.kept.append(exchange.without_body())

    def count_in(self, answer: CollectionAnswer) -> None:
        """The numbers of one answer."""
        self.resources += answer.members
        self.hidden += answer.hidden
        self.omitted += answer.omitted
        self._outside += answer.outside
        self.unread += answer.more_refused
        for url in answer.strange:
            self.left_out(url, "its decoded name may lead somewhere else")
        for url, status in answer.refused:
            self.refused(url, f"answered {status}", status)

    def refused(self, url: str, why: str, status: int | None) -> None:
        """A collection or a member that was asked for, and answered otherwise."""
        if status not in NOT_UNREAD:
            self.left_out(url, why)
        elif status == 508:
            self.note(self.shown(url), "is a loop, says the server (508); davlock did not follow it")
        else:
            self.note(self.shown(url), "is gone")

    def left_out(self, url: str, why: str) -> None:
        """A collection that was not read."""
        self.unread += 1
        self.note(self.shown(url), f"not read: {why}")

    def note(self, what: str, why: str) -> None:
        """A reason; of many, the first."""
        self._noted += 1
        if self._noted <= MAX_LINES:
            self._notes.append(Skipped(what, why))
        elif len(self._unnamed_reasons) < 2:
            self._unnamed_reasons.add(why)

    def shown(self, url: str) -> str:
        """``url`` as it reads from the start."""
        return url[len(self.start) :] if url.startswith(self.start) and url != self.start else url

    @property
    def undisclosed(self) -> bool:
        """Returns true if nothing told whether it is locked."""
        return self.resources > 0 and self.hidden >= self.resources

    @property
    def notes(self) -> tuple[Skipped, ...]:
        """All that is to be said of it."""
        notes = list(self._notes)
        if self._noted > MAX_LINES:
            more = self._noted - MAX_LINES
            reasons = {note.why for note in self._notes} & self._unnamed_reasons
            like = reasons.pop() if reasons == self._unnamed_reasons and len(reasons) == 1 else ""
            notes.append(Skipped("collections", f"{more} more like these", more=more, like=like))
        if self._outside:
            notes.append(Skipped("names", f"the server listed {self._outside} outside the tree; not followed"))
        if self.hidden and not self.undisclosed:
            why = f"{self.hidden} of {self.resources} resources do not show their locks"
            notes.append(Skipped("lockdiscovery", why))
        if self._sent > len(self.kept):
            words = f"the first {len(self.kept)} of {self._sent} are listed"
            notes.append(Skipped("exchanges", words, only_json=True))  # a table lists none
        return tuple(notes)


def said(exchange: Exchange | None) -> str:
    """What came of a request, in words; empty where it was not sent."""
    if exchange is None:
        return ""
    if exchange.response is None:
        return str(exchange.outcome)
    return f"answered {exchange.status} {exchange.response.reason}".rstrip()
