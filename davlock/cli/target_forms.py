"""Addresses that are no http URL, though people have them at hand: what each is, and the URL to type in its place."""

import os
import re
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

_SCHEMES = {"dav": "http", "davs": "https", "webdav": "http", "webdavs": "https"}
"""Of file managers (GNOME, KDE) and of rclone's remotes."""

# \\HOST[@SSL][@PORT]\SHARE\PATH, as the WebDAV client of Windows writes it; a shell may have eaten half of the strokes.
_UNC = re.compile(r"(?:\\{1,2}|//)([\w.-]+)((?:@SSL)?(?:@\d+)?)[\\/](.*)", re.IGNORECASE | re.DOTALL)
_EATEN_UNC = re.compile(r"\\[\w.-]+@(?:SSL|\d+)", re.IGNORECASE)
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")

_LACKING_SLASH = re.compile(r"(https?):/?(?=[^/])(?!\d+(?:/|$))", re.IGNORECASE)
"""A scheme with one slash or none. ``http:80`` may be a host called "http"."""

_MOUNTS = Path("/proc/self/mounts")
_WEBDAV_MOUNTS = ("fuse", "fuse.davfs", "davfs")

# A link to a file (/f/123) or to a share (/s/TOKEN), as Nextcloud and ownCloud write it. Without index.php only a token
# of the length that they draw counts: folders of WebDAV may be called "s".
_LINK = re.compile(r".*?/index\.php/(f|s)/[^/]+/?|/s/[A-Za-z0-9]{15}/?", re.DOTALL)

# The address bar of Nextcloud and ownCloud: .../apps/files/?dir=/Team
_FILES_APP = re.compile(r"(.*?)/(?:index\.php/)?apps/files/", re.DOTALL)


def advice_for(text: str) -> tuple[str, str] | None:
    """What ``text`` is, and what to write in its place; ``None`` where it is an ordinary http URL, or nothing known.

    Reads the list of mounts, and checks whether such a file exists. No password of ``text`` is in the answer.
    """
    scheme, separator, rest = text.partition("://")
    if not separator and (lacking := _LACKING_SLASH.match(text)):
        rest = text[lacking.end() :].rpartition("@")[2]
        return f"the URL has one slash too few after {lacking[1]}:", f"write {lacking[1].lower()}://{rest}"
    if separator and scheme.lower() in _SCHEMES:
        # Whatever stands before the last @ may be a password, even with a slash in it.
        url = f"{_SCHEMES[scheme.lower()]}://{rest.rpartition('@')[2]}"
        return f"{scheme}:// is how file managers write {_SCHEMES[scheme.lower()]}://", f"write {url}"
    if separator and scheme.lower() == "file":
        return _local(urlsplit(text).path)
    if separator:
        return _web_page(text)
    return _windows(text) or _local(text)


def _windows(text: str) -> tuple[str, str] | None:
    if _DRIVE.match(text):
        return "this is a path on a Windows drive, not a URL", "write the https:// URL that the drive stands for"
    unc = _UNC.fullmatch(text)
    if unc is None or "\\" not in text:
        eaten = _EATEN_UNC.match(text)
        what = "this looks like a Windows path; the shell removed its backslashes"
        return (what, "write it as https://HOST/PATH, or in single quotes") if eaten else None
    host, marks, path = unc[1], unc[2].upper(), unc[3].replace("\\", "/")
    scheme = "https" if "@SSL" in marks else "http"
    port = re.search(r"@(\d+)", marks)
    path = re.sub(r"^DavWWWRoot(?:/|$)", "", path, flags=re.IGNORECASE)
    host += f":{port[1]}" if port else ""
    return "this is a Windows path", f"write {scheme}://{host}/{quote(path)}"


def _local(path: str) -> tuple[str, str] | None:
    looks_local = path.startswith(("/", "./", "../", "~")) and not path.startswith("//")
    if not looks_local and not os.path.lexists(path):
        return None
    absolute = os.path.abspath(os.path.expanduser(path))
    for mount, source in _webdav_mounts():
        if absolute == mount or absolute.startswith(f"{mount.rstrip('/')}/"):
            below = quote(absolute[len(mount.rstrip("/")) :])
            return f"{path} is on the mount of {source}", f"write {source.rstrip('/')}{below}"
    if not os.path.lexists(absolute):
        return f"{path} is a local path, not a URL", "write https://HOST/PATH"
    return (
        f"{path} is a local file, not a URL",
        f"for an answer in a file: davlock explain {path}; else write https://…",
    )


def _webdav_mounts() -> list[tuple[str, str]]:
    """Where WebDAV servers are mounted, the deepest first, and their URLs, as the kernel lists them."""
    try:
        lines = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:  # no Linux
        return []
    mounts = []
    for line in lines:
        source, mount, kind, *_ = (*line.split(" "), "", "", "")
        if kind in _WEBDAV_MOUNTS and source.startswith(("http://", "https://")):
            mounts.append((_without_escapes(mount), _without_escapes(source)))
    return sorted(mounts, key=lambda mount: len(mount[0]), reverse=True)


def _without_escapes(field: str) -> str:
    """proc(5): space, tab, line feed and backslash stand as octal numbers."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), field)


def _web_page(url: str) -> tuple[str, str] | None:
    try:
        parts = urlsplit(url)
        folder = parse_qs(parts.query).get("dir", [""])[0]
    except ValueError:
        return None
    if (link := _LINK.fullmatch(parts.path)) is not None:
        kind = "file or folder" if link[1] == "f" else "share"
        return (
            f"this is the web link of a {kind} in Nextcloud or ownCloud, not its WebDAV URL",
            "open it in a browser to see where the file is; the WebDAV URL is in the settings of the files page",
        )
    page = _FILES_APP.match(parts.path)
    if page is None or not folder:
        return None
    host = parts.netloc.rpartition("@")[2]
    dav = f"{parts.scheme}://{host}{page[1]}/remote.php/dav/files/YOUR-LOGIN{quote(folder)}"
    return "this is the web page of a folder in Nextcloud or ownCloud", f"write {dav}"
