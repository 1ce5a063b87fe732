"""Web pages and links of ownCloud Infinite Scale and OpenCloud: /files/spaces/…?fileId=…, an editor's page, /f/ID."""

import re
from collections.abc import Callable
from urllib.parse import quote, unquote

from davlock.cli.target_forms.page import Page, decoded
from davlock.cli.target_forms.understood import Understood
from davlock.errors import LocalProtocolError

# /files/spaces/KIND/NAME/PATH: the space is that of a person or of a project. While a file is open, the name of an
# editor stands in place of files/spaces, and the query says where it was opened from.
_SPACE = re.compile(
    r"(?P<root>.*?)/(?:(?P<folder>files/spaces)|[\w-]+)/(?P<kind>personal|project|share)/(?P<name>[^/]+)(?P<path>/.*)?",
    re.DOTALL,
)
_OPENED_FROM = "contextRouteName"
_BY_ID = re.compile(r"/f/[^/]+(?:\$|%24)[^/]+(?:!|%21)[^/]+", re.IGNORECASE)

# STORAGE$SPACE!NODE: what stands before the stroke names the space.
_FILE_ID = re.compile(r"([\w-]+\$[\w-]+)![\w-]+")

_BROWSER = "open it in a browser: the details of the folder show its WebDAV URL"


def read_infinite_scale(page: Page, login: Callable[[str], str]) -> Understood | None:
    """The URL behind a page; ``None`` for another URL. Raises LocalProtocolError where the page does not say it."""
    if _BY_ID.fullmatch(page.path):
        raise LocalProtocolError(
            "this link of ownCloud or OpenCloud names a file by its id, and only the server knows its path", _BROWSER
        )
    space = _SPACE.fullmatch(page.path)
    if space is None or not (space["folder"] or page.query.get(_OPENED_FROM, "").startswith("files-")):
        return None
    why = "a page of ownCloud Infinite Scale or OpenCloud"
    path = decoded(space["path"] or "/")
    dav = f"{page.site}{space['root']}/remote.php/dav"
    file_id = _FILE_ID.fullmatch(page.query.get("fileId", ""))
    if space["kind"] != "share" and file_id is not None:
        return Understood(url=f"{dav}/spaces/{quote(file_id[1], safe='')}{path}", why=why, exact=False)
    user = ""
    if space["kind"] == "personal":
        user = login(page.url) if space["name"] == "home" else unquote(space["name"])
    if not user:
        raise LocalProtocolError("this page of ownCloud or OpenCloud does not say the id of its space", _BROWSER)
    return Understood(url=f"{dav}/files/{quote(user, safe='')}{path}", why=why, exact=False)
