"""The statuses that people take for one another, told apart: what each means, its look-alikes, how to tell, what to
do.

The seed of the whole tool. 423 is an explicit lock; 409 is a clash with the state of the resource and implies no
lock; 429 is about how fast one asks, whatever the lock.
"""

from davlock.diagnosis.reference import rfc, rfc4918
from davlock.diagnosis.topic import Topic

LOCKED = Topic(
    names={423: "Locked"},
    page="""
What it means: an explicit lock stands in the way. Someone, or a program of yours, holds it. The request is fine, and
was refused for want of that lock's token.

Its look-alikes: 409 is a clash with the state of the resource, and no lock is implied. 412 is a condition of your own
that failed, and an old lock token in If is such a condition. 403 is permission, or the token of another user's lock.
On ownCloud and Nextcloud a 423 with FileLocked in its body is the server's own short lock, which has no token and
which UNLOCK cannot open. From OneDrive and SharePoint a 423 with JSON means that an editor has the document open.
Applications that are not WebDAV have locks and 423 as well: a Terraform state, a resumable upload (tus), an archived
repository, a locked account, a page that somebody checked out in a CMS (Plone, dotCMS, Alfresco, Confluence). No WebDAV
token opens those.

How to tell: read lockdiscovery (`davlock diagnose URL`). It shows who holds which lock, until when, and where its root
is, which can be a collection above. An empty lockdiscovery proves nothing by itself: some servers hide their locks.
If the body is JSON, or OPTIONS has no field DAV, an application has the lock: its body or its own web page names the
holder, and lockdiscovery does not exist there.

What to do: if the lock is yours, submit its token in the If header (`davlock put FILE URL --token TOKEN`). Otherwise
wait until it ends, or ask the holder. Release somebody's lock only when the holder is surely gone, and look again
afterwards: an UNLOCK that was answered 204 may have done nothing. An application's lock ends in that application:
check the page in, wait for the run or upload, unarchive the repository.
""",
    references=(rfc4918("11.3"), rfc4918("7")),
)

CONFLICT = Topic(
    names={409: "Conflict"},
    page="""
What it means: the request clashes with the state of the resource. Most often the parent collection is missing,
otherwise it is a version, an edit or a name. From a WebDAV server it implies no lock.

Its look-alikes: 423 is the answer for a lock. 405 to MKCOL says that the name exists already. sabre and Go answer 404
to a PUT whose parent is missing, lighttpd 403 to a LOCK, nginx 500 to a PUT. An upload into the top of a Nextcloud
(/remote.php/dav/) is a 409 too: the folders of a user are at /remote.php/dav/files/USER/. Applications that are not
WebDAV say 409 for locks, too: a Terraform state, an Azure lease or management lock, a Git LFS lock. Others say it of
an old version: CouchDB, Elasticsearch, Kubernetes. Calendar servers name a condition in DAV:error.

How to tell: read the body first. A cause that it states is the cause. Else ask for the parent. A 404 to PROPFIND on it
means that it is missing. To UNLOCK, 409 means that the token locks nothing at this URL. A header X-WOPI-Lock means that
an office session has the file open.

What to do: create the missing collections from the outside in. After a 409 to UNLOCK, look whether anything is still
locked: often the goal is met already. Where an application says what clashes, do what it says: read again and send the
new version, or end its own lock.
""",
    references=(rfc(9110, "15.5.10"), rfc4918("9.7.1")),
)

TOO_MANY_REQUESTS = Topic(
    names={429: "Too Many Requests"},
    page="""
What it means: it is about how fast you ask, whatever the lock. The same request would be answered at another time.

Its look-alikes: some services say 503 for the same, with Retry-After or without. A 423 can look temporary too, but
waiting helps there only if the lock ends.

How to tell: look for Retry-After or RateLimit in the answer. Words about logins mean that wrong passwords are being
counted: every further try makes it longer.

What to do: stop, wait for the time given (a minute if none is), and ask more slowly. Do not look for locks. If it is
about logins, correct the password in every client first.
""",
    references=(rfc(6585, "4"), rfc(9110, "10.2.3")),
)

