"""Pages and links of SharePoint and OneDrive for work: /:w:/r/…, AllItems.aspx?id=…, Doc.aspx?sourcedoc=…, ?web=1."""

import re

from davlock.cli.target_forms.page import Page, decoded, in_url
from davlock.cli.target_forms.understood import Understood
from davlock.errors import LocalProtocolError

# The letter is the kind of file. "r" is followed by the path; the others by a code of the share.
_LINK = re.compile(r"/:[a-z]:/(?P<how>[a-z])(?P<path>/.+)", re.IGNORECASE)
_LIBRARY = re.compile(r"(?P<library>/.*)/Forms/[^/]+\.aspx", re.IGNORECASE)
_LAYOUTS = re.compile(r".*/_layouts/(?:15/)?(?P<page>[^/]+)\.aspx", re.IGNORECASE)

_OPENED = {"web", "d", "csf", "e", "isspofile", "clickparams", "or", "cid", "ct", "xsdata", "sdata", "ovuser", "wdlor"}
"""What SharePoint writes behind the path of a file that a browser is to open."""

_WHERE = "open it in a browser, and copy the path from the details of the file"


def read_sharepoint(page: Page) -> Understood | None:
    """The URL behind a page or link; ``None`` for another URL. Raises LocalProtocolError where it hides the path."""
    if (link := _LINK.fullmatch(page.path)) is not None:
        if link["how"].lower() != "r":
            raise LocalProtocolError("this sharing link of SharePoint does not say the path of the file", _WHERE)
        return _at(page, decoded(link["path"]), "a link of SharePoint")
    place = page.query.get("id") or page.query.get("RootFolder") or ""
    layout, library = _LAYOUTS.fullmatch(page.path), _LIBRARY.fullmatch(page.path)
    if layout is not None:
        source = page.query.get("sourcedoc", "")
        place = source if source.startswith("/") else place
        if not place.startswith("/"):
            named = page.query.get("file")
            what = f" of {named}" if named else ""
            raise LocalProtocolError(f"this page of SharePoint does not say the path{what}", _WHERE)
        return _at(page, in_url(place), "a page of SharePoint")
    if library is not None:
        path = in_url(place) if place.startswith("/") else decoded(library["library"])
        return _at(page, path, "the page of a library in SharePoint")
    if page.query.get("web") == "1" and {name.lower() for name in page.query} <= _OPENED:
        return _at(page, decoded(page.path), "a link of SharePoint")
    return None


def _at(page: Page, path: str, why: str) -> Understood:
    return Understood(url=f"{page.site}{path}", why=why)
