"""What servers say in words: patterns over the text of an answer, by product, and what each of them means.

A rule asks ``Said.PARENT_MISSING in evidence.said``. A new wording of a known meaning is one line in the table here.
Every pattern is searched without regard to case.
"""

import re
from functools import cache

from davlock.servers.said import Said as Said
from davlock.values import dataclass


@dataclass(frozen=True, slots=True)
class Phrase:
    """A pattern, whose words they are, and what they mean.

    ``product`` is the name of a profile; empty for words that several products use. ``statuses`` are those with which
    the words count; empty: any. ``unless`` is a pattern that must not be in what was found.
    """

    product: str
    statuses: tuple[int, ...]
    pattern: str
    means: Said
    unless: str = ""


_GONE = (
    r"(?:(?:does|do|did) ?n[o']?t exist|doesn.t exist|not (?:be )?found|could ?n[o']?t be (?:found|located)"
    r"|is missing|must exist)"
)
_PARENT = r"(?:parent|ancestors?|intermediate collections?|containing (?:folder|collection|directory))"
_THING = r"(?:resource|file|path|item|node|object|folder|directory|document|entry|collection|key|blob)"
_OTHER_SUBJECT = r"\b(?:user|account|group|tenant|token|session|realm|principal|role)\b"
"""What can be missing as well, and has nothing to do with the resource."""

_UNTOLD = (400, 403, 405, 409, 422, 424, 500)
"""404, 410, 412 and 423 have a meaning of their own: words count beside the others."""

_LOGIN = r"(?:log[ -]?ins?|sign[ -]?ins?|passwords?|authentications?|credentials?)"
_TRY = r"(?:attempts?|retries|tries|fail(?:ed|ures?)?|incorrect|wrong|invalid|too many)"
# Close together, in one sentence, and not "too many requests": a page of any kind can have a link to its login in it.
_BETWEEN = r"[^\w.!?|<>:;]+(?:(?!requests?\b)\w+[^\w.!?|<>:;]+){0,4}"

