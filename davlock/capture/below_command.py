"""What stands below a command where it is no HTTP: the number that ``curl -w`` writes, with or without a body."""

import re

from davlock.capture.pairing import supplied_request
from davlock.capture.secret import body_without_secrets
from davlock.capture.supplement import Supplement
from davlock.protocol.message import Exchange, Headers, Response

TITLE = "what a command wrote: a status, and perhaps a body"

_STATUS = re.compile(
    r"(?:\A|(?<=[^\w.-])|(?<=\n))(?:HTTP(?:/[\d.]{1,3})?[ :]{0,3}|(?:http_?code|status|code)[ :=]{1,3})?"
    r"(?P<status>[1-5]\d\d)[ \t]*(?:\n[^\n]{0,120}[$#%>❯➜][ \t]?)?\s*\Z",
    re.IGNORECASE,
)


def answer_by_its_number(text: str, asked: Supplement) -> Exchange | None:
    """Returns the exchange of a command below which ``text`` ends in a status; ``None`` where it does not.

    Only what ``curl -w`` wrote may be read so: a body may end in a number, too.
    """
    match = _STATUS.search(text[-400:])
    if match is None:
        return None
    body = text[: len(text) - len(text[-400:]) + match.start()].strip()
    response = Response(
        status=int(match["status"]),
        headers=Headers((), complete=False),
        body=body_without_secrets(body.encode("utf-8", "replace") or None),
        body_truncated=False,
    )
    return Exchange(request=supplied_request(asked), outcome=response, fragment=TITLE)
