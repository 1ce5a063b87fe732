"""What a text mentions of HTTP, of locks and of products, where it cannot be read as any exchange.

A word counts only where it belongs to nothing else: "locked" alone is said of databases, doors and accounts.
"""

import re

from davlock.values import dataclass

MENTION_LIMIT = 8
"""Mentions that are shown."""

SAMPLE = 512 * 1024
"""Characters of a text that are searched: its end."""

RECORD = "run the request with curl -i, and give its output to davlock explain"
"""How to record more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Something that a text names: the words themselves, what they are, and what davlock knows about them."""

    words: str
    meaning: str
    see: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _NamedWords:
    pattern: re.Pattern[str]
    meaning: str
    see: tuple[str, ...] = ()
    unless: re.Pattern[str] | None = None
    """What the text must not have: then these words mean something more certain."""


def _name(pattern: str, meaning: str, *see: str, unless: str = "") -> _NamedWords:
    return _NamedWords(re.compile(pattern), meaning, see, re.compile(unless) if unless else None)


_FOR_EDITING = (
    r"(?:\blocked for editing by\b|\bzur Bearbeitung (?:durch|von)\b[^\n]{0,80}\bgesperrt"
    r"|\bverrouillé pour modification par\b|\bbloqueado para (?:su )?(?:edición|modificación) por\b)"
)
_OFFICE_PROGRAM = r"\b(?:Microsoft Office|Word|Excel|PowerPoint|LibreOffice|OpenOffice|SharePoint|OneDrive)\b"
_OFFICE_FILE = r"\.(?:(?:doc|dot|xls|ppt|pot|vsd)[xmb]?|od[tspg]|rtf|mpp)\b"
# Office names nobody where it does not know who it is.
_DOCUMENT = r"(?i:\b(?:file|document|workbook|presentation|datei|dokument|fichier|archivo|documento)\b)"
_ANOTHER = r"[ :]{1,2}['\"‘’“„«]?(?:another user|(?:einen )?anderen Benutzer|un autre utilisateur|otro usuario)"
_DOCUMENT_FILE = r"(?i:\.(?:(?:doc|dot|xls|ppt|pot|vsd)[xmb]?|od[tspg]|rtf|mpp|pdf|txt|csv))"
_IS_LOCKED = r"(?:is locked|ist gesperrt|est verrouillée?|está bloqueado)\b(?! for\b)"
_OPEN_IN_OFFICE = (
    rf"(?m:^)(?:(?=[^\n]{{0,300}}?(?:{_OFFICE_PROGRAM}|{_OFFICE_FILE}))|[^\n]{{0,60}}?{_OFFICE_PROGRAM}[^\n]{{0,60}}\n{{1,2}})"
    rf"[^\n]{{0,300}}?{_FOR_EDITING}[^\n]{{0,80}}"
    rf"|(?m:^)(?=[^\n]{{0,300}}?{_DOCUMENT})[^\n]{{0,300}}?{_FOR_EDITING}{_ANOTHER}[^\n]{{0,80}}"
)


