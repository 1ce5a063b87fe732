"""The statuses that say that the request, the login or the URL is wrong: 400 to 405, 407, 413, 422, and redirects."""

from davlock.diagnosis.reference import rfc, rfc4918
from davlock.diagnosis.topics.topic import Topic

BAD_REQUEST = Topic(
    names={400: "Bad Request", 422: "Unprocessable Content"},
    it_is_about="the form of the request",
    it_ends_when="you correct the header or the body",
    do="correct the header with the token, the Depth, or the lockinfo body",
    do_not="repeat it unchanged",
    check="`davlock explain FILE` with the request",
    meaning="The server cannot make sense of the request: of a header, of a lockinfo body, or of Depth. 422 means "
    "that the body is good XML, but its content makes no sense.",
    remedy="Correct the header or the body. The davlock commands lock, refresh, unlock and put send forms that "
    "servers read.",
    confused_with="Apache answers 400 to UNLOCK if the token locks nothing there; others answer 409. nginx answers "
    "400 to MOVE if Destination has a host or port that it does not know as its own. lighttpd "
    "answers 400 to a refresh with a tagged If list. 412 is a condition that the server understood, "
    "and that is false.",
    recognise="Check the header with the token. UNLOCK needs `Lock-Token: <token>` with the angle brackets; a "
    "write needs `If: (<token>)`. A LOCK needs a lockinfo body, and Depth 0 or infinity. A refresh has "
    "no body, and an If.",
    references=(rfc(9110, "15.5.1"), rfc4918("11.2")),
)

UNAUTHORIZED = Topic(
    names={401: "Unauthorized", 407: "Proxy Authentication Required"},
    it_is_about="the login",
    it_ends_when="you send a login that the server accepts",
    do="correct the user, the password, or the kind of login",
    do_not="repeat a refused password: some services block you",
    check="the WWW-Authenticate header",
    meaning="The server (401) or a proxy (407) wants a login, or did not accept the one that you sent. It did not "
    "look at locks yet.",
    remedy="Give `-u USER` (with `--digest` if the server wants Digest) or `--oauth2-bearer TOKEN`. For a proxy, "
    "put the login in its URL. Do not repeat a refused password: some services count failures and block "
    "you.",
    confused_with="403 means that the server knows you, and says no. A few servers answer 401 to UNLOCK with "
    "another user's token. Old ownCloud versions answer 401 during maintenance. SharePoint does so "
    "if you must sign in with a browser first.",
    recognise="WWW-Authenticate names the kind of login. Some services need an app password, not your usual one.",
    references=(rfc(9110, "15.5.2"), rfc(9110, "15.5.8")),
)

FORBIDDEN = Topic(
    names={403: "Forbidden"},
    it_is_about="permission",
    it_ends_when="another login asks, or somebody changes the permissions",
    do="use a login that has the permission, or ask the administrator for it",
    do_not="retry as the same user",
    check="the same request as the user who took the lock",
    meaning="The server understood the request and does not allow it. The reason is permission, not a lock.",
    remedy="Use a login that has the permission, or ask the administrator for it. A retry as the same user never "
    "helps.",
    confused_with="To a request with a lock token, 403 often means that another user holds the lock (Apache, "
    "WsgiDAV, lighttpd). To PROPFIND with Depth infinity, it means that the answer would be too "
    "large. lighttpd answers 403 to LOCK if the parent folder is missing. A firewall in front can "
    "refuse the method before the server sees it.",
    recognise="Repeat the request as the user who took the lock. Repeat PROPFIND with Depth 1. Send GET to the "
    "same URL: if it succeeds, and PROPFIND and LOCK get a web page, a filter refuses the methods.",
    references=(rfc(9110, "15.5.4"), rfc4918("9.1.1")),
)

NOT_FOUND = Topic(
    names={404: "Not Found"},
    it_is_about="the URL",
    it_ends_when="something exists at this URL",
    do="check the URL: its case, escapes, trailing slash and base path",
    do_not="look for a lock here; the parent can have one",
    check="`davlock propfind PARENT --depth 1`",
    meaning="Nothing exists at this URL. A missing resource has no lock, but its parent can have one.",
    remedy="Check the URL: its case, its escapes, its trailing slash, its base path.",
    confused_with="sabre and Go answer 404 to PUT, MKCOL or LOCK if the parent folder is missing; others answer "
    "409. In a 207 body, 404 beside lockdiscovery means that the server hides locks.",
    recognise="PROPFIND with Depth 1 on the parent lists what exists.",
    references=(rfc(9110, "15.5.5"),),
)

METHOD_NOT_ALLOWED = Topic(
    names={405: "Method Not Allowed"},
    it_is_about="the method",
    it_ends_when="you use another method, or the server offers this one",
    do="use a method that Allow lists; have locking configured if LOCK is missing",
    do_not="retry",
    check="the Allow header",
    meaning="The server does not offer this method here, or not at all.",
    remedy="Use a method that fits. If LOCK is missing, ask the administrator to configure locking, or use a "
    "client that needs no locks.",
    confused_with="To MKCOL, 405 means that the name already exists. To LOCK or UNLOCK, it means that locking is "
    "not configured, so nothing can be locked. To PROPFIND, it means that the URL does not speak "
    "WebDAV. A proxy that speaks WebDAV itself can answer 405; this says nothing about the server "
    "behind it.",
    recognise="The Allow header of the answer, or of the answer to OPTIONS, lists the methods.",
    references=(rfc(9110, "15.5.6"), rfc4918("9.3.1")),
)

CONTENT_TOO_LARGE = Topic(
    names={413: "Content Too Large"},
    it_is_about="the size of this request",
    it_ends_when="you send less, or somebody raises the limit",
    do="raise the limit, or upload in chunks",
    do_not="retry with the same size",
    check="a smaller file",
    meaning="This request is larger than the server, or a proxy in front of it, accepts. The server wrote nothing.",
    remedy="Raise the limit, or upload in chunks if the service can do that. If your client sent LOCK first, look "
    "for an empty locked file of the same name.",
    confused_with="507 means that the storage is full. Neither is about locks. To LOCK, 413 is about the body: "
    "Tomcat answers 413 to an owner of 5,000 characters.",
    recognise="A smaller file succeeds. If the body is a page of nginx or of another proxy, the limit is there "
    "(client_max_body_size).",
    references=(rfc(9110, "15.5.14"),),
)

REDIRECT = Topic(
    names={301: "Moved Permanently", 302: "Found", 307: "Temporary Redirect", 308: "Permanent Redirect"},
    it_is_about="another URL",
    it_ends_when="you use the URL in Location",
    do="use the URL in Location if you trust it",
    do_not="let a client repeat LOCK or a write there by itself",
    check="the Location header",
    also_used_by="login pages",
    meaning="The server says that the resource is at another URL, the one in Location. A client must not repeat a "
    "write or a LOCK there by itself, and davlock does not.",
    remedy="Use the URL in Location if you trust it. A lock belongs to the URL where you took it: send its token "
    "there.",
    confused_with="A login page. A redirect to another host, or to a web page, asks you to sign in. lighttpd "
    "answers 308 to LOCK on a folder without its trailing slash.",
    recognise="Compare Location with the URL. Do they differ by a trailing slash, by https, or by the host? Many "
    "clients change the method to GET after 301 or 302; 307 and 308 forbid that.",
    references=(rfc(9110, "15.4"),),
)

TOPICS = (BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, METHOD_NOT_ALLOWED, CONTENT_TOO_LARGE, REDIRECT)
