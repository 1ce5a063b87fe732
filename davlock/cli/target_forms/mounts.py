"""Local paths: on a mount of davfs2 or rclone, in a folder of gvfs or kio-fuse, or on no WebDAV server at all."""

import configparser
import os
import re
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from davlock.cli.target_forms.understood import Understood
from davlock.errors import LocalProtocolError
from davlock.protocol.url import without_credentials
from davlock.values import dataclass

_MOUNTS = Path("/proc/self/mounts")
_DAVFS = ("fuse", "fuse.davfs", "davfs")
_RCLONE = "fuse.rclone"

# gvfs names a folder for each server: the type of the mount and its items, escaped each (gmountspec.c), and below it
# the path from the prefix on. kio-fuse has a folder for the scheme and one for [USER@]HOST[:PORT].
_GVFS = re.compile(r"(?P<mount>.*/\.?gvfs/(?P<kind>dav|dav\+sd):(?P<items>[^/]*))(?P<below>/.*)?", re.DOTALL)
_KIO = re.compile(
    r"(?P<mount>.*/kio-fuse-[^/]+/(?P<scheme>webdavs?|davs?)/(?P<authority>[^/]+))(?P<below>/.*)?", re.DOTALL
)

_LINKS = 40
"""Symbolic links that are followed, as in the kernel."""

_LARGEST_CONFIG = 1 << 20

_LONGEST_PATH = 4096
"""Characters: no file of Linux has a longer path (limits.h, PATH_MAX)."""


@dataclass(frozen=True, slots=True)
class _Mount:
    place: str
    source: str
    kind: str


def read_local_path(text: str) -> Understood | None:
    """The URL of a path on a mount; ``None`` for what is no local path.

    Raises LocalProtocolError for a path elsewhere. It reads the list of mounts, and rclone's configuration for a path
    on a mount of rclone. It never looks below a mount, for a dead server does not answer.
    """
    if text.lower().startswith("file:/"):
        parts = urlsplit(text)
        if parts.netloc not in ("", "localhost"):
            raise LocalProtocolError(
                f"davlock does not speak file:// to {parts.hostname or 'another host'}", "write https://…"
            )
        text = unquote(parts.path)
    looks_local = text.startswith(("/", "./", "../", "~")) and not text.startswith("//")
    if not looks_local and not os.path.lexists(text):
        return None
    mounts = {mount.place: mount for mount in _webdav_mounts()}
    try:
        absolute = os.path.abspath(os.path.expanduser(text))
    except OSError:  # the folder that the shell is in was removed
        return None
    if len(absolute) > _LONGEST_PATH:
        raise LocalProtocolError(f"{text} is a local path, not a URL", "write https://HOST/PATH")
    path = _without_links(absolute, lambda place: place in mounts or _is_folder(place))
    if text.endswith("/"):
        path += "/"
    if (gvfs := _GVFS.fullmatch(path)) is not None:
        return _in_gvfs(gvfs)
    if (kio := _KIO.fullmatch(path)) is not None:
        return _in_kio(kio)
    mount = next((mounts[place] for place in _itself_and_above(path) if place in mounts), None)
    if mount is not None:
        below = path[len(mount.place.rstrip("/")) :]
        return _on_rclone(mount, below) if mount.kind == _RCLONE else _on_davfs(mount, below)
    if os.path.lexists(path):
        raise LocalProtocolError(
            f"{text} is a local file, not a URL",
            f"for an answer in a file: davlock explain {text}; else write https://…",
        )
    raise LocalProtocolError(f"{text} is a local path, not a URL", "write https://HOST/PATH")


def _is_folder(place: str) -> bool:
    """Returns true for the folder that gvfs or kio-fuse shows a server as."""
    return _GVFS.fullmatch(place) is not None or _KIO.fullmatch(place) is not None


def _itself_and_above(path: str) -> list[str]:
    path = path.rstrip("/") or "/"
    places = [path]
    while (above := os.path.dirname(path)) != path:
        path = above
        places.append(path)
    return places


