"""What a clean-up is to do, as it was typed and as a journal keeps it."""

from collections.abc import Callable
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from davlock.cli.filter_options import pattern, place
from davlock.cli.shard_option import parse_shard
from davlock.diagnosis.lock_filter import Selection
from davlock.operations.walk.shard import Shard
from davlock.own_files.fields import Damage, flag, items, number, optional, prose, web_address, whole
from davlock.protocol.lock import LockScope
from davlock.protocol.url import without_credentials
from davlock.values import dataclass

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
    shard: str | None = None

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

    @property
    def part(self) -> Shard | None:
        """The part of the tree to read. Raises LocalProtocolError where a journal names none."""
        return parse_shard(self.shard)

    def as_dict(self) -> dict[str, object]:
        """For a journal, which keeps no passwords."""
        kept = {name: getattr(self, name) for name in self.__dataclass_fields__}
        under = None if self.under is None else without_credentials(self.under)
        return {**kept, "urls": [without_credentials(url) for url in self.urls], "under": under}

    @classmethod
    def of(cls, settings: dict[str, object]) -> "Settings":
        """From a journal. Raises Damage for what :meth:`as_dict` did not write: a lost name is a criterion less."""
        kinds = get_type_hints(cls)
        for name in settings.keys() ^ kinds.keys():
            what = "it is missing" if name in kinds else "it is no setting"
            raise Damage(f"settings: {name}", f"{what}, as in a journal of another version")
        return cls(**{name: _checked(name, kinds[name], value) for name, value in settings.items()})


def _checked(name: str, kind: Any, value: object) -> Any:
    """``value`` as the setting ``name`` of this type keeps it."""
    field = f"settings: {name}"
    if name == "jobs":
        return optional(lambda at, jobs: whole(at, jobs, least=1, most=64), field, value)
    if get_origin(kind) is tuple:
        return tuple(web_address(field, url) for url in items()(field, value))
    if value is None and NoneType in get_args(kind):
        return None
    (plain,) = (choice for choice in get_args(kind) or (kind,) if choice is not NoneType)
    return _CHECKS[plain](field, value)


_CHECKS: dict[Any, Callable[[str, object], object]] = {bool: flag, int: whole, float: number, str: prose}
