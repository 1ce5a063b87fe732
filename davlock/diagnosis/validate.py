"""Whether a value that somebody else's code made is what its annotations promise.

Python does not ask, and a finding with a number for a headline would only fail when it is shown.
"""

import math
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin

from davlock.applications.application import Application
from davlock.diagnosis.rule import Match, Rule
from davlock.servers.profile import Profile

Made = TypeVar("Made", Match, Rule, Profile, Application)


def checked(value: object, wanted: type[Made], where: str) -> Made:
    """``value``, if it is a ``wanted`` and all that it holds is of the types that the dataclass names.

    Numbers must be finite, as in JSON. Raises TypeError, which names the first part that is something else; ``where``
    is the name of the whole.
    """
    if not isinstance(value, wanted):
        raise TypeError(_not_one(value, wanted, where))
    _require_fields(value, wanted, where)
    return value


def _require_fields(value: object, wanted: Any, where: str) -> None:
    for field in fields(wanted):
        _require(getattr(value, field.name), field.type, f"{where}.{field.name}")


def _require(value: object, wanted: Any, where: str) -> None:
    if isinstance(wanted, UnionType):
        wanted = next((option for option in get_args(wanted) if _is_one(value, option)), wanted)
    if not _is_one(value, wanted):
        raise TypeError(_not_one(value, wanted, where))
    inner = get_args(wanted)
    if isinstance(value, tuple) and inner:
        kinds = inner[:1] * len(value) if inner[-1] is Ellipsis else inner
        if len(kinds) != len(value):
            raise TypeError(f"{where} has {len(value)} parts and not {len(kinds)}")
        for number, (entry, kind) in enumerate(zip(value, kinds, strict=True)):
            _require(entry, kind, f"{where}[{number}]")
    elif is_dataclass(wanted):
        _require_fields(value, wanted, where)


def _is_one(value: object, wanted: Any) -> bool:
    """Whether ``value`` is one, without a look at what it holds. A union that is still one has no option that fits."""
    kind = get_origin(wanted) or wanted
    if kind is UnionType:
        return False
    if kind is Callable:
        return callable(value)
    if kind in (int, float):
        return isinstance(value, (int, kind)) and not isinstance(value, bool) and math.isfinite(value)
    return isinstance(value, kind)


def _not_one(value: object, wanted: Any, where: str) -> str:
    shown = repr(value) if value is None or isinstance(value, int | float) else f"of type {type(value).__name__}"
    return f"{where} is {shown} and not {wanted.__name__ if isinstance(wanted, type) else wanted}"
