"""What an answer says of a request that nobody recorded: some answers are given to one method only."""

import re

from davlock.errors import RemoteProtocolError
from davlock.protocol.message import Response
from davlock.protocol.multistatus import PropStat
from davlock.protocol.precondition import read_locks_of, read_multistatus_of

_WORDS = tuple(
    (method, re.compile(words, re.IGNORECASE))
    for method, words in (
        (
            "UNLOCK",
            r'specified in the "lock-token:" header|\bunlock failed \(|\banonymous lock removal\b'
            r"|\bspecified locktoken does not correspond to an existing lock\b",
        ),
        (
            "LOCK",
            r"\bprevent an exclusive lock\b|\balready locked exclusively\b|\bmaximum shared lock count\b"
            r"|\block refresh\b|\brefresh could not be performed\b|\banonymous lock (?:creation|refreshing)\b"
            r"|\bfailed to create new lock\b|\bfor LOCK\.|\bsatisfy the LOCK request\b"
            r"|\bonly (?:exclusive|'write') locks are supported\b",
        ),
        ("PROPFIND", r'\bPROPFIND requests with a depth of "infinity"'),
    )
)
"""mod_dav's and mod_dav_svn's words in the answers to one method (httpd modules/dav, subversion mod_dav_svn/lock.c)."""


def implied_method(response: Response) -> str:
    """The method whose answer alone has the words of this one; else the method that a multistatus or a lock implies:
    PROPFIND for a multistatus that has values of properties or lacks some (RFC 4918 §9.1), LOCK for a lone
    lockdiscovery with a lock (§9.10.1), else nothing: the names that PROPPATCH confirms have no values (§9.2).
    """
    if not response.body or response.body_truncated:
        return ""
    if response.status >= 400:
        words = response.body[:2000].decode("utf-8", "replace")
        return next((method for method, pattern in _WORDS if pattern.search(words)), "")
    try:
        if response.status == 207:
            multistatus = read_multistatus_of(response, "")
            propstats = [propstat for entry in multistatus.responses for propstat in entry.propstats]
            return "PROPFIND" if _is_read(propstats) else ""
        if response.status in (200, 201):
            return "LOCK" if read_locks_of(response, "") else ""
    except RemoteProtocolError:
        return ""
    return ""


def _is_read(propstats: list[PropStat]) -> bool:
    """Returns true if there are values, or names that are not there, and nothing was refused."""
    told = any(
        propstat.status == 404 or propstat.locks or any(prop.xml or prop.text for prop in propstat.properties)
        for propstat in propstats
    )
    return told and all(propstat.ok or propstat.status == 404 for propstat in propstats)
