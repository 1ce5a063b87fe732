"""httpcore without what davlock does not use: ``from davlock.transport.httpcore_import import httpcore``.

Half of httpcore is its asynchronous twin, and a part is for SOCKS proxies and for tests. Each takes time to import, as
do two libraries that only these parts need. Here they are imported when somebody asks for their names: a program that
uses ``import davlock`` may have an ``httpx.AsyncClient``, too.
"""

import sys
from functools import partial
from importlib import import_module
from types import ModuleType

__all__ = ["httpcore"]

_PARTS = {
    "httpcore._async": (
        "AsyncConnectionInterface",
        "AsyncConnectionPool",
        "AsyncHTTP11Connection",
        "AsyncHTTP2Connection",
        "AsyncHTTPConnection",
        "AsyncHTTPProxy",
        "AsyncSOCKSProxy",
    ),
    "httpcore._backends.anyio": ("AnyIOBackend",),
    "httpcore._backends.mock": ("AsyncMockBackend", "AsyncMockStream", "MockBackend", "MockStream"),
    "httpcore._sync.socks_proxy": ("SOCKSProxy",),
}
"""The modules that wait, each with the names that httpcore offers from it. They are private: should they change, the
import below falls back to all of httpcore, and only the time is lost.
"""


_LIBRARIES = ("anyio", "certifi")
"""Libraries that httpcore imports whole, and davlock does not use."""


def _stand_ins() -> dict[str, ModuleType]:
    made = {name: ModuleType(name) for name in (*_PARTS, *_LIBRARIES)}
    for part, names in _PARTS.items():
        made[part].__dict__.update({name: type(name, (), {}) for name in names})
    for library in _LIBRARIES:
        made[library].__dict__["__getattr__"] = partial(_of_library, library)
    return made


def _of_library(library: str, name: str) -> object:
    return getattr(import_module(library), name)


def _import_without_the_parts() -> ModuleType:
    """Return httpcore, with each module of _PARTS left out until somebody asks for one of its names."""
    stand_ins = {name: module for name, module in _stand_ins().items() if name not in sys.modules}
    sys.modules.update(stand_ins)
    try:
        module = import_module("httpcore")
    finally:
        for name in stand_ins:
            sys.modules.pop(name, None)
    place = {name: part for part, names in _PARTS.items() for name in names}
    for name, part in place.items():
        if part in stand_ins and vars(module).get(name) is vars(stand_ins[part])[name]:
            delattr(module, name)

    def __getattr__(name: str) -> object:
        if name not in place:
            raise AttributeError(f"module 'httpcore' has no attribute {name!r}")
        value = getattr(import_module(place[name]), name)
        setattr(module, name, value)
        return value

    module.__dict__["__getattr__"] = __getattr__
    return module


if "httpcore" not in sys.modules:
    try:
        _import_without_the_parts()
    except (ImportError, AttributeError):
        for _name in [name for name in sys.modules if name.partition(".")[0] == "httpcore"]:
            del sys.modules[_name]

import httpcore  # noqa: E402 -- what is imported above, or all of it
