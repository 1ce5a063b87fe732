"""What a clean-up is to do, as it was typed and as a journal keeps it."""

from dataclasses import dataclass
from typing import Any

from davlock.cli.criteria import pattern, place
from davlock.diagnosis.selection import Selection
from davlock.protocol.lock import LockScope
from davlock.protocol.url import without_credentials

HOUR = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the person asked for: the part of it that a journal keeps."""

    urls: tuple[str, ...]
    owner: str | None = None
    scope: str | None = None
    infinite: bool = False
    expires_within: float | None = None
    expires_after: float | None = None
    mine: bool = False
    under: str | None = None
    older_than: float | None = None
    assume_old: bool = False
    unrenewed_for: float | None = None
    even_if_alive: bool = False
    everything: bool = False
    first_look: str | None = None
    wait: float = HOUR
    limit: int | None = None
    jobs: int | None = None
    """Requests at a time. Where nothing was said, a tree is read with several, and locks are released one by one."""
    interactive: bool = False

    def selection(self, url: str) -> Selection:
        """The criteria, for the locks below ``url``. Raises LocalProtocolError where one makes no sense."""
        owner = pattern(self.owner)
        return Selection(
            owner=owner,
            scope=LockScope(self.scope) if self.scope is not None else None,
            infinite=self.infinite,
            expires_within=self.expires_within,
            expires_after=self.expires_after,
            mine=self.mine,
            under=place(url, self.under),
            older_than=self.older_than,
            assume_old=self.assume_old,
        )

    def as_dict(self) -> dict[str, object]:
        """For a journal, which keeps no passwords."""
        kept = {name: getattr(self, name) for name in self.__dataclass_fields__}
        under = None if self.under is None else without_credentials(self.under)
        return {**kept, "urls": [without_credentials(url) for url in self.urls], "under": under}

    @classmethod
    def of(cls, record: dict[str, Any]) -> "Settings":
        """From a journal."""
        known = {name: value for name, value in record.items() if name in cls.__dataclass_fields__}
        return cls(**{**known, "urls": tuple(known["urls"])})
