"""Bodies in a text: where one begins and ends, and what status a body or a name of an error stands for."""

import json
import re
from collections.abc import Iterator

from davlock.protocol.character_references import unescaped
from davlock.values import dataclass

ATTEMPTS = 64
"""Documents that are looked for in one text."""

BODY_LIMIT = 256 * 1024
"""Characters of one body in a paste that are kept."""

_XML = re.compile(
    r"<\?xml[^>\n]{0,200}\?>\s{0,20}<(?P<root>[A-Za-z_][\w.:-]{0,60})|<(?P<bare>(?:[\w-]{1,20}:)?(?:error|multis"
    r"tatus|Error))(?=[\s>/])"
)
_ROOT = re.compile(rb"\s*(?:<\?xml[^>]{0,400}\?>\s*)?(?:<!DOCTYPE[^>]{0,400}>\s*)?<([A-Za-z_][\w.:-]{0,80})(?=[\s/>])")
_REMARK = re.compile(rb"(?:\s|<!--(?:(?!-->)[\s\S]){0,4000}-->|<\?[^>]{0,400}\?>)*")
_ESCAPED = re.compile(rb"\s*&lt;[?!A-Za-z]")
_JSON = re.compile(r"[\[{]\s*[\"{\]}]")

_NAMES = tuple(
    (status, re.compile(names))
    for status, names in (
        (
            429,
            r"\bMaxDelayReached\b|\bTooManyRequests\b|\bcluster_block_exception\b|\bStripe process is currently acc"
            r"essing it"
            r'|"code"\s{0,9}:\s{0,9}"lock_timeout"',
        ),
        (
            423,
            r"\bFileLocked\b|\bException\\{1,4}Locked\b|\bResourceLocked(?:Error)?\b|\bresourceLocked\b|\bSPFile"
            r"LockException\b"
            r'|"Operation"\s{0,9}:\s{0,9}"OperationType|"code"\s{0,9}:\s{0,9}"locked"'
            r'|"locked_?[bB]y"\s{0,9}:\s{0,9}["{]'
            r"|\bwebdav: locked\b|existing lock on file: "
            r"|\bstate (?:already )?lock(?:ed)?\b|\bworkspace already locked\b|lock-token-sub"
            r"mitted\b"
            r"|no-conflicting-lock\b|\blocked for (?:editing|shared use|exclusive use)\b|\bLock token does not m"
            r"atch existing lock\b"
            r"|\bE1950(?:22)\b|\bE1600(?:35|36|37|38|39|40)\b|\bno lock token available\b",
        ),
        (
            412,
            r"\bPreconditionFailed\b|\bconditionNotMet\b|\bLeaseIdMissing\b|\bLeaseLost\b|\bLeaseIdMismatchWith\w+\b"
            r"|\bConditionNotMet\b",
        ),
        (
            409,
            r"\bException\\{1,4}Conflict\b|\bLeaseAlreadyPresent\b|\bScopeLocked\b|\bConditionalRequestConflict\b|\bversion_conflict_engine_exc"
            r"eption\b"
            r'|"lock_conflict\b'
            r"|\bresourceModified\b"
            r"|\bOptimisticLockException\b|\bthe object has been modified\b|lock-token-matches-request-uri\b",
        ),
        (400, r"\bUNABLE_TO_LOCK_ROW\b|\bconversation_locked\b"),
        (403, r"\bException\\{1,4}Forbidden\b|\(AccessDenied\) when calling\b|<Code>AccessDenied</Code>"),
        (405, r"File exists\)?$|\bException\\{1,4}MethodNotAllowed\b"),
        (404, r"\bException\\{1,4}NotFound\b"),
        (500, r"\bcan't lock file '/(?:var/|run/){1,2}lock/(?:qemu-server|lxc)/"),
    )
)
"""Errors that are raised for one status only, whatever product raises them."""


@dataclass(frozen=True, slots=True)
class BodyBlock:
    """A body in a text: where it stands, and whether it is there to its end."""

    start: int
    end: int
    text: str
    whole: bool


