"""What the lines of a paste tell, each of one exchange, and how several lines are put together."""

import re
from dataclasses import replace

from davlock.capture.shapes.shape import METHODS
from davlock.values import dataclass

_ASKED = re.compile(
    rf"(?<![\w/])(?P<method>{METHODS}|Put|Get|Delete|Post|Patch)\b[ \t]{{1,4}}[\"'`]?(?P<url>https?://[^\s\"'`<>,]{{1,40"
    rf"00}}|/[^\s\"'`<>,:]{{1,4000}})"
)
_URL = re.compile(r"https?://[^\s\"'`<>,)\]]{1,4000}")
_METHOD = re.compile(
    rf"(?:REQUEST_METHOD' \(Value: `|emit\('method |->request\('|\bin |\s-X ?|--request )(?P<method>{METHODS})\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Glimpse:
    """What one line tells of an exchange."""

    start: int
    shape: str
    method: str = ""
    url: str = ""
    status: int | None = None
    reason: str = ""
    exception: str = ""
    message: str = ""
    body: str = ""
    destination: str = ""
    webdav: bool = False
    origin: str = ""
    """When, by which process and for which client a line was written: lines that share it are about one request."""


def filled(text: str, glimpses: list[Glimpse]) -> list[Glimpse]:
    """The glimpses with the method and the URL that the rest of the text names, where it names one."""
    if all(glimpse.method and "://" in glimpse.url for glimpse in glimpses):
        return glimpses
    asked = {(match["method"].upper(), match["url"].rstrip(":;")) for match in _ASKED.finditer(text)}
    urls = {match[0].rstrip(".;") for match in _URL.finditer(text)}
    methods = {match["method"] for match in _METHOD.finditer(text)}
    method, url = next(iter(asked)) if len(asked) == 1 else ("", "")
    method = method or (next(iter(methods)) if len(methods) == 1 else "")
    if not url and len(urls) == 1:
        url = next(iter(urls))
    alone = len(glimpses) == 1
    return [
        partial
        if partial.origin and not alone  # what another line of the log names is another request's
        else replace(partial, method=partial.method or method, url=_whole(partial.url, urls) if partial.url else url)
        for partial in glimpses
    ]


def _whole(name: str, urls: set[str]) -> str:
    """The one URL that ends in ``name``; ``name`` itself where there is none, or it is a URL."""
    if "://" in name:
        return name
    ends = [url for url in urls if url.endswith(f"/{name.lstrip('/')}")]
    return ends[0] if len(ends) == 1 else name


def joined(glimpses: list[Glimpse]) -> list[Glimpse]:
    """A server logs why it refused and what it refused in two lines: the words of the first go with the second."""
    kept: list[Glimpse] = []
    reasons: list[Glimpse] = []
    for glimpse in _one_for_each_request(glimpses):
        if glimpse.message and not (glimpse.method or glimpse.url):
            reasons.append(glimpse)
            continue
        same = [entry for entry in reasons if entry.status == glimpse.status]
        if same and glimpse.method and not (glimpse.message or glimpse.body):
            words = "; ".join(dict.fromkeys(entry.message for entry in same))
            glimpse = replace(glimpse, message=words, exception=glimpse.exception or same[-1].exception)
            reasons.clear()
        kept.append(glimpse)
    return sorted((*kept, *reasons), key=lambda glimpse: glimpse.start) if reasons else kept


def _one_for_each_request(glimpses: list[Glimpse]) -> list[Glimpse]:
    """Joins a line that gives only a reason with the line before it, if both are about the same request."""
    kept: list[Glimpse] = []
    for glimpse in glimpses:
        before = kept[-1] if kept else None
        if (
            before is not None
            and glimpse.origin
            and (before.origin, before.status) == (glimpse.origin, glimpse.status)
            and not (glimpse.method or glimpse.url)
        ):
            words = "; ".join(dict.fromkeys(words.rstrip(".") for words in (before.message, glimpse.message)))
            kept[-1] = replace(before, message=f"{words}.")
        else:
            kept.append(glimpse)
    return kept


def without_repetitions(glimpses: list[Glimpse]) -> list[Glimpse]:
    kept: list[Glimpse] = []
    for glimpse in glimpses:
        if kept and replace(kept[-1], start=0) == replace(glimpse, start=0):
            continue
        if kept and _is_the_same(kept[-1], glimpse):
            continue
        kept.append(glimpse)
    return kept


def _is_the_same(before: Glimpse, after: Glimpse) -> bool:
    """Returns true if a line without words is another log's on the request of the line before it, which has some."""
    if before.shape == after.shape or not before.message or after.message or after.body:
        return False
    same = (before.method, before.status) == (after.method, after.status)
    return same and bool(after.url) and before.url.endswith(after.url)
