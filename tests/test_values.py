"""Values behave as the standard library's dataclasses do."""

import copy
import dataclasses
import inspect
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field, replace
from functools import partial
from typing import Any

import pytest

from davlock import values


def _kinds(dataclass: Any) -> tuple[type, ...]:
    """One class for each thing that davlock's values use, made by ``dataclass``."""

    @dataclass(frozen=True, slots=True)
    class Tag:
        value: str
        weak: bool = False
        as_sent: str = field(default="", compare=False, kw_only=True)

        def __post_init__(self) -> None:
            object.__setattr__(self, "as_sent", self.as_sent or self.value)

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Login:
        user: str
        password: str = field(repr=False)
        fields: dict[str, str] = field(default_factory=dict, hash=False)
        seen: list[str] = field(init=False, repr=False, compare=False, default_factory=list)

    @dataclass(frozen=True, slots=True)
    class Nothing:
        pass

    @dataclass(frozen=True, slots=True)
    class Named:
        name: str

        def __repr__(self) -> str:
            return self.name

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Named) and other.name.lower() == self.name.lower()

        def __hash__(self) -> int:
            return hash(self.name.lower())

    @dataclass(slots=True)
    class Tally:
        count: int = 0

    return Tag, Login, Nothing, Named, Tally


OURS, STANDARD = _kinds(values.dataclass), _kinds(dataclasses.dataclass)

CALLS: tuple[tuple[int, tuple[object, ...], dict[str, object]], ...] = (
    (0, ("a",), {}),
    (0, ("a", True), {"as_sent": 'W/"a"'}),
    (0, (), {}),
    (0, ("a", True, "a"), {}),
    (1, (), {"user": "a", "password": "b"}),
    (1, (), {"user": "a", "password": "b", "fields": {"c": "d"}}),
    (1, ("a", "b"), {}),
    (1, (), {"user": "a", "password": "b", "seen": []}),
    (2, (), {}),
    (2, ("a",), {}),
    (3, ("A",), {}),
    (4, (), {}),
    (4, (2,), {}),
)


def _outcome(act: Callable[[], object]) -> object:
    try:
        return repr(act())
    except (TypeError, FrozenInstanceError, ValueError) as error:
        return type(error), str(error)


def _asked(ask: Callable[[Any], object], make: Callable[[], Any]) -> object:
    return ask(make())


def _call(kind: type, arguments: tuple[object, ...], named: dict[str, object]) -> Callable[[], Any]:
    return lambda: kind(*arguments, **named)


@pytest.mark.parametrize("few", [0, values.FEW], ids=["compiled", "not compiled"])
@pytest.mark.parametrize(("kind", "arguments", "named"), CALLS)
def test_a_value_is_made_shown_and_kept_as_by_the_standard_library(
    kind: int, arguments: tuple[object, ...], named: dict[str, object], few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(values, "FEW", few)
    ours, standard = (_call(kinds[kind], arguments, named) for kinds in (_kinds(values.dataclass), STANDARD))
    assert _outcome(ours) == _outcome(standard)
    if isinstance(_outcome(ours), tuple):
        return
    for ask in (
        lambda value: vars(type(value))["__slots__"],
        dataclasses.astuple,
        lambda value: value.__match_args__,
        lambda value: inspect.signature(type(value)).parameters.keys(),
        lambda value: setattr(value, dataclasses.fields(value)[0].name, 1) if dataclasses.fields(value) else None,
        lambda value: delattr(value, dataclasses.fields(value)[0].name) if dataclasses.fields(value) else None,
        lambda value: type(value).__hash__ is None,
        copy.deepcopy,
        replace,
    ):
        assert _outcome(partial(_asked, ask, ours)) == _outcome(partial(_asked, ask, standard))


def test_values_are_equal_by_what_they_compare() -> None:
    for tag, login, nothing, named, tally in (OURS, STANDARD):
        assert tag("a", as_sent="b") == tag("a", as_sent="c") != tag("b")
        assert {tag("a"), tag("a", as_sent="c"), nothing(), nothing(), named("A"), named("a")} == {
            tag("a"),
            nothing(),
            named("A"),
        }
        assert login(user="a", password="b", fields={"a": "b"}) != login(user="a", password="b")
        assert hash(login(user="a", password="b", fields={"a": "b"})) == hash(login(user="a", password="b"))
        assert tally(1) == tally(1) != tag(1)
        assert tag("a").__eq__("a") is NotImplemented


def test_a_value_can_be_pickled() -> None:
    from davlock.protocol.headers import EntityTag

    tag = EntityTag("a", as_sent='W/"a"')
    assert pickle.loads(pickle.dumps(tag)).as_sent == tag.as_sent  # noqa: S301 -- made a line above