_NAMES = (
    _name(
        r"\bFileLocked\b|\bexisting lock on file\b",
        "Nextcloud's or ownCloud's own short lock of a file",
        "423-transactional",
    ),
    _name(
        r"\bserver does not support locks\b",
        "davfs2's words for a server that offers no locks, or not at this URL",
        "lock-not-supported",
    ),
    _name(
        r"\b(?:Sabre|OCA)\\[\w\\]*\\Locked\b|\bDocument in use\b",
        "a lock that somebody holds, at a server of WebDAV",
        "423-held-by-other",
        "423-token-required",
    ),
    _name(
        r"\b0x80070021\b",
        "Windows' error for a file that is locked; over WebDAV, the answer 423",
        "423",
        "423-"
        r"held-by-other",
    ),
    _name(r"\bE(?:195022|1600(?:35|36|37|38|39|40))\b", "Subversion's error for a lock", "423-svn-lock"),
    _name(
        r"(?i:\bgit[ -]lfs\b)[^\n]{0,200}\b(?:by [\w.@-]+|lock\w*)|\blocked in Git LFS(?: by [\w.@-]+)?",
        "a lock of Git LFS, which is no lock of WebDAV: git lfs locks shows it",
        "409-git-lfs-lock",
        "423-application-lock",
    ),
    _name(
        r"\b(?:terraform|tofu) force-unlock\b|\.tflock\b|\bstate lock\b",
        "the lock of a Terraform or OpenTofu state, which is no lock of WebDAV",
        "423-terraform-state-lock",
    ),
    _name(r"\bScopeLocked\b", "a management lock of Azure, which is no lock of WebDAV", "409-application-conflict"),
    _name(r"\bLease(?:IdMissing|AlreadyPresent|Lost)\b", "a lease of an Azure blob", "409-blob-lease"),
    _name(
        r"\b(?:SPFileLockException|resourceLocked|locked for shared use)\b",
        "an editor has the document open, at SharePoint",
        "423-of"
        r"fice-session",
    ),
    _name(
        _OPEN_IN_OFFICE,
        "an Office program found the lock of somebody who has the document open",
        "423-office-session",
        "423-held-by-other",
    ),
    _name(
        rf"[^\n]{{0,120}}{_FOR_EDITING}[^\n]{{0,80}}",
        "somebody edits it: a lock of the application, or perhaps one of WebDAV or of an Office program",
        "423-application-lock",
        "423-held-by-other",
        "423-office-session",
        unless=_OPEN_IN_OFFICE,
    ),
    _name(
        rf"(?:(?<=\s)|^)['\"‘“„«]?[^\s'\"’”“»]{{1,120}}{_DOCUMENT_FILE}['\"’”“»]? {_IS_LOCKED}",
        "a document that is locked: over WebDAV, by an Office program, or only on a disk",
        "423-held-by-other",
        "423-office-session",
        unless=_FOR_EDITING,
    ),
    _name(
        r"\bno DAV locking support on https?://\S{1,400}",
        "git's push over WebDAV needs locks, and this server has none",
        "lock-not-supported",
    ),
    _name(
        r"\bUNABLE_TO_LOCK_ROW\b",
        "Salesforce's own lock of a record: another transaction has it",
        "423-application-lock",
    ),
    _name(
        r"\banother API request or Stripe process is currently accessing it",
        "Stripe's lock of one object, answered with 429: it ends by itself, so send the request again",
        "423-application-lock",
    ),
    _name(
        r"\bcluster_block_exception\b|\bread-only-allow-delete block\b",
        "a block of an index, not too many requests: Elasticsearch blocks writing if its disk is nearly full",
        "423-application-lock",
    ),
    _name(
        r"(?i:\b(?:issue|conversation|discussion) is locked\b(?! (?:for|by)\b))",
        "a locked conversation at a Git host: its maintainers can unlock it",
        "423-application-lock",
    ),
    _name(
        r"\.pulumi/locks/[^\s:]{1,100}: created by [^\n]{1,100}",
        "Pulumi's own lock of a stack: pulumi cancel removes it if that run is dead",
        "423-application-lock",
    ),
    _name(
        r"\bErrorIrresolvableConflict\b",
        "Exchange's change key is outdated: read the item again, and send the new one",
        "409-application-conflict",
    ),
    _name(r"\bWOPI\b", "an office session", "409-wopi-lock"),
    _name(
        r"\bStarted LOCK \"[^\"\n]{1,200}\"",
        "a LOCK, whose answer is not there: a lock may exist",
        "lock-outcome-unknown",
    ),
    _name(
        r"\bStarted (?:UNLOCK|PROPFIND|MKCOL) \"[^\"\n]{1,200}\"|\b(?:LOCK|UNLOCK|PROPFIND|PROPPATCH|MKCOL)"
        r" (?:/|https?://)\S{0,200}"
        r"|REQUEST_METHOD'[^\n]{0,20}`(?:PROPFIND|LOCK|UNLOCK|MKCOL|PUT)'",
        "a request of WebDAV, whose answer is not there",
        "proxy-method-dropped",
    ),
    _name(
        r"\b(?:lockdiscovery|supportedlock|lock-token-submitted|opaquelocktoken:[\w-]{0,60}|lockinfo)\b",
        "locks"
        r" of WebDAV",
        "423",
    ),
    _name(
        r"\bPrecondition ?Failed\b",
        "412: a condition of the request did not hold",
        "412",
        "412-unexplained",
        "412-etag-changed",
    ),
    _name(
        r"(?i:\berror(?: code)?) 423\b",
        "423, if it is a status of HTTP: other programs number their errors, too",
        "423",
    ),
    _name(r"\bToo Many Requests\b|\bMaxDelayReached\b", "429: too many requests", "429", "429-no-retry-after"),
    _name(r"(?i:\b(?:webdav|caldav|carddav)\b)[^\n]{0,80}", "WebDAV"),
    _name(r"\bhttps?://\S{1,120}/(?:remote\.php|webdav|dav)/\S{0,120}", "a URL of WebDAV"),
)
_FIELDS = re.compile(
    r"^[ \t]*(?:Date|Server|Content-Type|Content-Length|ETag|DAV|Allow|Location|Cache-Control|Last-Modified) ?: "
    r"?[^\n]{1,120}$",
    re.MULTILINE | re.IGNORECASE,
)


def mentions(text: str) -> tuple[Mention, ...]:
    """What ``text`` names, in the order of its weight; nothing where it is about something else."""
    text = text[-SAMPLE:]
    mentioned = []
    for name in _NAMES:
        match = name.pattern.search(text)
        if match is not None and (name.unless is None or name.unless.search(text) is None):
            mentioned.append(Mention(words=" ".join(match[0].split())[:160], meaning=name.meaning, see=name.see))
    fields = _FIELDS.findall(text[:65536])
    if len(fields) > 1:
        words = " ".join(fields[0].split())
        mentioned.append(Mention(words=words, meaning="the header of an answer, without the line that has its status"))
    return tuple(mentioned[:MENTION_LIMIT])
