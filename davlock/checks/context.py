"""What a check gets: one scratch collection, with ways to send, to read back and to judge the answers."""

from davlock.checks.outcomes import CheckFailed, CheckUnknown
from davlock.checks.reader import UNREADABLE, CheckReader
from davlock.checks.requester import NEW
from davlock.checks.storage import difference
from davlock.operations.answers import refusal
from davlock.operations.probe import went_well
from davlock.operations.scratch import OLD
from davlock.protocol.message import Exchange


class CheckContext(CheckReader):
    """One scratch collection, as checks see it. The methods here demand an outcome of a request."""

    def warn(self, why: str, subject: int | None = None) -> None:
        """Notes that the effect is right, but the answer is not."""
        self.warnings.append((why, self.last if subject is None else subject))

    def refused(
        self,
        exchange: Exchange,
        url: str,
        kept: bytes | None = OLD,
        *,
        status: tuple[int, ...] = (423,),
        what: str | None = None,
    ) -> None:
        """Demands that the server refused the write with one of ``status``, and kept the content of ``url``. If
        nothing can be read, the answer decides.
        """
        subject, what = self.last, what or exchange.request.method
        try:
            same = self.holds(url, kept)
        except CheckUnknown as error:
            if went_well(exchange):
                raise
            if not self.notes.get(UNREADABLE):
                self.warn(error.why)
            same = True
        if not same:
            raise CheckFailed(f"the server carried out {what} ({exchange.status}), which it must refuse", subject)
        self._expect(exchange, status, what, subject)

    def _expect(self, exchange: Exchange, status: tuple[int, ...], what: str, subject: int) -> None:
        if exchange.status in status:
            return
        wanted = " or ".join(map(str, status))
        if exchange.response is not None and exchange.response.ok and exchange.status != 207:
            self.warn(
                f"the server answered {exchange.status} to {what} and changed nothing; {wanted} would say so", subject
            )
        elif not (exchange.status == 207 and any(code in self._codes(exchange) for code in status)):
            self.warn(f"the server refused {what} with {exchange.status}, not {wanted}", subject)

    def _codes(self, exchange: Exchange) -> frozenset[int]:
        """Returns the statuses of the members of a multistatus."""
        try:
            return frozenset(
                element.status for element in self.multistatus(exchange).responses if element.status is not None
            )
        except CheckFailed:
            return frozenset()

    def done(self, exchange: Exchange, url: str, now: bytes = NEW, *, what: str | None = None) -> None:
        """Demands that the server carried out the write: it says so, and ``url`` contains ``now``. If nothing can be
        read, the answer decides.
        """
        subject, what = self.last, what or exchange.request.method
        if not went_well(exchange):
            raise CheckFailed(refusal(exchange, what), subject)
        try:
            back = self.content(url)
        except CheckUnknown:
            if self.notes.get(UNREADABLE):
                return
            raise
        if not self._same(now, back):
            before = OLD if now != OLD else NEW
            unchanged = back is not None and self._same(before, back)
            how = "wrote nothing" if unchanged else difference(now, back)
            raise CheckFailed(f"the server answered {exchange.status} to {what}, and {how}", subject)

    def denied(self, exchange: Exchange, *, status: tuple[int, ...], what: str) -> None:
        """Demands that the server refused a request that changes no content."""
        if went_well(exchange):
            raise CheckFailed(f"the server accepted {what} ({exchange.status}), which it must refuse", self.last)
        if exchange.status not in status and not (
            exchange.status == 207 and any(code in self._codes(exchange) for code in status)
        ):
            self.warn(f"the server refused {what} with {exchange.status}, not {' or '.join(map(str, status))}")