def _without_links(path: str, remote: Callable[[str], bool]) -> str:
    """``path`` with symbolic links followed, down to the first place that is ``remote``."""
    here, links = "/", 0
    names = deque(path.split("/"))
    while names:
        name = names.popleft()
        if name in ("", "."):
            continue
        if name == "..":
            here = os.path.dirname(here)
            continue
        here = os.path.join(here, name)
        if remote(here):
            return os.path.join(here, *names)
        try:
            target = os.readlink(here)
        except OSError:  # no link, or nothing there
            continue
        links += 1
        if links > _LINKS:
            return path
        here = "/" if target.startswith("/") else os.path.dirname(here)
        names.extendleft(reversed(target.split("/")))
    return here


def _webdav_mounts() -> list[_Mount]:
    """Where WebDAV servers may be mounted, as the kernel lists them."""
    try:
        lines = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:  # no Linux
        return []
    mounts = []
    for line in lines:
        source, place, kind, *_ = (*line.split(" "), "", "", "")
        source = _without_escapes(source)
        if kind == _RCLONE or (kind in _DAVFS and source.startswith(("http://", "https://"))):
            mounts.append(_Mount(_without_escapes(place), source, kind))
    return mounts


def _without_escapes(field: str) -> str:
    """proc(5): space, tab, line feed and backslash stand as octal numbers."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), field)


def _joined(url: str, path: str) -> str:
    """``path``, as a file system writes it, below ``url``."""
    return f"{url.rstrip('/')}/{quote(os.fsencode(path.lstrip('/')))}"


def _on_davfs(mount: _Mount, below: str) -> Understood:
    return Understood(url=_joined(mount.source, below), why=f"on the davfs2 mount {mount.place}")


def _in_gvfs(match: re.Match[str]) -> Understood:
    items = dict(item.partition("=")[::2] for item in match["items"].split(","))
    host = unquote(items.get("host", ""))
    if match["kind"] != "dav" or not host:
        raise LocalProtocolError(
            "gvfs found this server by itself, and its folder does not name the URL", "write https://HOST/PATH"
        )
    scheme = "https" if items.get("ssl") == "true" else "http"
    port = f":{items['port']}" if items.get("port", "").isdigit() else ""
    root = quote(unquote(items.get("prefix", "")))
    url = _joined(f"{scheme}://{host}{port}{root}", match["below"] or "")
    return Understood(url=url, why="in a folder of gvfs", user=unquote(items.get("user", "")))


def _in_kio(match: re.Match[str]) -> Understood:
    user, _, host = match["authority"].rpartition("@")
    scheme = "https" if match["scheme"].endswith("s") else "http"
    return Understood(url=_joined(f"{scheme}://{host}", match["below"] or ""), why="in a folder of kio-fuse", user=user)


def _on_rclone(mount: _Mount, below: str) -> Understood:
    """By ``REMOTE:PATH``, the source of the mount, and the remote's URL in rclone's configuration."""
    remote, colon, root = mount.source.partition(":")
    name = re.sub(r"\{.*\}$", "", remote)  # of options that were typed
    section = _rclone_remote(name) if colon else {}
    url = section.get("url", "")
    if section.get("type") != "webdav" or not url.startswith(("http://", "https://")):
        raise LocalProtocolError(
            f"this is on the rclone mount {mount.source}, and its URL is not in rclone's configuration",
            f"look for it with: rclone config show {name}" if name else "write https://HOST/PATH",
        )
    place = os.path.join(root.lstrip("/"), below.lstrip("/"))
    return Understood(
        url=_joined(without_credentials(url), place),
        why=f"on the rclone mount {mount.source}",
        exact=name == remote,
        user=section.get("user", ""),
    )


def _rclone_remote(name: str) -> Mapping[str, str]:
    """What rclone's configuration says of a remote, less its password; nothing where it is encrypted or absent."""
    folder = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    named = os.environ.get("RCLONE_CONFIG")
    places = (named,) if named else (f"{folder}/rclone/rclone.conf", "~/.rclone.conf")
    for place in places:
        config = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            with open(os.path.expanduser(place), encoding="utf-8") as file:
                config.read_string(file.read(_LARGEST_CONFIG))
        except (OSError, ValueError, configparser.Error):
            continue
        if config.has_section(name):
            return {key: config.get(name, key, fallback="") for key in ("type", "url", "user")}
    return {}
