"""``dataclass`` as in the standard library, for classes with slots, in an eighth of the time.

A command makes a hundred such classes before it sends a request. The standard library compiles six methods for each
frozen class: together that takes as long as importing httpx. Here it only reads the fields and makes the slots.
``__init__`` is compiled when a class has many values, because a command makes few values of most of its classes. The
classes share all other methods. For mypy and for :mod:`dataclasses` they are ordinary dataclasses.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any

FEW = 30
"""So many values of a class take about as long without a compiled ``__init__`` as compiling it."""

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: TID251 -- what is replaced here
else:

    def dataclass(*, slots: bool, frozen: bool = False, kw_only: bool = False) -> Callable[[type], type]:
        """Without ``slots=True``, use the standard library's."""
        return partial(_made, slots=slots, frozen=frozen, kw_only=kw_only)


def _made(cls: Any, *, slots: bool, frozen: bool, kw_only: bool) -> Any:
    compares_itself = "__eq__" in vars(cls)
    cls = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots, kw_only=kw_only)(cls)  # noqa: TID251
    fields = dataclasses.fields(cls)
    cls.__init__ = _init_later(cls, fields)
    cls.__signature__ = _SIGNATURE
    if "__repr__" not in vars(cls):
        cls.__repr__ = _repr
    if not compares_itself:
        cls.__eq__, cls.__hash__ = _comparison(fields)
    if not frozen:
        cls.__hash__ = None
        return cls
    cls.__setattr__, cls.__delattr__, cls.__setstate__ = _refuse_to_set, _refuse_to_delete, _restore
    return cls


def _init_later(cls: Any, fields: tuple[Field[Any], ...]) -> Any:
    """Return an ``__init__`` that fills a few values itself, and then puts a compiled one in its place."""
    places = [field.name for field in fields if field.init and not field.kw_only]
    made = 0

    def __init__(self: object, *values: object, **named: object) -> None:
        nonlocal made
        made += 1
        given = {**dict(zip(places, values, strict=False)), **named}
        if made > FEW or len(given) != len(values) + len(named) or not _filled(self, fields, given):
            # The compiled one also says what is wrong with the arguments.
            cls.__init__ = _init(cls, fields)
            cls.__init__(self, *values, **named)
        elif hasattr(cls, "__post_init__"):
            self.__post_init__()  # type: ignore[attr-defined]  # asked for above

    return __init__


class _Signature:
    """The arguments of a class for :mod:`inspect`, which cannot see them in an ``__init__`` that is not compiled."""

    def __get__(self, value: object, cls: Any) -> Any:
        if vars(cls).get("__signature__") is not self:
            raise AttributeError("__signature__")  # a subclass that is no such dataclass
        from inspect import signature

        init = signature(_init(cls, dataclasses.fields(cls)))
        return init.replace(parameters=tuple(init.parameters.values())[1:])


_SIGNATURE = _Signature()


def _filled(value: object, fields: tuple[Field[Any], ...], given: dict[str, object]) -> bool:
    """Fill the slots of ``value``. Return false if an argument is missing, or if there is one too many."""
    used = 0
    for field in fields:
        if field.init and field.name in given:
            content = given[field.name]
            used += 1
        elif field.default is not MISSING:
            content = field.default
        elif field.default_factory is not MISSING:
            content = field.default_factory()
        else:
            return False
        object.__setattr__(value, field.name, content)
    return used == len(given)


def _init(cls: Any, fields: tuple[Field[Any], ...]) -> Any:
    """Compile ``__init__``. It fills the slots directly, because a frozen value refuses ``self.x = x``."""
    names: dict[str, Any] = {"MISSING": MISSING}
    parameters, keywords, lines = ["self"], ["*"], []
    for field in fields:
        name = value = field.name
        names[f"set_{name}"] = getattr(cls, name).__set__
        default = ""
        if field.default is not MISSING:
            names[f"default_{name}"] = field.default
            default = f"=default_{name}"
        elif field.default_factory is not MISSING:
            names[f"make_{name}"] = field.default_factory
            default = "=MISSING"
            value = f"make_{name}() if {name} is MISSING else {name}" if field.init else f"make_{name}()"
        if field.init:
            (keywords if field.kw_only else parameters).append(f"{name}{default}")
        lines.append(f"set_{name}(self, {value})")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    if len(keywords) > 1:
        parameters += keywords
    exec(f"def __init__({', '.join(parameters)}):\n {'; '.join(lines) or 'pass'}", names)  # noqa: S102 -- our own text
    init = names["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


def _comparison(fields: tuple[Field[Any], ...]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    compared = attrgetter("__class__", *(field.name for field in fields if field.compare))
    hashed = attrgetter("__class__", *(field.name for field in fields if field.compare and field.hash is not False))

    def __eq__(self: object, other: object) -> Any:
        return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

    def __hash__(self: object) -> int:
        return hash(hashed(self))

    return __eq__, __hash__


def _repr(self: Any) -> str:
    shown = (f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self) if field.repr)
    return f"{self.__class__.__qualname__}({', '.join(shown)})"


def _refuse_to_set(self: object, name: str, value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _restore(self: object, state: tuple[None, dict[str, object]]) -> None:
    """Fill a copy, or a value that was pickled: both bypass ``__init__``."""
    for name, value in state[1].items():
        object.__setattr__(self, name, value)
