"""Web pages and links of Nextcloud and ownCloud 10: /apps/files/?dir=…, /f/NUMBER, /s/TOKEN."""

import re
from collections.abc import Callable
from urllib.parse import quote

from davlock.cli.target_forms.page import Page, in_url
from davlock.cli.target_forms.understood import Understood
from davlock.errors import LocalProtocolError

# The view "files" shows folders. The number in the path is that of the folder, or of the file that is open.
_FILES_APP = re.compile(
    r"(?P<root>.*?)/(?P<php>index\.php/)?apps/files(?:/(?P<view>[a-z]*)(?:/(?P<number>\d+))?)?/?", re.DOTALL
)
_BY_NUMBER = re.compile(r"(?:.*?/index\.php)?/f/\d+|.*?/index\.php/f/[^/]+/?", re.DOTALL)

# Without index.php only a token of the length that both draw counts: folders of WebDAV may be called "s".
_SHARE = re.compile(
    r"(?P<root>.*?)/index\.php/s/(?P<token>[^/]+)(?P<more>/.*)?|/s/(?P<bare>[A-Za-z0-9]{15})/?", re.DOTALL
)
_PAGE_FIELDS = ("dir", "fileid", "openfile", "scrollto", "view")

BROWSER = "open it in a browser, go up to the folder, and copy the address from there: it has dir= in it"


def read_nextcloud(page: Page, login: Callable[[str], str]) -> Understood | None:
    """The URL behind a page or link; ``None`` for another URL.

    Raises LocalProtocolError for a link that names a file by its number, and where no login is given.
    """
    if (share := _SHARE.fullmatch(page.path)) is not None:
        return _share(page, share["root"] or "", share["token"] or share["bare"])
    if _BY_NUMBER.fullmatch(page.path):
        bare = "" if "index.php" in page.path else "; for a WebDAV path, write %66 for the f"
        raise LocalProtocolError(
            "this link of Nextcloud or ownCloud names a file by its number, and only the server knows its path",
            f"{BROWSER}{bare}",
        )
    app = _FILES_APP.fullmatch(page.path)
    if app is None or not (app["php"] or any(name in page.query for name in _PAGE_FIELDS)):
        return None
    if (app["view"] or page.query.get("view") or "files") != "files":
        raise LocalProtocolError(
            "this page of Nextcloud or ownCloud shows a selection, not a folder",
            "open the folder, and copy its address",
        )
    if "dir" not in page.query and (app["number"] or page.query.get("fileid")):
        raise LocalProtocolError("this page of Nextcloud or ownCloud names its folder only by a number", BROWSER)
    return _folder(page, app, login)


def _folder(page: Page, app: re.Match[str], login: Callable[[str], str]) -> Understood:
    path = in_url(page.query.get("dir") or "/")
    why = "the page of a folder in Nextcloud or ownCloud"
    if name := page.query.get("scrollto"):
        path = f"{path.rstrip('/')}/{quote(name, safe='')}"
        why = "the page of a file in Nextcloud or ownCloud"
    elif page.query.get("openfile", "false") != "false":
        why = "the folder of the page in Nextcloud or ownCloud; the address does not name the file"
    root = f"{app['root']}/remote.php/dav/files"
    user = login(page.url)
    if not user:
        raise LocalProtocolError(
            "this is the page of a folder in Nextcloud or ownCloud; its WebDAV URL has your login in it",
            f"add -u LOGIN, or write {page.shown_site}{root}/LOGIN{path}",
        )
    return Understood(url=f"{page.site}{root}/{quote(user, safe='')}{path}", why=why, exact=False)


def _share(page: Page, root: str, token: str) -> Understood:
    """Nextcloud takes the token in the path since 29. In ownCloud the path is another one."""
    folder = in_url(page.query.get("path") or page.query.get("dir") or "/")
    elsewhere = f"{page.shown_site}{root}/remote.php/dav/public-files/{token}{folder}"
    return Understood(
        url=f"{page.site}{root}/public.php/dav/files/{quote(token, safe='')}{folder}",
        why=f"a share of Nextcloud; if this is ownCloud, write {elsewhere}",
        exact=False,
    )
