r"""Windows paths to WebDAV servers: ``\\HOST[@SSL][@PORT]\DavWWWRoot\PATH``, also after a shell has read them.

bash, zsh and fish make one backslash of two, between double quotes, too. Without quotes they also remove the single
ones, and with them the ends of the names. The URL is that of DavGetHTTPFromUNCPath in the Windows API.
"""

import re
from urllib.parse import quote, unquote

from davlock.cli.target_forms.understood import Understood
from davlock.errors import LocalProtocolError

_MARKS = r"(?P<marks>(?:@SSL|@\d{1,5}){1,2})"
_HOST = r"(?P<host>[\w.-]+)"

_MARKED = re.compile(rf"[\\/]*{_HOST}{_MARKS}(?:[\\/]+(?P<path>.*))?", re.IGNORECASE | re.DOTALL)
_UNMARKED = re.compile(rf"(?:\\+|//(?=[^\\/]+[\\/]DavWWWRoot)){_HOST}[\\/]+(?P<path>.*)", re.IGNORECASE | re.DOTALL)
_EATEN = re.compile(rf"\\?{_HOST}{_MARKS}DavWWWRoot(?P<rest>[^\\/]*)", re.IGNORECASE)
_EATEN_SOMEHOW = re.compile(r"\\[\w.-]+@(?:SSL|\d)[^\\/]*", re.IGNORECASE)
_ROOT = re.compile(r"DavWWWRoot(?:/|$)", re.IGNORECASE)
_EXTENDED = re.compile(r"[\\/]{2}\?[\\/]UNC[\\/]", re.IGNORECASE)
_DRIVE = re.compile(r"(?:file:/+)?[A-Za-z]:[\\/]", re.IGNORECASE)
_IPV6 = ".ipv6-literal.net"


def read_windows_path(text: str) -> Understood | None:
    """The URL that a Windows path means. Raises LocalProtocolError for one that can mean several."""
    if _DRIVE.match(text):
        raise LocalProtocolError(
            "this is a path on a Windows drive, not a URL", "write the https:// URL that the drive stands for"
        )
    if text.lower().startswith("file:"):
        path = unquote(text[5:])
        if "@" not in path.lstrip("/").partition("/")[0]:
            return None
        text = path
    text = _EXTENDED.sub("//", text, count=1)
    if (marked := _MARKED.fullmatch(text)) is not None and _is_windows(text, marked["marks"]):
        return Understood(url=_url(marked["host"], marked["marks"], marked["path"] or ""), why="a Windows path")
    if (eaten := _EATEN.fullmatch(text)) is not None and not eaten["rest"]:
        return Understood(url=_url(eaten["host"], eaten["marks"], ""), why="a Windows path")
    if eaten is not None or _EATEN_SOMEHOW.fullmatch(text):
        raise LocalProtocolError(
            "the shell removed the backslashes of this Windows path, so nobody knows where its names end",
            "put it in single quotes, or write it as https://HOST/PATH",
        )
    if (unmarked := _UNMARKED.fullmatch(text)) is not None:
        url = _url(unmarked["host"], "@SSL", unmarked["path"])
        raise LocalProtocolError(
            "this Windows path has no @SSL and no port, so Windows would use http",
            f"write {url}, or the same with http:// if the server has no TLS",
        )
    return None


def _is_windows(text: str, marks: str) -> bool:
    """Whether ``HOST@8080/…`` is no user at a host: it has a backslash, @SSL or DavWWWRoot, or begins as a share."""
    return "@ssl" in marks.lower() or "\\" in text or text.startswith("//") or "davwwwroot" in text.lower()


def _url(host: str, marks: str, path: str) -> str:
    scheme = "https" if "@ssl" in marks.lower() else "http"
    port = re.search(r"@(\d+)", marks)
    names = re.sub(r"[\\/]+", "/", path)
    if host.lower().endswith(_IPV6):
        host = f"[{host[: -len(_IPV6)].replace('-', ':').replace('s', '%25')}]"
    return f"{scheme}://{host}{f':{port[1]}' if port else ''}/{quote(_ROOT.sub('', names, count=1))}"
