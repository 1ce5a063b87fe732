"""What davlock runs on, and where it keeps what: what a bug report needs, without secrets."""

import os
import platform
import re
import ssl
import sys
import textwrap
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path

from davlock import __version__

_VERSION = frozenset({"-V", "--version", "-Vv", "-vV"})

_MORE = frozenset({"-v", "--verbose", "-Vv", "-vV", "--json"})

LIBRARIES = ("click", "httpcore", "httpx", "http-sf", "lxml", "platformdirs", "rich", "truststore")
"""What davlock cannot do without; its extras are in its own metadata."""

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def is_asked(words: Iterable[str]) -> bool:
    """Returns true if the command line asks for the version with all about it, or as JSON."""
    typed = set(words)
    return typed <= _VERSION | _MORE and bool(typed & _VERSION) and bool(typed & _MORE)


def versions() -> dict[str, object]:
    """What davlock runs on, without the names of anybody or anything."""
    extras = _extras()
    optional = {name: version for packages in extras.values() for name, version in packages.items()}
    return {
        "davlock": __version__,
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": sys.platform,
        "system": f"{platform.system()} {platform.release()}".strip(),
        "machine": platform.machine(),
        "openssl": ssl.OPENSSL_VERSION,
        "libxml2": _libxml2(),
        "libraries": {
            name: version
            for name, version in sorted({**{name: _version(name) for name in LIBRARIES}, **optional}.items())
            if version is not None
        },
        "extras": {extra: all(packages.values()) for extra, packages in extras.items()},
    }


def installation(environment: Mapping[str, str] = os.environ) -> dict[str, object]:
    """Versions, folders, plug-ins, and the names of the variables that davlock reads; ``~`` is the home folder."""
    from davlock.own_files.user_folders import config_folder, state_folder

    named = {
        name for name in environment if name.startswith("DAVLOCK_") or (name.lower() in PROXIES and environment[name])
    }
    return {
        **versions(),
        "installed_in": _shown(Path(__file__).parent.parent),
        "config": _shown(config_folder() / "davlock"),
        "state": _shown(state_folder()),
        "plugins": _plugins(),
        "environment": sorted(named),
    }


def installation_lines(facts: Mapping[str, object]) -> str:
    """The facts of :func:`installation` for people, a line each."""
    libraries, extras = facts["libraries"], facts["extras"]
    assert isinstance(libraries, dict)  # noqa: S101 -- for mypy: versions() makes it
    assert isinstance(extras, dict)  # noqa: S101
    there = [extra for extra, complete in extras.items() if complete]
    missing = [extra for extra, complete in extras.items() if not complete]
    plugins, environment = facts["plugins"], facts["environment"]
    assert isinstance(plugins, list)  # noqa: S101
    assert isinstance(environment, list)  # noqa: S101
    python = f"{facts['python']} ({facts['implementation']}) on {facts['system']}, {facts['machine']}"
    rows = (
        ("python", python),
        ("openssl", str(facts["openssl"])),
        ("libxml2", str(facts["libxml2"])),
        ("libraries", ", ".join(f"{name} {version}" for name, version in libraries.items())),
        ("extras", ", ".join(there) or "none"),
        *((("not installed", ", ".join(missing)),) if missing else ()),
        ("plug-ins", ", ".join(plugins) or "none"),
        ("davlock", str(facts["installed_in"])),
        ("config", _or_missing(facts["config"])),
        ("ledger", _or_missing(facts["state"])),
        ("environment", f"{', '.join(environment)} (values not shown)" if environment else "no variable of davlock"),
    )
    lines = [textwrap.fill(f"{f'{name}:':<15}{value}", 80, subsequent_indent=" " * 15) for name, value in rows]
    return "\n".join((f"davlock {facts['davlock']}", *lines, ""))


def _extras() -> dict[str, dict[str, str | None]]:
    """The packages of each extra, with their versions; ``None`` for what is not installed."""
    extras: dict[str, dict[str, str | None]] = {}
    try:
        required = metadata.requires("davlock") or []
    except metadata.PackageNotFoundError:  # run from its sources
        required = []
    for line in required:
        if found := re.match(r"""([\w.-]+).*;.*\bextra\s*==\s*['"]([\w.-]+)['"]""", line):
            extras.setdefault(found[2], {})[found[1]] = _version(found[1])
    return extras


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _libxml2() -> str | None:
    try:
        from lxml import etree
    except ImportError:  # the report is about just that
        return None
    return ".".join(map(str, etree.LIBXML_VERSION))


def _plugins() -> list[str]:
    """The distributions that offer rules, servers or applications; nothing of them is imported."""
    from davlock.cli.plugin_loading import offered_entries

    return [origin for origin, _ in offered_entries()]


def _shown(path: Path) -> str:
    """``path`` without the name of the person."""
    from davlock.own_files.user_folders import home_folder

    home = home_folder()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) and path != home else str(path)


def _or_missing(shown: object) -> str:
    return f"{shown}" if os.path.exists(os.path.expanduser(str(shown))) else f"{shown} (not there yet)"
