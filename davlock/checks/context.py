"""What a check is given: one scratch collection, ways to ask and read in it, and to judge what was answered."""

from davlock.checks.outcomes import CheckFailed, CheckUnknown
from davlock.checks.reader import UNREADABLE, CheckReader
from davlock.checks.requester import NEW
from davlock.checks.storage import difference
from davlock.operations.answers import answer
from davlock.operations.probe import went_well
from davlock.operations.scratch import OLD
from davlock.protocol.message import Exchange


class CheckContext(CheckReader):
    """One scratch collection, as checks see it. The methods here say what must have come of a request."""

    def warn(self, why: str, subject: int | None = None) -> None:
        """The effect is right, and the answer is not."""
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
        """The write must have been refused: with one of ``status``, and the content of ``url`` is what it was. Where
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
            raise CheckFailed(f"{what} was carried out (answered {exchange.status}) and had to be refused", subject)
        self._expect(exchange, status, what, subject)

    def _expect(self, exchange: Exchange, status: tuple[int, ...], what: str, subject: int) -> None:
        if exchange.status in status:
            return
        wanted = " or ".join(map(str, status))
        if exchange.response is not None and exchange.response.ok and exchange.status != 207:
            self.warn(f"{what} was answered {exchange.status} and not carried out; {wanted} says so", subject)
        elif not (exchange.status == 207 and any(code in self._codes(exchange) for code in status)):
            self.warn(f"{what} was refused with {exchange.status}, not {wanted}", subject)

    def _codes(self, exchange: Exchange) -> frozenset[int]:
        """Those of the members of a multistatus."""
        try:
            return frozenset(
                element.status for element in self.multistatus(exchange).responses if element.status is not None
            )
        except CheckFailed:
            return frozenset()

    def done(self, exchange: Exchange, url: str, now: bytes = NEW, *, what: str | None = None) -> None:
        """The write must have been carried out: answered so, and the content of ``url`` is ``now``. Where it is known
        that nothing can be read, the answer decides.
        """
        subject, what = self.last, what or exchange.request.method
        if not went_well(exchange):
            raise CheckFailed(f"{what} was refused: {answer(exchange)}", subject)
        try:
            back = self.content(url)
        except CheckUnknown:
            if self.notes.get(UNREADABLE):
                return
            raise
        if not self._same(now, back):
            before = OLD if now != OLD else NEW
            unchanged = back is not None and self._same(before, back)
            how = "nothing was written" if unchanged else difference(now, back)
            raise CheckFailed(f"{what} was answered {exchange.status}, and {how}", subject)

    def denied(self, exchange: Exchange, *, status: tuple[int, ...], what: str) -> None:
        """What has no content to look at must have been refused."""
        if went_well(exchange):
            raise CheckFailed(f"{what} was answered {exchange.status} and had to be refused", self.last)
        if exchange.status not in status and not (
            exchange.status == 207 and any(code in self._codes(exchange) for code in status)
        ):
            self.warn(f"{what} was refused with {exchange.status}, not {' or '.join(map(str, status))}")