PHRASES: tuple[Phrase, ...] = (
    # -- locks and tokens
    Phrase(
        "",
        _UNTOLD,
        rf"\block(?: token)?\b[^\n]{{0,60}}?\b{_GONE}|\bno such lock\b|\b(?:unknown|invalid) lock(?: token)?\b"
        r"|\bno lock (?:on|for|with|exists)\b|\bis not locked\b",
        Said.NO_SUCH_LOCK,
    ),
    Phrase("asgi-webdav", (403,), r"not found lock token|lock token not match request url", Said.TOKEN_NOT_FOUND),
    Phrase("", (403,), r"lock token not found", Said.TOKEN_NOT_FOUND),
    Phrase("svn", (403,), r"no lock on path", Said.TOKEN_NOT_FOUND),
    Phrase(
        "apache",
        (400,),
        r"did not specify one of this resource's locktoken|resource has no outstanding locks"
        r"|locktoken does not correspond to an existing lock",
        Said.TOKEN_NOT_FOUND,
    ),
    Phrase(
        "",
        (),
        r"\bmissing (?:a |the )?lock[- ]token|\block[- ]?token\W{0,3}(?:request )?(?:header )?(?:field )?"
        r"(?:is |was |are )?(?:missing|required|expected|absent|empty"
        r"|not (?:present|set|sent|given|supplied|provided|specified))\b"
        r"|\b(?:requires?|needs?|expect(?:s|ed)|without|lacks) (?:a |the )?lock[- ]token\b"
        r"|\bno lock[- ]?token\W{0,3}(?:header )?(?:field )?(?:was |is )?"
        r"(?:sent|given|supplied|provided|specified|present|header|in the request)\b",
        Said.NO_TOKEN_SENT,
    ),
    Phrase("sabredav", (), r"an xml body is required for lock requests", Said.NO_LOCK_TO_REFRESH),
    Phrase("wsgidav", (), r"expected a lock token", Said.REFRESH_WITHOUT_TOKEN),
    Phrase(
        "",
        (),
        r"\b(?:request |xml |lockinfo |message )?body\W+(?:is |was |must be |are )?"
        r"(?:required|missing|expected|empty|needed|absent)"
        r"|\b(?:requires?|needs?|expect(?:s|ed)|missing|empty|no|without) (?:an? |the )?"
        r"(?:xml |request |lockinfo |message )*body\b"
        r"|\bbody (?:must|can ?not|may not|should) (?:not )?be (?:empty|present|sent)\b"
        r"|\b(?:missing|no|requires?|needs?|expect(?:s|ed)) (?:an? |the )?(?:\{?dav:\}?)?lockinfo\b"
        r"|\blockinfo\b\W+(?:element )?(?:is |was )?(?:required|missing|expected)"
        r"|\bno element found\b|\bdocument is empty\b|\b(?:premature|unexpected) end of (?:file|data|input)\b",
        Said.WANTS_BODY,
    ),
    Phrase("nephele", (), r"owner element", Said.LOCKINFO_FAULT),
    Phrase("asgi-webdav", (), r"lock ?info", Said.LOCKINFO_FAULT),
    Phrase("", (), r"lockscope|timeout header", Said.LOCKINFO_FAULT),
    Phrase("", (), r"shared lock", Said.NO_SHARED_LOCKS),
    Phrase("", (), r"locking", Said.ABOUT_LOCKING),
    Phrase("wsgidav", (), r"created by another user|locktoken created by user", Said.LOCK_OF_ANOTHER_USER),
    Phrase("", (), r"not the owner of the lock|lock owner", Said.LOCK_OF_ANOTHER_USER),
    Phrase("svn", (), r"trying to use a lock owned by|does not own lock on path", Said.SVN_LOCK_OF_ANOTHER_USER),
    Phrase(
        "apache", (), r"unknown state-token format|opaquelocktoken has an incorrect format", Said.TOKEN_FORMAT_UNKNOWN
    ),
    Phrase("", (), r"lock token in unknown format", Said.TOKEN_FORMAT_UNKNOWN),
    Phrase("sabredav", (), r"token/etag combination", Said.TOKEN_OR_ETAG_WRONG),
    Phrase("apache", (400,), r'invalid (?:"if:" header|if-header)|in tagged if-header', Said.IF_MALFORMED),
    Phrase("apache", (403,), r'propfind requests with a depth of "infinity"', Said.FINITE_DEPTH),
    # Which condition of If failed last (httpd modules/dav/main/util.c, dav_validate_resource_state).
    Phrase(
        "apache",
        (),
        r"state-token was supplied, but it was not found|unknown state token was supplied",
        Said.IF_TOKEN_NOT_FOUND,
    ),
    Phrase("apache", (), r"entity-tag was specified, but the resource's actual etag", Said.IF_ETAG_DIFFERS),
    Phrase("apache", (), r'used a "not" condition|using the "not" form', Said.IF_NOT_FAILS),
    Phrase("", (), r'does not match\W{1,12}"\*"', Said.STAR_COMPARED),  # DAViCal quotes what it compared
    Phrase("ocis", (), r"set lock: error: not found", Said.LOCK_UNMAPPED_FAILS),  # reva's ocdav service (ocis#3463)
    Phrase("nextcloud-or-owncloud", (), r"existing lock on file:", Said.FILE_LOCK_KNOWN),
    Phrase("nextcloud-or-owncloud", (), r"scanner::", Said.FILE_SCAN),
    Phrase("", (), r"423|currently locked|resource", Said.LOCKED_PAGE_USUAL),
    # Apache's error log (modules/dav/fs/lock.c, modules/dav/main/util.c), where somebody put it into the answer.
    Phrase(
        "apache",
        (),
        r"lock database|locks could not be queried|could not save lock information|problem fetching the locks"
        r"|dbm driver could not be loaded|davlockdb",
        Said.LOCK_DATABASE_FAILS,
    ),
    # -- the resource and the collection above
    Phrase(
        "",
        _UNTOLD,
        rf"\b{_PARENT}\b[^\n]{{0,60}}?\b{_GONE}|\bno such {_PARENT}\b|\b(?:missing|no) {_PARENT}\b",
        Said.PARENT_MISSING,
    ),
    Phrase("wsgidav", (), r"parent must be a collection|parent must be an existing collection", Said.PARENT_NOT_THERE),
    Phrase("apache", (), r"parent resource of", Said.PARENT_NOT_THERE),
    Phrase("sabredav", (), r"parent node does not exist|destination node is not found", Said.PARENT_NOT_THERE),
    Phrase("nutstore", (), r"ancestorsnotfound", Said.PARENT_NOT_THERE),
    Phrase("zope", (), r"ancestors must already exist", Said.PARENT_NOT_THERE),
    Phrase("", (), r"parent does not exist", Said.PARENT_NOT_THERE),
    Phrase("sabredav", (), r"could not be located", Said.NODE_NOT_LOCATED),
    Phrase(
        "sabredav",
        (),
        r"only be created as children of collections|parent node is not a collection|parent is not a collection",
        Said.PARENT_IS_FILE,
    ),
    Phrase("sabredav", (), r"the destination node is not a collection", Said.DESTINATION_NO_COLLECTION),
    Phrase("", (), r"or is not a collection|parent must be a", Said.PARENT_NO_COLLECTION),  # WsgiDAV, Apache
    Phrase("", (), r"not a collection|must be a", Said.NO_COLLECTION),
    Phrase("", (), r"parent|ancestor", Said.ABOUT_PARENT),
    Phrase(
        "",
        _UNTOLD,
        rf"\b{_THING}\b[^\n]{{0,80}}?\b{_GONE}|\bno such {_THING}\b|\bno such file or directory\b",
        Said.MISSING,
        unless=_OTHER_SUBJECT,
    ),
    Phrase("", _UNTOLD, r"\balready (?:exists?|present)\b|\bfile exists\b", Said.EXISTS),
    Phrase("", (), r"already exist|destination exist", Said.NAME_TAKEN),
    Phrase("apache", (), r"put to a collection", Said.OTHER_CONFLICT),
    Phrase("", (), r"already exist|out of date|been modified|was modified|revision", Said.OTHER_CONFLICT),
    # -- the request
    Phrase(
        "",
        (400, 403, 404),  # 405 and 501 say it themselves (RFC 9110 §15.5.6, §15.6.2)
        r"\b(?:unknown|unsupported|unrecogni[sz]ed|unimplemented|invalid)\W+(?:(?:https?|request|webdav)\W+){0,2}"
        r"(?:method|verb)\b(?!\s+(?:of|for)\b)"
        r"|(?<!authentication )(?<!auth )(?<!login )(?<!encryption )\b(?:method|verb)\W+(?:\w+\W+){0,2}?"
        r"(?:not\W+(?:implemented|supported|recogni[sz]ed|known)|unknown|unsupported|unimplemented)\b",
        Said.UNKNOWN_METHOD,
    ),
    Phrase("", (), r"destination", Said.ABOUT_DESTINATION),
    Phrase(
        "apache",
        (),
        r"different scheme or port|destination uri refers to|refers to a different server",
        Said.DESTINATION_FOREIGN,
    ),
    Phrase("nginx", (), r"handled by (?:a )?different repository", Said.DESTINATION_FOREIGN),
    Phrase(
        "",
        (),
        r"source and destination must have the same|destination host does not match",
        Said.DESTINATION_FOREIGN,
    ),
    Phrase("sabredav", (), r"destination ur[il] is out of base uri", Said.DESTINATION_FOREIGN),
    Phrase("sabredav", (), r"is out of base uri|not in base uri", Said.OUT_OF_BASE),
    Phrase("sabredav", (), r"no subsystem set a valid http status code", Said.NO_STATUS_SET),
    # -- who asks, how often, and who answers
    # S3's SlowDown ("Please reduce your request rate"), Azure's and AWS's throttling, and the words of 429 itself.
    Phrase(
        "",
        (),
        r"\btoo ?many ?requests\b|\bslow ?down\b|\brequest rate\b|\brate[ -]?limit(?:ed|s|ing)?\b|\brate exceeded\b"
        r"|\bthrottl(?:ed|ing)\b",
        Said.TOO_MANY_REQUESTS,
    ),
    Phrase(
        "",
        (429,),
        rf"\b{_LOGIN}{_BETWEEN}{_TRY}\b|\b{_TRY}{_BETWEEN}{_LOGIN}\b|brute.?force"
        r"|anmeldeversuche|fehlversuche|tentatives de connexion|intentos de (?:inicio|acceso)|tentativi di accesso"
        r"|inlogpogingen|tentativas de (?:login|acesso)",
        Said.LOGINS_THROTTLED,
    ),
    Phrase("nextcloud", (429,), r"maximum delay", Said.LOGIN_DELAYED),
    Phrase("nutstore", (), r"BlockedTemporarily", Said.ACCOUNT_BLOCKED),
    Phrase(
        "",
        (),
        r"\bmaintenance\W+(?:mode|break|work|window|in progress|underway|is )|upgrade needed"
        r"|wartungs(?:modus|arbeit)|gewartet"
        r"|\b(?:in|under|for|during|undergoing|scheduled|planned|ongoing|en|mode|down)\W+(?:\w+\W+){0,2}maintenance\b"
        r"|(?:en|em|in|por|per|voor) (?:mantenimiento|manuten[cç][aã]o|manutenzione|onderhoud)|^\W*maintenance\W*$",
        Said.MAINTENANCE,
    ),
    Phrase("", (), r"\boverload|\bcapacity problems", Said.OVERLOADED),
    Phrase(
        "sharepoint",
        (),
        r"locked for editing|checked out|lock token does not match existing lock|is locked for shared use",
        Said.OPEN_IN_OFFICE,
    ),
    Phrase("", (), r"page locked|seite gesperrt", Said.PAGE_LOCKED),
    Phrase("", (), r"storage share|hetzner", Said.HOSTING_PROVIDER),
    Phrase("", (), r"not allowed by policy", Said.FORBIDDEN_BY_POLICY),
    Phrase("", (), r"not configured to allow the http request method", Said.FORBIDDEN_BY_POLICY),  # CloudFront
    # IIS, whose number for it is the same in every language.
    Phrase("iis", (), r"configured to deny the http verb|404\.6 ", Said.FORBIDDEN_BY_POLICY),
    # What filters call themselves and say on their pages, but not in a path that a page repeats. Cloudflare's title
    # and numbers are not translated.
    Phrase(
        "",
        (),
        r"mod_?security|(?<![\w/.-])(?:fire ?wall|waf|wordfence|incapsula|imunify360)(?![\w/-]|\.\w)"
        r"|\bmicrosoft-azure-application-gateway\b"
        r"|\b(?:you have been|request (?:was |is )?|web ?page) ?blocked\b|\bthe requested url was rejected\b"
        r"|\battention required! \| cloudflare|\bcookies to continue$|^error code: 10\d\d$"
        r"|\bon this server\. reference #|\baccess control configuration prevents your request\b",
        Said.FILTERED,
    ),
    Phrase("", (), r"\bpermissions?\b|\block(?:s|ed|ing|token)?\b|\bowner\b|\banother user\b", Said.OWN_PERMISSIONS),
    Phrase(
        "",
        (),
        r"\b(?:nginx|openresty|cloudflare|haproxy|varnish|squid|traefik|envoy|caddy|tengine)\b",
        Said.FRONT_END,
    ),
    Phrase("", (), r"\b(?:nginx|openresty|cloudflare|varnish|haproxy|litespeed|awselb)\b", Said.WEB_SERVER),
    Phrase("apache", (), r"the server encountered an internal error or misconfiguration", Said.HTTPD_ERROR_PAGE),
    Phrase("apache", (), r"this server could not understand", Said.HTTPD_BAD_REQUEST_PAGE),
    Phrase("apache", (), r"the precondition on the request", Said.HTTPD_PRECONDITION_PAGE),
)


class Sayings:
    """What the text of an answer says: ``Said.EXISTS in sayings``. Nothing is searched before somebody asks."""

    __slots__ = ("_status", "_text")

    def __init__(self, text: str | None, status: int | None = None) -> None:
        self._text = text or ""
        self._status = status

    def __contains__(self, said: Said) -> bool:
        for statuses, pattern, unless in _patterns(said):
            if statuses and self._status not in statuses:
                continue
            match = pattern.search(self._text)
            if match is not None and (unless is None or unless.search(match[0]) is None):
                return True
        return False


@cache
def _patterns(said: Said) -> tuple[tuple[tuple[int, ...], re.Pattern[str], re.Pattern[str] | None], ...]:
    return tuple(
        (
            phrase.statuses,
            re.compile(phrase.pattern, re.IGNORECASE),
            re.compile(phrase.unless, re.IGNORECASE) if phrase.unless else None,
        )
        for phrase in PHRASES
        if phrase.means is said
    )