def without_what_follows(body: bytes) -> bytes:
    """``body`` as it was before a prompt, a status or prose came behind its root element, and as it was unescaped."""
    if _ESCAPED.match(body) and b"</" not in body:
        body = unescaped(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    root = _ROOT.match(body)
    if root is None:
        return _json_alone(body)
    # mod_dav's own pages and HTML in capitals: the end tag is spelled like its beginning, or in the other case.
    end = max(body.rfind(b"</" + spelling + b">") for spelling in (root[1], root[1].lower(), root[1].upper()))
    if end < 0:
        return body
    end = body.index(b">", end) + 1
    return body if _REMARK.fullmatch(body, end) else body[:end]


def _json_alone(body: bytes) -> bytes:
    start = len(body) - len(body.lstrip())
    if body[start : start + 1] != b"{" or len(body) > BODY_LIMIT:
        return body
    try:
        text = body.decode("utf-8")
        _, end = json.JSONDecoder().raw_decode(text, len(body[:start].decode("utf-8")))
    except (ValueError, RecursionError):
        return body
    return text[:end].encode() if text[end:].strip() else body


def xml_blocks(text: str) -> Iterator[BodyBlock]:
    """The documents of XML in ``text``, HTML apart."""
    position = 0
    for _ in range(ATTEMPTS):
        match = _XML.search(text, position)
        if match is None:
            return
        root = match["root"] or match["bare"]
        close = f"</{root}>"
        close_at = text.find(close, match.end(), match.end() + BODY_LIMIT)
        end = close_at + len(close) if close_at >= 0 else min(len(text), match.end() + BODY_LIMIT)
        yield BodyBlock(match.start(), end, text[match.start() : end], close_at >= 0)
        position = end


def json_blocks(text: str) -> Iterator[tuple[BodyBlock, object]]:
    """The objects of JSON in ``text``, with what they hold."""
    position = 0
    decoder = json.JSONDecoder()
    for _ in range(ATTEMPTS):
        match = _JSON.search(text, position)
        if match is None:
            return
        window = text[match.start() : match.start() + BODY_LIMIT]
        try:
            value, length = decoder.raw_decode(window)
        except (ValueError, RecursionError):
            position = match.start() + 1
            continue
        if isinstance(value, dict) and value:
            yield BodyBlock(match.start(), match.start() + length, window[:length], True), value
        position = match.start() + length


_CUT_STATUS = re.compile(r'"(?:status|statusCode|code|status_code)"\s{0,9}:\s{0,9}"?([45]\d\d)\b')


def cut_json(text: str) -> Iterator[tuple[BodyBlock, int]]:
    """JSON that begins ``text`` and was cut off, with the status that its names stand for, where they stand for one."""
    start = len(text) - len(text.lstrip())
    body = text[start : start + BODY_LIMIT]
    stated = _CUT_STATUS.search(body)
    status = named_status(body) or (int(stated[1]) if stated is not None else None)
    if status is not None and _JSON.match(body) is not None:
        yield BodyBlock(start, start + len(body), body, False), status


def named_status(text: str) -> int | None:
    """The status that a name of an error in ``text`` stands for."""
    return next((status for status, names in _NAMES if names.search(text)), None)


def json_status(value: object, depth: int = 3) -> int | None:
    """The status that an error in JSON tells of itself."""
    if isinstance(value, list):
        value = value[0] if value else None
    if not isinstance(value, dict) or depth == 0:
        return None
    for name in ("status", "statusCode", "code", "status_code"):
        member = value.get(name)
        if isinstance(member, str) and re.fullmatch("[45][0-9]{2}", member):
            return int(member)
        if isinstance(member, int) and not isinstance(member, bool) and 400 <= member <= 599:
            return member
    nested = (json_status(value.get(name), depth - 1) for name in ("error", "errors", "odata.error"))
    return next((status for status in nested if status is not None), None)
