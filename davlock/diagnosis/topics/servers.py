"""The statuses that say how the server is: 429, and 500 to 507."""

from davlock.diagnosis.reference import rfc, rfc4918
from davlock.diagnosis.topics.topic import Topic

TOO_MANY_REQUESTS = Topic(
    names={429: "Too Many Requests"},
    it_is_about="how fast you ask",
    it_ends_when="the window resets",
    do="slow down; wait for Retry-After, or a minute",
    do_not="look for a lock; retry at once",
    check="the Retry-After header",
    also_used_by="login throttles: correct the password first",
    meaning="You ask too fast. Locks have no part in it: the same request succeeds later.",
    remedy="Stop, wait for the time in Retry-After (a minute if there is none), and ask more slowly. Do not look "
    "for locks. If it is about logins, correct the password in every client first.",
    confused_with="Some services answer 503 for the same, with or without Retry-After. 423 can also look "
    "temporary, but there a wait helps only if the lock ends.",
    recognise="Look for Retry-After or RateLimit in the answer. If the body speaks of logins, the server counts "
    "wrong passwords, and every retry makes the wait longer.",
    references=(rfc(6585, "4"), rfc(9110, "10.2.3")),
)

INTERNAL_SERVER_ERROR = Topic(
    names={500: "Internal Server Error"},
    it_is_about="a fault in the server",
    it_ends_when="somebody repairs the server",
    do="check the result first; then the administrator reads the log",
    do_not="repeat LOCK before you look for a lock",
    check="`davlock locks URL`, and the server's log",
    meaning="The server failed. After LOCK, a lock may exist all the same: WsgiDAV can answer 500 and still lock.",
    remedy="After LOCK, look for a lock with your owner: `davlock locks URL`. Otherwise ask the administrator. For "
    "Apache, DavLockDB must be in a directory that Apache can write.",
    confused_with="With an unusable lock database, Apache answers 500 to every write, and reads still work. nginx "
    "and Go answer 500 to some requests whose parent folder is missing. Older oCIS and OpenCloud "
    "answer it to LOCK on a new name.",
    recognise="Does only LOCK fail, or every write, or every request? Read the server's log at the time of the "
    "request.",
    references=(rfc(9110, "15.6.1"),),
)

NOT_IMPLEMENTED = Topic(
    names={501: "Not Implemented"},
    it_is_about="a method or form that the server lacks",
    it_ends_when="you ask for something else",
    do="ask for an exclusive lock, or work without locks",
    do_not="retry",
    check="the Allow header of the answer to OPTIONS",
    meaning="The server does not know this method, or this form of it. No lock is in the way.",
    remedy="Ask for an exclusive lock, or work without locks here.",
    confused_with="Go's webdav answers 501 to LOCK for a shared lock; exclusive locks work there. 405 means that "
    "the server knows the method, but not for this resource. A proxy can answer 501 to methods that "
    "the server behind it knows.",
    recognise="Read Allow in the answer to OPTIONS. Does LOCK succeed for an exclusive lock?",
    references=(rfc(9110, "15.6.2"),),
)

BAD_GATEWAY = Topic(
    names={502: "Bad Gateway"},
    it_is_about="a proxy, or the Destination of MOVE and COPY",
    it_ends_when="the proxy reaches the server, or rewrites Destination",
    do="compare Destination with the server's own scheme, host and port",
    do_not="look for a lock",
    check="GET on the same URL",
    meaning="Something between you and the server got no usable answer. To MOVE and COPY, 502 can also mean that "
    "Destination is on another server (RFC 4918).",
    remedy="Let the proxy rewrite Destination, or use the same scheme, host and port on both sides. After LOCK, "
    "check if a lock exists: `davlock locks URL`.",
    confused_with="Apache behind a proxy answers 502 to MOVE if it does not recognise Destination as its own URL. "
    "502 is never a lock.",
    recognise="Do only MOVE and COPY fail, while PUT and DELETE succeed? Then Destination is the cause. Does "
    "everything fail? Then the server behind the proxy is down.",
    references=(rfc(9110, "15.6.3"), rfc4918("9.9.4")),
)

SERVICE_UNAVAILABLE = Topic(
    names={503: "Service Unavailable"},
    it_is_about="a server that is away for a while",
    it_ends_when="maintenance, overload or the block ends",
    do="wait for Retry-After; the administrator ends maintenance",
    do_not="look for a lock",
    check="the body and Retry-After",
    meaning="The server is away for a while: for maintenance, because of overload, or because it blocks this account.",
    remedy="Wait for the time in Retry-After. The administrator ends maintenance. Leave a blocked account alone "
    "for as long as the service says: half an hour for Nutstore.",
    confused_with="429 means too many requests, and a few services (Nutstore) answer 503 for that. 503 is never a "
    "lock, though Nextcloud lets nobody write while it is in maintenance mode.",
    recognise="The body speaks of maintenance or an upgrade, or there is a Retry-After. A block affects one "
    "account only.",
    references=(rfc(9110, "15.6.4"),),
)

GATEWAY_TIMEOUT = Topic(
    names={504: "Gateway Timeout"},
    it_is_about="a proxy that waited too long",
    it_ends_when="the server behind the proxy finishes",
    do="check the result before you repeat the request",
    do_not="repeat LOCK or a write without a check",
    check="`davlock locks URL`; the file's size and date",
    meaning="A proxy stopped waiting. The server behind it may still work, and may finish: nobody knows yet if the "
    "write or the LOCK succeeded.",
    remedy="Check the result before you repeat the request. For large uploads, raise the timeouts of the proxy and "
    "the client, or upload in chunks.",
    confused_with="423 to the next try often means that your first request is still running (Nextcloud, gateways "
    "to cloud storage). 503 means that the server did not even begin.",
    recognise="Read the resource again. The size and date of the file show if the write happened. `davlock locks "
    "URL` shows a lock.",
    references=(rfc(9110, "15.6.5"),),
)

INSUFFICIENT_STORAGE = Topic(
    names={507: "Insufficient Storage"},
    it_is_about="disk space or a quota",
    it_ends_when="somebody frees space or raises the quota",
    do="free space or raise the quota; then look for an empty locked file",
    do_not="retry before that",
    check="`davlock propfind URL -p quota-available-bytes`",
    meaning="The server cannot store the content. The disk is full, or a quota is.",
    remedy="Free space or raise the quota. Then look for an empty locked file of the same name.",
    confused_with="413 means that this one request is too large. Neither is about locks. But LOCK on a new name "
    "creates an empty file. If the write then fails, that file can stay behind, locked.",
    recognise="`davlock propfind URL -p quota-available-bytes`, if the server shows it. A negative number means "
    "unknown or unlimited.",
    references=(rfc4918("11.5"), rfc(4331, "3")),
)

TOPICS = (
    TOO_MANY_REQUESTS,
    INTERNAL_SERVER_ERROR,
    NOT_IMPLEMENTED,
    BAD_GATEWAY,
    SERVICE_UNAVAILABLE,
    GATEWAY_TIMEOUT,
    INSUFFICIENT_STORAGE,
)
