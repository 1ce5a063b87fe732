"""Who holds a lock, as a person reads it.

The owner of a lock is what its client wrote about itself: a name, an address, a program, or nothing. Servers such as
Subversion record the user beside it. Here all of that becomes one name, everywhere the same.
"""

import re

from davlock.late_pattern import late_pattern
from davlock.locks.server_record import server_record
from davlock.protocol.lock import ActiveLock
from davlock.protocol.requests import owner_without_run
from davlock.values import dataclass

LONGEST = 60
"""Characters of a name: some clients write whole documents there. ``--why`` shows all of it."""

NAMELESS = "someone without a name"


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderWords:
    """``name`` stands in lists and sentences, ``note`` behind it in brackets where there is room.

    ``named`` says that it is a name, so the reader can ask that person. ``you``: it is the reader.
    """

    name: str
    note: str = ""
    named: bool = False
    you: bool = False

    @property
    def whole(self) -> str:
        """The name and its note."""
        return f"{self.name} ({self.note})" if self.note else self.name

    @property
    def sentence(self) -> str:
        """The name as the first word of a sentence: a name that somebody wrote stays as it is."""
        return self.name if self.named else f"{self.name[:1].upper()}{self.name[1:]}"


YOU = HolderWords(name="you", you=True)

_MAC = late_pattern(r"https?://(?:www\.)?apple\.com/webdav_fs/?", re.IGNORECASE)
_LIBREOFFICE = late_pattern(r"libreoffice(?: -)?(?: +(?P<name>\S.*))?", re.IGNORECASE)
_NPM_WEBDAV = late_pattern(r"https?://\S*(?:/webdav-client/\S*|LOCK_CONTACT(?:\.md)?)", re.IGNORECASE)
_OWN_SUFFIX = late_pattern(r", davlock$")
_OUR_WORDS = late_pattern(r"(?:you|someone|somebody|a program)\b", re.IGNORECASE)
_ADDRESS = late_pattern(r"mailto:(?P<address>\S+)", re.IGNORECASE)


def holder_words(lock: ActiveLock, *, mine: bool | None = None, user: str = "") -> HolderWords:
    """Returns who holds ``lock``; ``mine`` as for an observed lock, ``user`` is the login of the reader, if known.

    A lock that the server itself records as the reader's is theirs, whatever ``mine`` says.
    """
    record = server_record(lock)
    if mine or (user and user in record.users):
        return YOU
    if record.user is not None:
        return HolderWords(name=_as_a_name(record.user), note="the server names the user", named=True)
    written = _OWN_SUFFIX.sub("", " ".join(owner_without_run(lock.claimed).split()))
    if not written or written == "davlock":
        return _nameless(lock) if not written else HolderWords(name="someone with davlock", note="no user name set")
    if user and written == user:
        return HolderWords(name=f"someone who signs as {shortened(user)}", note="as you do")
    if _MAC.fullmatch(written):
        return HolderWords(name="someone on a Mac", note="Finder names no user")
    if _NPM_WEBDAV.fullmatch(written):
        return HolderWords(name="a program that uses the npm package webdav")
    if (office := _LIBREOFFICE.fullmatch(written)) is not None:
        if office["name"] is None or office["name"].startswith(("http://", "https://")):
            return HolderWords(name="someone in LibreOffice", note="no user name set there")
        return HolderWords(name=_as_a_name(office["name"]), note="in LibreOffice", named=True)
    if (address := _ADDRESS.fullmatch(written)) is not None:
        written = address["address"]
    return HolderWords(name=_as_a_name(written), note="the name is what their program wrote", named=True)


def _nameless(lock: ActiveLock) -> HolderWords:
    endless = lock.timeout is not None and lock.timeout.infinite
    return HolderWords(name=NAMELESS, note="cadaver and scripts write none" if endless else "")


def _as_a_name(name: str) -> str:
    """Returns what somebody wrote as a name; in quotes if it begins with our own words, or has a comma."""
    return f"“{shortened(name)}”" if _OUR_WORDS.match(name) or "," in name else shortened(name)


def shortened(name: str) -> str:
    """Returns a name or a comment on one line, and no more of it than has room in a sentence."""
    flat = " ".join(name.split())
    return flat if len(flat) <= LONGEST else f"{flat[: LONGEST - 2]} …"
