"""What a person says about something that was captured, in place of being asked for it."""

from davlock.errors import LocalProtocolError
from davlock.protocol.url import without_credentials
from davlock.protocol.visible import has_control


def captured_url(text: str) -> str:
    """``--url``: a URL that was asked once is data, and need not be one that could be asked again."""
    if has_control(text):
        raise LocalProtocolError("--url has a line break or another control character in it", "give it on one line")
    return without_credentials(text.strip())
