"""The same name written otherwise: what to ask when a name that ought to be there is not."""

import re
from collections.abc import Callable
from typing import Literal
from urllib.parse import quote, unquote_to_bytes, urlsplit, urlunsplit

from davlock.diagnosis.fact import Known
from davlock.diagnosis.resource import says_missing
from davlock.operations.probe import Probe
from davlock.protocol.requests import LOCK_PROPERTIES

MAX_FORMS = 4

_SAFE = "!$&'()*+,;=:@-._~"


def other_forms(url: str) -> tuple[str, ...]:
    """At most MAX_FORMS URLs that somebody may have meant by this one, the likeliest first; none of a plain name.

    Another Unicode form (macOS decomposes names), UTF-8 in place of ISO 8859-1, escapes undone once where they were
    applied twice, single slashes, the slash at the end left out, and escapes in the other case, which servers that
    compare undecoded names hold for another name.
    """
    parts = urlsplit(url)
    path = parts.path
    upper = re.sub("%[0-9A-Fa-f]{2}", lambda escape: escape[0].upper(), path)
    lower = re.sub("%[0-9A-Fa-f]{2}", lambda escape: escape[0].lower(), path)
    forms = (
        _respelt(path, lambda name: _normalised(name, "NFC")),
        _respelt(path, lambda name: _normalised(name, "NFD")),
        _respelt(path, unquote_to_bytes) if re.search("%25[0-9A-Fa-f]{2}", path) else "",
        re.sub("//+", "/", path),
        path.rstrip("/"),
        upper,
        lower,
    )
    distinct = dict.fromkeys(form for form in forms if form not in ("", path))
    return tuple(urlunsplit(parts._replace(path=form)) for form in distinct)[:MAX_FORMS]


def _respelt(path: str, respell: Callable[[bytes], bytes]) -> str:
    """Name by name, so that an escaped slash stays part of its name."""
    return "/".join(quote(respell(unquote_to_bytes(name)), safe=_SAFE) for name in path.split("/"))


def _normalised(name: bytes, form: Literal["NFC", "NFD"]) -> bytes:
    import unicodedata  # here, since its tables are large and few names need them

    try:
        text = name.decode()
    except UnicodeDecodeError:
        text = name.decode("latin-1")
    return unicodedata.normalize(form, text).encode()


def look_for_other_forms(probe: Probe) -> None:
    """Where the target or a collection above it is missing: whether it is there under another spelling."""
    missing = _topmost_missing(probe)
    if missing is None:
        return
    for url in other_forms(missing):
        if missing != probe.target and urlsplit(url).path == urlsplit(missing).path.rstrip("/"):
            continue  # the slash of a collection above is ours, nobody meant anything by it
        exchange = probe.propfind(url, LOCK_PROPERTIES)
        if exchange.status == 207 and not says_missing(exchange):
            probe.skip("name", f"{missing} does not exist, but {url} does: only the spelling differs")
            return
        if not says_missing(exchange):
            return  # whoever says neither is not to be asked on


def _topmost_missing(probe: Probe) -> str | None:
    """The URL nearest to the root that PROPFIND found nothing at, if the last look found nothing at the target."""
    exists = probe.evidence(inquiry=True).exists_now
    if not isinstance(exists, Known) or exists.value:
        return None
    asked = [entry for entry in probe.exchanges if entry.request.method == "PROPFIND" and says_missing(entry)]
    return min((entry.request.url for entry in asked), key=len, default=None)
