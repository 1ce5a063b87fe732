"""What the JSON of a refusal says in words: Office, hapi's boom, RFC 9457, JSON:API, OData, plain messages."""

import re
from collections.abc import Iterator
from typing import Any

from davlock.late_pattern import late_pattern

MESSAGES = (
    "message",
    "detail",
    "reason",
    "error_description",
    "errormessage",
    "errormessages",
    "errorsummary",
    "error_summary",
    "briefsummary",
    "error_msg",
    "error",
    "errors",
    "msg",
    "title",
)
"""Where a JSON body says what is wrong, in small letters, the most exact first."""

NODES = 2000
"""Values of a JSON body that are read."""


def pairs(data: Any) -> Iterator[tuple[str, Any]]:
    """Yields every name and value of a JSON body, the outer ones first. What a list has goes by the list's name."""
    level: list[tuple[str, Any]] = [("", data)] if isinstance(data, dict | list) else []
    seen = 0
    while level:
        inner: list[tuple[str, Any]] = []
        for name, node in level:
            entries = node.items() if isinstance(node, dict) else ((name, entry) for entry in node)
            for key, value in entries:
                seen += 1
                if seen > NODES:
                    return
                yield str(key), value
                if isinstance(value, dict | list):
                    inner.append((str(key), value))
        level = inner


def sentences(data: Any) -> Iterator[str]:
    """Yields every sentence of a JSON body, the outer ones first; not what explains, links or traces it."""
    for key, value in pairs(data):
        if isinstance(value, str) and not is_a_word(value) and len(value) <= _SENTENCE and _ASIDE.search(key) is None:
            yield value


def message_of(data: Any) -> str:
    """Returns what a JSON body says in words; empty if it says nothing."""
    if isinstance(data, str):
        return data
    said = [(key.lower(), value) for key, value in pairs(data) if isinstance(value, str) and value.strip()]
    if isinstance(data, dict) and isinstance(data.get("detail"), str):
        return str(data["detail"])  # RFC 9457: the detail is about this occurrence, the title about its kind
    for name in MESSAGES:
        for key, value in said:
            if key == name and not is_a_word(value):
                return _with_detail(value, said) if key == "message" else value
    nested = next((value for key, value in said if key == "value"), "")  # OData: {"message": {"value": …}}
    return nested or next((value for key, value in said if key in MESSAGES), "")


def _with_detail(message: str, said: list[tuple[str, str]]) -> str:
    """Returns a short message with the detail beside it: {"message": "Operation failed", "detail": …}."""
    detail = next((value for key, value in said if key == "detail" and not is_a_word(value)), "")
    if not detail or len(message) > _SHORT or len(detail) > _DETAIL or "\n" in detail.strip() or detail in message:
        return message
    return f"{message.rstrip('.:')}: {detail}"


_ASIDE = late_pattern(
    r"help|hint|policy|documentation|url|href|link|path|instance|trace|stack|example|debug", re.IGNORECASE
)
"""Names of values that say nothing of what went wrong this time."""

_SENTENCE = 400
_SHORT = 40
_DETAIL = 300
"""Characters: a longer detail is a stack, or a document."""


def is_a_word(value: str) -> bool:
    """Whether a value is a single word, such as a code."""
    return not re.search(r"\s", value.strip())
