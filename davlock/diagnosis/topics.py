"""The statuses that people take for one another, told apart: what each means, its look-alikes, how to tell, what to
do.

The seed of the whole tool. 423 is an explicit lock; 409 is a clash with the state of the resource and implies no
lock; 429 is about how fast one asks, whatever the lock.
"""

from dataclasses import dataclass

from davlock.diagnosis.finding import Reference
from davlock.diagnosis.rule import rfc, rfc4918


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One status. ``findings`` are the ids that explain an answer with it, the most frequent first."""

    status: int
    name: str
    meaning: str
    look_alikes: str
    how_to_tell: str
    what_to_do: str
    findings: tuple[str, ...]
    references: tuple[Reference, ...]


TOPICS: dict[int, Topic] = {
    topic.status: topic
    for topic in (
        Topic(
            status=423,
            name="Locked",
            meaning="An explicit lock stands in the way: someone, or a program of yours, holds it. The request"
            " is fine and was"
            " refused for want of that lock's token.",
            look_alikes="409 is a clash with the state of the resource, and no lock is implied. 412 is a"
            " condition of your own that"
            " failed; an old lock token in If is such a condition. 403 is permission, or a token of another"
            " user. On ownCloud and"
            " Nextcloud a 423 with FileLocked in its body is a short internal lock, which no token opens.",
            how_to_tell="Read lockdiscovery: it shows who holds which lock, until when, and where its root is"
            " (davlock diagnose URL)."
            " An empty lockdiscovery proves nothing by itself: some servers hide their locks.",
            what_to_do="If the lock is yours, submit its token in the If header (davlock put FILE URL --token"
            " TOKEN). Otherwise wait"
            " until it ends, or ask the holder. Release somebody's lock only when the holder is surely gone.",
            findings=(
                "423-held-by-other",
                "423-token-required",
                "423-own-lock-token-missing",
                "423-ancestor-lock",
                "423-lock-conflict",
                "423-wrong-token",
                "423-transactional",
                "423-token-withheld",
            ),
            references=(rfc4918("11.3"),),
        ),
        Topic(
            status=409,
            name="Conflict",
            meaning="The request clashes with the state of the resource: most often the parent collection is"
            " missing, otherwise a"
            " version or an edit. No lock is implied.",
            look_alikes="423 is the answer for a lock. 405 to MKCOL says that the name exists. sabre and Go"
            " answer 404 where others"
            " say 409 for a missing parent.",
            how_to_tell="Ask for the parent: a 404 to PROPFIND on it means that it is missing. For UNLOCK, 409"
            " means that the token"
            " locks nothing at this URL. A header X-WOPI-Lock means that an office session has the file open.",
            what_to_do="Create the missing collections from the outside in. After a 409 to UNLOCK, look whether"
            " anything is still"
            " locked: often the goal is met already.",
            findings=("409-missing-parent", "409-unlock-token-mismatch", "409-unlock-already-gone", "409-unexplained"),
            references=(rfc(9110, "15.5.10"), rfc4918("9.7.1")),
        ),
        Topic(
            status=429,
            name="Too Many Requests",
            meaning="It is about how fast you ask, whatever the lock. The same request would be answered at"
            " another time.",
            look_alikes="503 with Retry-After is used for the same by some services. A 423 can look temporary"
            " too, but waiting alone"
            " helps there only if the lock ends.",
            how_to_tell="Look for Retry-After or RateLimit in the answer. Words about logins mean that wrong"
            " passwords are counted:"
            " every further try makes it longer.",
            what_to_do="Stop, wait for the time given (a minute if none is), and ask more slowly. Do not look"
            " for locks.",
            findings=("429-retry-after", "429-no-retry-after"),
            references=(rfc(6585, "4"), rfc(9110, "10.2.3")),
        ),
        Topic(
            status=412,
            name="Precondition Failed",
            meaning="A condition that your own request carried evaluated to false: If, If-Match, If-None-Match or"
            " If-Unmodified-Since. It did its work; nothing was written.",
            look_alikes="423 is for a lock whose token was not submitted at all; a wrong token is 412 on some"
            " servers and 423 on others.",
            how_to_tell="Which conditions did the request have? If-Match compares with the current ETag. If with"
            " a lock token fails"
            " when that lock is gone. sabre names the header in its body.",
            what_to_do="For If-Match: read again, merge, write with the new ETag. For a dead lock token: drop"
            " it, take a new lock, and"
            " compare the ETag before writing.",
            findings=(
                "412-etag-changed",
                "412-none-match-exists",
                "412-if-token-unknown",
                "412-refresh-lost-lock",
                "412-etag-mangled",
                "400-if-malformed",
            ),
            references=(rfc(9110, "15.5.13"), rfc4918("10.4")),
        ),
        Topic(
            status=424,
            name="Failed Dependency",
            meaning="A consequence, never a cause: this part was not tried because another part failed.",
            look_alikes="423 and 412, which are the usual causes, stand on another resource of the same answer.",
            how_to_tell="Read the multistatus body: the member with a status other than 424 is the cause. Apache"
            " puts such a body into"
            " a 424 as well, and names the parent collection when an untagged If failed there.",
            what_to_do="Deal with the member that is the cause. If it is the parent with 412: tag the If list"
            " with the URL of the locked"
            " resource.",
            findings=("424-consequence", "424-parent-refused", "423-member-lock"),
            references=(rfc4918("11.4"),),
        ),
        Topic(
            status=207,
            name="Multi-Status",
            meaning="Several answers in one body. To a read it is the normal answer; to a write it is a success"
            " only if every member is"
            " 2xx, and usually it is not.",
            look_alikes="It is in the 2xx range, and clients that look no further report success: Apache answers"
            " 207 to a PUT into a"
            " locked collection, and nothing is written.",
            how_to_tell="Read every response in the body; a 423 in it is a lock, a 424 the consequence of"
            " another member's failure.",
            what_to_do="Treat it as a failure unless every member is 2xx, and deal with the member that is the cause.",
            findings=("207-write-failed", "207-lock-refused-by-member", "423-ancestor-lock", "424-consequence"),
            references=(rfc4918("13"),),
        ),
        Topic(
            status=507,
            name="Insufficient Storage",
            meaning="The server cannot store what was sent: the disk or a quota is full.",
            look_alikes="413 is about one request that is too large. Neither is about locks; but a LOCK on a new"
            " name creates an empty"
            " file, which can be left behind locked when the write then fails.",
            how_to_tell="PROPFIND quota-available-bytes, where the server has it (negative numbers mean unknown"
            " or unlimited).",
            what_to_do="Free space or raise the quota; then look for an empty locked file of the same name.",
            findings=("other-unexplained",),
            references=(rfc4918("11.5"),),
        ),
        Topic(
            status=400,
            name="Bad Request",
            meaning="The request itself is malformed as this server sees it.",
            look_alikes="Apache answers 400 to UNLOCK where others say 409: the token locks nothing there.",
            how_to_tell="Check the header that carries the token: Lock-Token: <token> with angle brackets on"
            " UNLOCK, If: (<token>) on"
            " writes. A LOCK needs a lockinfo body, a refresh none but an If.",
            what_to_do="Correct the header or the body; davlock lock, refresh, unlock and put send the forms"
            " that servers read.",
            findings=("400-lock-token-missing", "400-if-malformed", "400-lock-token-brackets", "400-lockinfo-refused"),
            references=(rfc(9110, "15.5.1"),),
        ),
        Topic(
            status=401,
            name="Unauthorized",
            meaning="The server wants credentials, or did not accept those sent. Nothing was looked at beyond that.",
            look_alikes="403 knows who you are and says no. Old ownCloud versions say 401 during maintenance.",
            how_to_tell="WWW-Authenticate says which kind of credentials is wanted.",
            what_to_do="Give -u USER (and --digest where it is asked for), or --oauth2-bearer.",
            findings=("401-not-authenticated",),
            references=(rfc(9110, "15.5.2"),),
        ),
        Topic(
            status=403,
            name="Forbidden",
            meaning="The server understood and does not allow it: permission, not a lock.",
            look_alikes="To a request with a lock token it often means that the lock is another user's (Apache,"
            " WsgiDAV, lighttpd). To"
            " PROPFIND with Depth infinity it is about the size of the answer. A filter in front can refuse the verb.",
            how_to_tell="Repeat as the user who took the lock; repeat PROPFIND with Depth 0; try GET on the same URL.",
            what_to_do="Use a login that may do it, or have permissions changed.",
            findings=("403-no-permission", "403-unlock-not-owner", "403-propfind-finite-depth"),
            references=(rfc(9110, "15.5.4"),),
        ),
        Topic(
            status=404,
            name="Not Found",
            meaning="There is nothing at this URL.",
            look_alikes="To PUT, MKCOL or LOCK it means that the parent collection is missing (sabre, Go)."
            " lockdiscovery with 404 inside"
            " a 207 means that the server does not tell, not that nothing is locked.",
            how_to_tell="PROPFIND on the parent lists what is there.",
            what_to_do="Check the URL: case, escapes, trailing slash, base path.",
            findings=("404-not-found", "409-missing-parent", "lockdiscovery-unreadable"),
            references=(rfc(9110, "15.5.5"),),
        ),
        Topic(
            status=405,
            name="Method Not Allowed",
            meaning="The verb is not for this resource, or not offered at all.",
            look_alikes="To MKCOL it means that the name exists. To LOCK or UNLOCK it means that locking is not"
            " configured.",
            how_to_tell="Allow in the answer, or in that to OPTIONS, lists what is offered.",
            what_to_do="Use the verb that fits; configure locking on the server if LOCK is missing.",
            findings=("405-method-not-allowed", "lock-not-supported", "not-dav"),
            references=(rfc(9110, "15.5.6"),),
        ),
        Topic(
            status=428,
            name="Precondition Required",
            meaning="The server insists on a conditional request, so that nobody overwrites what they have not seen.",
            look_alikes="412 is a condition that failed; 428 is one that is missing.",
            how_to_tell="The request had no If-Match.",
            what_to_do="Read the ETag and send it in If-Match (davlock put FILE URL --if-match current).",
            findings=("other-unexplained",),
            references=(rfc(6585, "3"),),
        ),
        Topic(
            status=500,
            name="Internal Server Error",
            meaning="The server failed. After a LOCK, whether a lock was made is not known.",
            look_alikes="Apache with an unusable lock database answers 500 to every write and reads well.",
            how_to_tell="Does only LOCK fail, every write, or every request? Read the server's log.",
            what_to_do="After a LOCK, look for a lock with your owner (davlock locks URL). Otherwise it is for"
            " the administrator.",
            findings=("lock-outcome-unknown", "other-unexplained", "409-missing-parent"),
            references=(rfc(9110, "15.6.1"),),
        ),
        Topic(
            status=501,
            name="Not Implemented",
            meaning="The server does not know this method, or not this form of it.",
            look_alikes="Go's webdav answers 501 to a LOCK that asks for a shared lock: exclusive ones work.",
            how_to_tell="Allow in the answer to OPTIONS.",
            what_to_do="Ask for an exclusive lock, or do without locks here.",
            findings=("lock-not-supported", "405-method-not-allowed"),
            references=(rfc(9110, "15.6.2"),),
        ),
        Topic(
            status=503,
            name="Service Unavailable",
            meaning="The server is away for a while: maintenance, overload, or a block of this account.",
            look_alikes="429 says the same about too many requests. Never a lock.",
            how_to_tell="Words about maintenance or an upgrade in the body; Retry-After; a block affects one"
            " account only.",
            what_to_do="Wait. The administrator ends a maintenance.",
            findings=("503-maintenance", "other-unexplained"),
            references=(rfc(9110, "15.6.4"),),
        ),
    )
}