PRECONDITION_FAILED = Topic(
    names={412: "Precondition Failed"},
    page="""
What it means: a condition that your own request carried is false: If, If-Match, If-None-Match or If-Unmodified-Since.
It did its work, and nothing was written.

Its look-alikes: 423 is for a lock whose token was not submitted at all. For a wrong token some servers say 412 and
others 423. 428 says that a condition is missing. Go's webdav says 412 to an If header that does not parse, where
others say 400, and Nextcloud to an UNLOCK of its own kind where nothing is locked. Applications use it, too: Azure Blob
for a lease whose id is missing, object stores for an object that changed or exists, such as Terraform's lock file.

How to tell: which conditions did the request have? If-Match compares with the current entity tag, and never matches a
weak one (W/"…"), nor a star in quotes ("*"): the wildcard has none. If with a lock token fails when that lock is gone.
sabre names the header in its body.

What to do: for If-Match, read again, merge, and write with the new entity tag. For a dead lock token, drop it, take a
new lock, and compare the entity tag before writing.
""",
    references=(rfc(9110, "15.5.13"), rfc4918("10.4")),
)

FAILED_DEPENDENCY = Topic(
    names={424: "Failed Dependency"},
    page="""
What it means: a consequence, never a cause. This part was not tried because another part failed.

Its look-alikes: 423 and 412, which are the usual causes, stand on another resource of the same answer.

How to tell: read the multistatus body. The member with a status other than 424 is the cause. Apache sends such a body
with a 424 on the answer itself as well, and names the parent collection when an untagged If failed there.

What to do: deal with the member that is the cause. If it is the parent with 412, tag the If list with the URL of the
locked resource: `If: <URL> (<token>)`.
""",
    references=(rfc4918("11.4"),),
)

MULTI_STATUS = Topic(
    names={207: "Multi-Status"},
    page="""
What it means: several answers in one body. To a read it is the normal answer. To a write it is a success only if every
member is 2xx, and usually it is not.

Its look-alikes: any other 2xx. Clients that look no further report success: Apache answers 207 to a PUT into a locked
collection, and nothing is written.

How to tell: read every response in the body. A 423 in it is a lock, a 424 the consequence of another member's failure.
In the answer to a PROPFIND, a 404 beside lockdiscovery means that the server does not tell, not that nothing is locked.

What to do: treat it as a failure unless every member is 2xx, and deal with the member that is the cause.
""",
    references=(rfc4918("13"), rfc4918("11.1")),
)

INSUFFICIENT_STORAGE = Topic(
    names={507: "Insufficient Storage"},
    page="""
What it means: the server cannot store what was sent. The disk or a quota is full.

Its look-alikes: 413 is about one request that is too large. Neither is about locks; but a LOCK on a new name creates
an empty file, which can be left behind, locked, when the write then fails.

How to tell: `davlock propfind URL -p quota-available-bytes`, where the server has it. Negative numbers mean unknown or
unlimited.

What to do: free space or raise the quota. Then look for an empty locked file of the same name.
""",
    references=(rfc4918("11.5"), rfc(4331, "3")),
)

CONTENT_TOO_LARGE = Topic(
    names={413: "Content Too Large"},
    page="""
What it means: this one request is larger than the server, or a proxy in front of it, takes. Nothing was written.

Its look-alikes: 507 is about space that has run out. Neither is about locks. To a LOCK it is about the body: Tomcat
says 413 to an owner of 5,000 characters.

How to tell: a smaller file goes through. A page of nginx or of another proxy as body means that the limit is there
(client_max_body_size), not in the DAV server.

What to do: raise the limit, or upload in chunks where the service has a way for it. If a LOCK came first, look for an
empty locked file of the same name.
""",
    references=(rfc(9110, "15.5.14"),),
)

BAD_REQUEST = Topic(
    names={400: "Bad Request", 422: "Unprocessable Content"},
    page="""
What it means: the request itself is malformed as this server sees it: a header, a lockinfo body, a Depth. 422 says the
same of a body that is good XML with a meaning that makes no sense.

Its look-alikes: Apache answers 400 to an UNLOCK where others say 409, when the token locks nothing there. nginx
answers 400 to a MOVE whose Destination has another host or port than it knows for itself, lighttpd to a refresh whose
If list is tagged. 412 is a condition that was understood, and is false.

How to tell: check the header that carries the token. UNLOCK wants `Lock-Token: <token>` with the angle brackets,
writes want `If: (<token>)`. A LOCK needs a lockinfo body and Depth 0 or infinity. A refresh has no body, and an If.

What to do: correct the header or the body. The commands lock, refresh, unlock and put of davlock send the forms that
servers read.
""",
    references=(rfc(9110, "15.5.1"), rfc4918("11.2")),
)

