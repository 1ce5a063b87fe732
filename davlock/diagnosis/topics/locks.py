"""The statuses of locks and conditions: 423, 409, 412, 428, 424 and 207."""

from davlock.diagnosis.reference import rfc, rfc4918
from davlock.diagnosis.topics.topic import Topic

LOCKED = Topic(
    names={423: "Locked"},
    it_is_about="an explicit lock",
    it_ends_when="the lock is released or expires, or its token is sent",
    do="send its token in If, if the lock is yours; else wait, or ask the holder",
    do_not="UNLOCK on a guess",
    check="`davlock diagnose URL`",
    also_used_by="Terraform, SharePoint, tus and other APIs",
    meaning="Someone holds a lock, or a program of yours does. The request is fine; it only lacks the token of the "
    "lock.",
    remedy="Is the lock yours? Then send its token: `davlock put FILE URL --token TOKEN`. If not, wait until it "
    "ends (`davlock wait URL`), or ask the holder. Release a lock of somebody else only if the holder is "
    "surely gone. Then check again: a server can answer 204 to UNLOCK and do nothing. The lock of an "
    "application ends in the application: check the page in, wait for the upload, unarchive the repository.",
    confused_with="409 is a clash with the state of the resource, not a lock. 412 is a condition of your own "
    "request that failed; an old lock token in If is such a condition. 403 is a missing permission, "
    "or the token of another user's lock. On ownCloud and Nextcloud, 423 with FileLocked in its body "
    "is a short lock of the server itself. It has no token, and UNLOCK cannot open it. From OneDrive "
    "and SharePoint, 423 with JSON means that an editor has the document open. Applications that are "
    "not WebDAV answer 423, too: Terraform, resumable uploads (tus), archived repositories, locked "
    "accounts, a CMS where somebody checked a page out. No WebDAV token opens those.",
    recognise="`davlock diagnose URL` reads lockdiscovery. It shows the holder, the end, and the root of the lock, "
    "which can be a folder above. An empty lockdiscovery proves nothing: some servers hide their locks. "
    "If the body is JSON, or the answer to OPTIONS has no DAV field, an application holds the lock. Its "
    "body or its web page names the holder.",
    references=(rfc4918("11.3"), rfc4918("7")),
)

CONFLICT = Topic(
    names={409: "Conflict"},
    it_is_about="the resource's state",
    it_ends_when="the clash is resolved",
    do="create the parent, or read again and merge",
    do_not="look for a lock",
    check="`davlock explain FILE`",
    also_used_by="Git LFS, Azure, CouchDB: there it can be a lock",
    meaning="The request clashes with the state of the resource. Most often the parent folder is missing. "
    "Otherwise a version, an edit or a name clashes. From a WebDAV server, 409 is not about a lock.",
    remedy="Create the missing folders, the outermost first. After 409 to UNLOCK, check if the resource is still "
    "locked: often the lock is gone, and nothing is left to do. If an application says what clashes, do "
    "what it says: read again and send the new version, or end its own lock.",
    confused_with="423 is the answer for a lock. 405 to MKCOL means that the name already exists. sabre and Go "
    "answer 404 to PUT if the parent is missing, lighttpd 403 to LOCK, nginx 500 to PUT. An upload "
    "to the top of a Nextcloud (/remote.php/dav/) gets 409, too: the folders of a user are at "
    "/remote.php/dav/files/USER/. Other applications answer 409 for locks: a Terraform state, an "
    "Azure lease or management lock, a Git LFS lock. Others answer it for an old version: CouchDB, "
    "Elasticsearch, Kubernetes. Calendar servers name a condition in DAV:error.",
    recognise="Read the body first. If it states a cause, that is the cause. Otherwise send PROPFIND to the "
    "parent: 404 means that the parent is missing. To UNLOCK, 409 means that the token locks nothing at "
    "this URL. The header X-WOPI-Lock means that somebody has the file open in an office editor.",
    references=(rfc(9110, "15.5.10"), rfc4918("9.7.1")),
)

