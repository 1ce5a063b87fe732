"""Recognise an answer about locks that no WebDAV server would give."""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.resource import read_propfind


def unusable_reading(evidence: Evidence) -> str:
    """Returns why the last PROPFIND after the request succeeded with an answer that is not WebDAV's; else empty.

    Whatever answered like that may also have answered the request, without knowing about locks.
    """
    after = [entry for entry in evidence.exchanges[(evidence.subject or 0) + 1 :] if entry.request.method == "PROPFIND"]
    response = after[-1].response if after else None
    if response is None or response.body_truncated or not response.ok:
        return ""
    read = read_propfind(after[-1])
    return read if isinstance(read, str) else ""