UNAUTHORIZED = Topic(
    names={401: "Unauthorized", 407: "Proxy Authentication Required"},
    page="""
What it means: the server (401) or a proxy on the way (407) wants credentials, or did not accept those sent. Whether
anything is locked was not even looked at.

Its look-alikes: 403 knows who you are and says no. A few servers say 401 to an UNLOCK with another user's token. Old
ownCloud versions say 401 during maintenance, and SharePoint where a browser has to sign in first.

How to tell: WWW-Authenticate says which kind of credentials is wanted. Some services want an app password in place of
your own.

What to do: give -u USER (and --digest where Digest is asked for), or --oauth2-bearer; for a proxy, credentials in its
URL. Do not repeat a password that was refused: some services count the failures and block you.
""",
    references=(rfc(9110, "15.5.2"), rfc(9110, "15.5.8")),
)

FORBIDDEN = Topic(
    names={403: "Forbidden"},
    page="""
What it means: the server understood the request and does not allow it. It is permission, not a lock.

Its look-alikes: to a request with a lock token it often means that the lock is another user's (Apache, WsgiDAV,
lighttpd). To PROPFIND with Depth infinity it is about the size of the answer. To LOCK, lighttpd says it where the
parent is missing. A firewall in front can refuse the verb before the server sees it.

How to tell: repeat as the user who took the lock. Repeat PROPFIND with Depth 1. Try GET on the same URL: if that goes
through, and PROPFIND and LOCK get a web page, a filter refuses the verbs.

What to do: use a login that may do it, or have the permissions changed. Retrying as the same user never helps.
""",
    references=(rfc(9110, "15.5.4"), rfc4918("9.1.1")),
)

NOT_FOUND = Topic(
    names={404: "Not Found"},
    page="""
What it means: there is nothing at this URL. A missing resource is not locked; its parent can be.

Its look-alikes: to PUT, MKCOL or LOCK it means on some servers (sabre, Go) that the parent collection is missing,
where others say 409. A lockdiscovery with 404 inside a 207 means that the server does not tell, not that nothing is
there.

How to tell: PROPFIND with Depth 1 on the parent lists what is there.

What to do: check the URL: its case, its escapes, its trailing slash, its base path.
""",
    references=(rfc(9110, "15.5.5"),),
)

METHOD_NOT_ALLOWED = Topic(
    names={405: "Method Not Allowed"},
    page="""
What it means: the verb is not for this resource, or not offered at all.

Its look-alikes: to MKCOL it means that the name exists already. To LOCK or UNLOCK it means that locking is not
configured, and that nothing can be locked. To PROPFIND it means that the URL does not speak WebDAV. From a proxy with
a DAV layer of its own it says nothing about the server behind it.

How to tell: Allow in the answer, or in that to OPTIONS, lists what is offered.

What to do: use the verb that fits. If LOCK is missing, have locking configured on the server, or use a client without
locks.
""",
    references=(rfc(9110, "15.5.6"), rfc4918("9.3.1")),
)

PRECONDITION_REQUIRED = Topic(
    names={428: "Precondition Required"},
    page="""
What it means: the server insists on a conditional request, so that nobody overwrites what they have not seen.

Its look-alikes: 412 is a condition that failed, 428 is one that is missing. 423 wants a lock's token, not an entity
tag.

How to tell: the request had no If-Match.

What to do: read the entity tag and send it in If-Match (`davlock put FILE URL --if-match current`).
""",
    references=(rfc(6585, "3"),),
)

INTERNAL_SERVER_ERROR = Topic(
    names={500: "Internal Server Error"},
    page="""
What it means: the server failed. After a LOCK, whether a lock was made is not known: WsgiDAV was seen to answer 500
and to lock all the same.

Its look-alikes: Apache with an unusable lock database answers 500 to every write, and may read well. nginx and Go say
500 to some requests whose parent is missing. Older oCIS and OpenCloud say it to a LOCK on a new name.

How to tell: does only LOCK fail, every write, or every request? Read the server's log at the time of the request.

What to do: after a LOCK, look for a lock with your owner (`davlock locks URL`). Otherwise it is for the administrator:
for Apache, DavLockDB in a directory that it may write.
""",
    references=(rfc(9110, "15.6.1"),),
)

