"""Whether a server refuses a request because there are too many of them."""

import re

from davlock.diagnosis.evidence import Evidence
from davlock.protocol.retry_after import THROTTLED

_WORDS = re.compile(
    r"\btoo ?many ?requests\b|\bslow ?down\b|\brequest rate\b|\brate[ -]?limit(?:ed|s|ing)?\b|\brate exceeded\b"
    r"|\bthrottl(?:ed|ing)\b",
    re.IGNORECASE,
)
"""S3's SlowDown ("Please reduce your request rate"), Azure's and AWS's throttling, and the words of 429 itself."""


def paced(evidence: Evidence) -> bool:
    """Whether the request was refused for the number of requests: by 429, or by a 503 that says so."""
    cause, error, response = evidence.cause, evidence.error, evidence.response
    if cause is None or error is None or response is None or cause.status not in THROTTLED:
        return False
    said = (response.reason, error.message or "", error.exception or "", *error.json_codes, *cause.codes)
    return cause.status == 429 or any(_WORDS.search(words) for words in said)
