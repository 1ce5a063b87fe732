"""docs/servers.md says what the recordings and the profiles say.

Its tables name the exchange behind each column, as ``unknown token (11)``, so each cell can be compared.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from davlock.servers import PROFILES
from davlock.servers.profile import MemberAct, Profile
from tests.diagnosis.archive import SERVERS, recorded

PAGE = (Path(__file__).parents[2] / "docs" / "servers.md").read_text("utf-8")

RECORDED = {"Apache": "apache", "lighttpd": "lighttpd", "nginx": "nginx", "rclone": "rclone", "WsgiDAV": "wsgidav"}
"""The rows of products whose recordings are kept, and the archive of each."""

OF_PROFILES = {
    **RECORDED,
    "rclone": "golang-webdav",
    "Subversion": "svn",
    "Tomcat": "tomcat",
    "sabre/dav": "sabredav",
    "Nephele": "nephele",
    "webdav-server": "webdav-server",
    "ASGI WebDAV": "asgi-webdav",
    "chezdav": "phodav",
    "PyWebDAV3": "pywebdav",
    "Zope": "zope",
    "copyparty": "copyparty",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell that states what a product answered in one exchange."""

    product: str
    exchange: str
    text: str

    @property
    def status(self) -> int | None:
        """The status that it begins with, or names as a refusal."""
        match = re.match(r"(?:refused: )?(\d{3})\b", self.text)
        return int(match[1]) if match else None


def cells() -> Iterator[Cell]:
    for block in re.findall(r"(?:^\|.*\n)+", PAGE, re.MULTILINE):
        head, _, *rows = ([cell.strip(" *") for cell in line.strip("|").split(" | ")] for line in block.splitlines())
        for row in rows:
            for title, text in zip(head[1:], row[1:], strict=True):
                # The table of timeouts is turned round: an exchange a row.
                for product, label in ((row[0], title), (title, row[0])):
                    if match := re.search(r"\((\d\d[a-z]?)\)$", label):
                        yield Cell(product=product, exchange=match[1], text=text.strip("|* "))


CELLS = tuple(cells())

STATUSES = tuple(cell for cell in CELLS if cell.status is not None)

TIMEOUTS = {"20a", "20b", "20c", "20d", "20e", "20f", "09b"}
"""The exchanges that grant a time."""


SHOWN = {"05", "05b", "16f", "25f"}
"""The PROPFINDs that show a lock, or do not."""


def answered(server: str, exchange: str, run: str = "plain") -> list[bytes]:
    return [
        recording.response
        for recording in recorded(server)
        if recording.name.startswith((f"{server}/{run}/{exchange}-", f"{server}/{run}/{exchange}."))
    ]


def granted(response: bytes) -> str:
    """The time as the table writes it, or the refusal."""
    match = re.search(rb"timeout>(?:Second-)?([^<]*)<", response)
    return match[1].decode() if match else f"refused: {response.split(b' ', 2)[1].decode()}"


def test_each_cell_of_a_recorded_product_is_what_it_answered() -> None:
    wrong = []
    compared = 0
    for cell in CELLS:
        server = RECORDED.get(cell.product)
        if server is None or cell.text == "-":
            continue
        response = answered(server, cell.exchange)[0]
        if cell.exchange in TIMEOUTS:
            agrees = cell.text.partition(": ")[0] == granted(response) or cell.text == granted(response)
        elif cell.exchange in SHOWN:
            agrees = cell.text.startswith("yes") is (b"locktoken>" in response)
        elif cell.status is None:
            continue  # in words
        else:
            agrees = cell.status == int(response.split(b" ", 2)[1])
        compared += 1
        if not agrees:
            wrong.append(f"{cell.product} ({cell.exchange}): {cell.text}: {response[:40]!r}")
    assert wrong == []
    assert compared > 300


def test_an_exchange_that_the_text_names_is_recorded() -> None:
    """As ``lighttpd plain/37b``."""
    named = re.findall(rf"`({'|'.join(SERVERS)}) (\w+)/(\d\d[a-z]?)`", PAGE)
    assert named
    assert [entry for entry in named if not answered(entry[0], entry[2], entry[1])] == []


Claim = Callable[[Profile], object]

SUCCESS = (200, 201, 204)

CLAIMS: tuple[tuple[str, Claim, Callable[[int], object]], ...] = (
    ("08", lambda profile: profile.useless_token_status, lambda status: status),
    ("11", lambda profile: profile.useless_unlock_status, lambda status: status),
    ("25h", lambda profile: profile.foreign_token_status, lambda status: status),
    ("25h", lambda profile: profile.foreign_token_works, lambda status: status in SUCCESS),
    ("21c", lambda profile: profile.honours_if_match, lambda status: status == 412),
    ("32c", lambda profile: profile.removes_locked_members, lambda status: status == 204),
    ("15g", lambda profile: profile.shared_token_suffices, lambda status: status in SUCCESS),
    ("09c", lambda profile: profile.takes_tagged_refresh, lambda status: status in SUCCESS),
    ("11", lambda profile: profile.unlock_answers_anything or None, lambda status: status == 204),
    ("33e", lambda profile: _forbids(profile, MemberAct.CREATE), lambda status: status in (207, 423)),
    ("33d", lambda profile: _forbids(profile, MemberAct.PUT), lambda status: status == 423),
    ("07c", lambda profile: profile.wants_absolute_tag or None, lambda status: status == 412),
)
"""The exchange, what a profile says of it (None: nothing), and the same from the status in the table."""


APART = {("phodav", "25h")}
"""chezdav accepts another user's PUT with the token, and refuses refresh and UNLOCK: its profile speaks of those."""


def _forbids(profile: Profile, act: MemberAct) -> bool | None:
    return None if profile.depth_zero_forbids is None else act in profile.depth_zero_forbids


def test_the_profiles_say_the_same() -> None:
    profiles = {profile.name: profile for profile in PROFILES}
    wrong = []
    compared = 0
    for exchange, claim, meaning in CLAIMS:
        for cell in STATUSES:
            name = OF_PROFILES.get(cell.product)
            if name is None or cell.exchange != exchange or cell.status is None:
                continue
            said = claim(profiles[name])
            compared += said is not None
            if said is not None and (said != meaning(cell.status)) is not ((name, exchange) in APART):
                wrong.append(f"{name} ({exchange}): {cell.text}, and its profile says {said}")
    assert wrong == []
    assert compared > 80


def test_each_product_has_a_row_in_the_first_table() -> None:
    """What its version was, and where the recording is."""
    first = re.findall(r"(?:^\|.*\n)+", PAGE, re.MULTILINE)[0]
    listed = re.findall(r"^\| ([^|]+) \|", first, re.MULTILINE)[1:]
    assert listed == [*OF_PROFILES, "xwing"]
    assert {cell.product for cell in CELLS} - {"RFC 4918"} <= {*listed}