NOT_IMPLEMENTED = Topic(
    names={501: "Not Implemented"},
    page="""
What it means: the server does not know this method, or not this form of it. No lock is in the way.

Its look-alikes: Go's webdav answers 501 to a LOCK that asks for a shared lock, while exclusive ones work. 405 says
that the method is known, and not for this resource. A proxy can say 501 to verbs that the server behind it knows.

How to tell: Allow in the answer to OPTIONS. Does an exclusive LOCK go through?

What to do: ask for an exclusive lock, or do without locks here.
""",
    references=(rfc(9110, "15.6.2"),),
)

BAD_GATEWAY = Topic(
    names={502: "Bad Gateway"},
    page="""
What it means: something between you and the server got no answer that it could use. To MOVE and COPY it is also what
RFC 4918 has for a Destination on another server.

Its look-alikes: Apache behind a proxy says 502 to a MOVE whose Destination has another scheme, host or port than it
knows for itself, though it is the same server. Never a lock.

How to tell: do only MOVE and COPY fail, while PUT and DELETE go through? Then it is the Destination. Does everything
fail? Then the server behind the proxy is away.

What to do: let the proxy rewrite Destination, or keep host, port and scheme the same on both sides. After a LOCK that
was answered so, look whether a lock was made (`davlock locks URL`).
""",
    references=(rfc(9110, "15.6.3"), rfc4918("9.9.4")),
)

SERVICE_UNAVAILABLE = Topic(
    names={503: "Service Unavailable"},
    page="""
What it means: the server is away for a while: maintenance, overload, or a block of this account.

Its look-alikes: 429 says the same about too many requests, and a few services (Nutstore) say 503 for it. Never a lock,
though Nextcloud in maintenance mode keeps everybody from writing.

How to tell: words about maintenance or an upgrade in the body; Retry-After. A block affects one account only.

What to do: wait for the time given. The administrator ends a maintenance. An account that was blocked must rest for as
long as the service says, half an hour for Nutstore.
""",
    references=(rfc(9110, "15.6.4"),),
)

GATEWAY_TIMEOUT = Topic(
    names={504: "Gateway Timeout"},
    page="""
What it means: a proxy gave up waiting. The server behind it may still be at work, and may finish: whether the write or
the LOCK was done is not known.

Its look-alikes: a 423 to the next try is often the first one still at work, not somebody else (Nextcloud's FileLocked,
gateways to cloud storage). 503 says that the server did not even begin.

How to tell: ask again what is there. The size and the date of the file tell of a write, `davlock locks URL` tells of a
lock.

What to do: look before you repeat. Raise the timeouts of the proxy and the client for large uploads, or send them in
chunks.
""",
    references=(rfc(9110, "15.6.5"),),
)

REDIRECT = Topic(
    names={301: "Moved Permanently", 302: "Found", 307: "Temporary Redirect", 308: "Permanent Redirect"},
    page="""
What it means: the resource is said to be elsewhere. Location says where. A write or a LOCK must not be repeated there
without being told to, and davlock does not.

Its look-alikes: a login page. A redirect to another host, or to a URL that ends in a page, is a request to sign in,
not another place of the resource. lighttpd says 308 to a LOCK on a collection without its trailing slash.

How to tell: compare Location with the URL. Is the difference a trailing slash, https in place of http, or another
host? Many clients turn the method into GET after a 301 or 302; 307 and 308 forbid that.

What to do: use the URL in Location, if you trust it. A lock belongs to the URL at which it was taken: submit its token
there.
""",
    references=(rfc(9110, "15.4"),),
)

TOPICS: dict[int, Topic] = {
    status: topic
    for topic in (
        LOCKED,
        CONFLICT,
        TOO_MANY_REQUESTS,
        PRECONDITION_FAILED,
        FAILED_DEPENDENCY,
        MULTI_STATUS,
        INSUFFICIENT_STORAGE,
        CONTENT_TOO_LARGE,
        BAD_REQUEST,
        UNAUTHORIZED,
        FORBIDDEN,
        NOT_FOUND,
        METHOD_NOT_ALLOWED,
        PRECONDITION_REQUIRED,
        INTERNAL_SERVER_ERROR,
        NOT_IMPLEMENTED,
        BAD_GATEWAY,
        SERVICE_UNAVAILABLE,
        GATEWAY_TIMEOUT,
        REDIRECT,
    )
    for status in topic.names
}
"""The page of each status."""
