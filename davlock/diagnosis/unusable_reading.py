"""Locks that were to be read back, and an answer that no DAV server gives."""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.resource import read_propfind


def unusable_reading(evidence: Evidence) -> str:
    """Why the last PROPFIND after the request was answered with a success that no DAV server gives; empty where not.

    Whoever answers so may have answered the request, too, without any lock in mind.
    """
    after = [entry for entry in evidence.exchanges[(evidence.subject or 0) + 1 :] if entry.request.method == "PROPFIND"]
    response = after[-1].response if after else None
    if response is None or response.body_truncated or not response.ok:
        return ""
    read = read_propfind(after[-1])
    return read if isinstance(read, str) else ""