PRECONDITION_FAILED = Topic(
    names={412: "Precondition Failed"},
    it_is_about="a condition that your request sent",
    it_ends_when="you send a condition that is true",
    do="read again, merge, and write with the new ETag; drop a dead lock token",
    do_not="repeat the same request, or leave the condition out to force the write",
    check="the If, If-Match and If-None-Match headers of your request",
    also_used_by="Azure Blob (leases), object stores",
    meaning="Your request had a condition, and it is false: If, If-Match, If-None-Match or If-Unmodified-Since. "
    "The condition did its work, and the server wrote nothing.",
    remedy="For If-Match: read the file again, merge, and write with the new ETag. For a dead lock token: drop it, "
    "take a new lock, and compare the ETag before you write.",
    confused_with="423 means that the request sent no token for a lock. For a wrong token, some servers answer 412 "
    "and others 423. 428 means that a condition is missing. Go's webdav answers 412 to an If header "
    "that it cannot parse, where others answer 400. Nextcloud answers 412 to its own kind of UNLOCK "
    "if nothing is locked. Azure Blob answers 412 if the id of a lease is missing. Object stores "
    "answer it if an object changed or already exists, such as the lock file of Terraform.",
    recognise="Which conditions did the request have? If-Match compares with the current ETag. It never matches a "
    'weak one (W/"…"), nor a star in quotes ("*"): the wildcard has no quotes. If with a lock token '
    "fails if that lock is gone. sabre names the header in its body.",
    references=(rfc(9110, "15.5.13"), rfc4918("10.4")),
)

PRECONDITION_REQUIRED = Topic(
    names={428: "Precondition Required"},
    it_is_about="a condition that your request lacks",
    it_ends_when="you send If-Match",
    do="read the ETag and send it in If-Match",
    do_not="look for a lock",
    check="If-Match in your request",
    meaning="The server accepts only conditional writes, so that nobody overwrites changes that they have not seen.",
    remedy="Read the ETag and send it in If-Match: `davlock put FILE URL --if-match current`.",
    confused_with="412 is a condition that failed, 428 is one that is missing. 423 wants the token of a lock, not "
    "an ETag.",
    recognise="The request had no If-Match.",
    references=(rfc(6585, "3"),),
)

FAILED_DEPENDENCY = Topic(
    names={424: "Failed Dependency"},
    it_is_about="another part of the same request that failed",
    it_ends_when="that other part succeeds",
    do="find the member with a status other than 424, and fix that",
    do_not="look for a lock on this member",
    check="`davlock explain FILE` with the 207 body",
    meaning="424 is never the cause. The server did not try this part, because another part failed.",
    remedy="Fix the member that is the cause. If that is the parent with 412, tag the If list with the URL of the "
    "locked resource: `If: <URL> (<token>)`.",
    confused_with="423 and 412 are the usual causes. They are on another resource of the same answer.",
    recognise="Read the 207 body. The member with a status other than 424 is the cause. Apache also sends such a "
    "body with status 424 on the answer itself. It names the parent folder if an untagged If list failed "
    "there.",
    references=(rfc4918("11.4"),),
)

MULTI_STATUS = Topic(
    names={207: "Multi-Status"},
    it_is_about="several answers in one body",
    it_ends_when="every member in the body is 2xx",
    do="read every status in the body",
    do_not="take a 207 to a write as a success",
    check="`davlock explain FILE` with the body",
    meaning="One body has several answers. To a read, 207 is the normal answer. To a write, it is a success only "
    "if every member is 2xx, and usually one is not.",
    remedy="Treat a write as failed unless every member is 2xx. Then fix the member that is the cause.",
    confused_with="Other 2xx. Clients that read only the first line report success: Apache answers 207 to PUT into "
    "a locked folder, and writes nothing.",
    recognise="Read every response in the body. 423 in it is a lock; 424 follows from another member's failure. In "
    "the answer to PROPFIND, 404 beside lockdiscovery means that the server hides locks. It does not "
    "mean that nothing is locked.",
    references=(rfc4918("13"), rfc4918("11.1")),
)

TOPICS = (LOCKED, CONFLICT, PRECONDITION_FAILED, PRECONDITION_REQUIRED, FAILED_DEPENDENCY, MULTI_STATUS)
