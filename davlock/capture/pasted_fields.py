"""Header fields that stand in a paste, each in a line of its own or in the middle of words."""

import re

# A sentence names a field, too: specified by the "If:" header. There, a quotation ends behind the colon.
REQUEST_FIELD = re.compile(
    r"(?:(?P<quote>[\"'`“‘„‚>])|(?<![\"'`“‘„‚>]))\b(?P<name>If-None-Match|If-Match|If|Lock-Token|Overwrite|Depth)"
    r"(?(quote)(?:['\"]|(?!: ?(?:[\"'`”’“‘]|</)))|['\"]?):(?! ?(?:header|field)\b) ?"
    r"(?P<value>'[^'\n]*'|\"[^\"\n]*\"(?=[,\]]|$)|[^\n,\]]{1,600})",
)
RESPONSE_FIELD = re.compile(
    r"^[ \t]*(?P<name>Server|DAV|Allow|ETag|Retry-After|Content-Type|WWW-Authenticate|Tus-Resumable|x-ms-[\w-]+"
    r"|MicrosoftSharePointTeamServices|X-[\w-]+) ?: ?(?P<value>[^\n]{1,600})$",
    re.MULTILINE | re.IGNORECASE,
)


def named_fields(fields: re.Pattern[str], text: str) -> tuple[tuple[str, str], ...]:
    """Returns the header fields that stand in ``text``, each name once."""
    by_name: dict[str, tuple[str, str]] = {}
    for match in fields.finditer(text):
        value = match["value"].strip()
        if value[:1] == "'" and value[-1:] == "'":
            value = value[1:-1]
        by_name.setdefault(match["name"].lower(), (match["name"], value))
        if len(by_name) == 40:
            break
    return tuple(by_name.values())
