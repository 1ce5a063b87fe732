"""What servers say, by meaning; how each of them words it stands in :mod:`davlock.servers.phrases`."""

from enum import Enum, auto


class Said(Enum):
    """What the text of an answer can mean."""

    # about locks and tokens
    NO_SUCH_LOCK = auto()
    """The lock or its token is not known here."""
    TOKEN_NOT_FOUND = auto()
    """The token of an UNLOCK locks nothing at this URL."""
    NO_TOKEN_SENT = auto()
    """The UNLOCK came without its Lock-Token: not that its token locks nothing."""
    NO_LOCK_TO_REFRESH = auto()
    """The refresh found no lock at all."""
    REFRESH_WITHOUT_TOKEN = auto()
    """The refresh came without its token."""
    WANTS_BODY = auto()
    """LOCK must have a body, also to renew a lock."""
    LOCKINFO_FAULT = auto()
    """Something in the LOCK request is missing or wrong."""
    NO_SHARED_LOCKS = auto()
    """Shared locks are not offered."""
    ABOUT_LOCKING = auto()
    """The answer is about locking."""
    LOCK_OF_ANOTHER_USER = auto()
    """The lock is another user's."""
    SVN_LOCK_OF_ANOTHER_USER = auto()
    """The same, of a lock of Subversion."""
    TOKEN_FORMAT_UNKNOWN = auto()
    """The token is of a form that this server never issues."""
    TOKEN_OR_ETAG_WRONG = auto()
    """A token or an entity tag of the If header does not fit."""
    IF_MALFORMED = auto()
    """The server cannot read the If header."""
    FINITE_DEPTH = auto()
    """PROPFIND of a whole tree is not allowed."""
    IF_TOKEN_NOT_FOUND = auto()
    """A token of the If header is that of no lock here."""
    IF_ETAG_DIFFERS = auto()
    """An entity tag of the If header is not the current one."""
    IF_NOT_FAILS = auto()
    """The If header asks for the absence of a lock that is there."""
    STAR_COMPARED = auto()
    """The server compared an entity tag with a star in quotes."""
    LOCK_UNMAPPED_FAILS = auto()
    """LOCK fails on a name that does not exist."""
    FILE_LOCK_KNOWN = auto()
    """The file is locked, and the memory cache knows which lock."""
    FILE_SCAN = auto()
    """The lock is that of a scan of the storage."""
    LOCKED_PAGE_USUAL = auto()
    """The words of the usual page for 423."""
    LOCK_DATABASE_FAILS = auto()
    """The lock database cannot be used."""

    # about the resource and the collection above
    PARENT_MISSING = auto()
    """The collection above is missing."""
    PARENT_NOT_THERE = auto()
    """The same, in the sentence of a product for a PUT, a MKCOL, a COPY or a MOVE."""
    NODE_NOT_LOCATED = auto()
    """Something is not there: of a PUT, the collection above; of COPY and MOVE, the source."""
    PARENT_IS_FILE = auto()
    """There is a file where the collection above should be."""
    DESTINATION_NO_COLLECTION = auto()
    """The destination is no collection."""
    PARENT_NO_COLLECTION = auto()
    """The collection above is missing or is a file."""
    NO_COLLECTION = auto()
    """Something is missing or is a file."""
    ABOUT_PARENT = auto()
    """The answer is about the collection above."""
    MISSING = auto()
    """The resource is missing."""
    EXISTS = auto()
    """Something of that name exists."""
    NAME_TAKEN = auto()
    """The same, of the destination of a MOVE."""
    OTHER_CONFLICT = auto()
    """409 for another reason: a PUT to a collection, or a version that is out of date."""

    # about the request
    UNKNOWN_METHOD = auto()
    """The server does not know the method."""
    ABOUT_DESTINATION = auto()
    """The answer is about the Destination."""
    DESTINATION_FOREIGN = auto()
    """The Destination is not an address of this server."""
    OUT_OF_BASE = auto()
    """A path is outside of the tree: the Destination's, or that of the request itself."""
    NO_STATUS_SET = auto()
    """The handler did not say what to answer."""

    # about who asks, how often, and who answers
    TOO_MANY_REQUESTS = auto()
    """Requests come too fast."""
    LOGINS_THROTTLED = auto()
    """Too many logins failed."""
    LOGIN_DELAYED = auto()
    """The longest delay for failed logins was reached."""
    ACCOUNT_BLOCKED = auto()
    """The account is blocked for a while."""
    MAINTENANCE = auto()
    """The server is in maintenance, or wants an upgrade."""
    OVERLOADED = auto()
    """Too much to do: stock pages name it beside maintenance, since whoever wrote them could not know."""
    OPEN_IN_OFFICE = auto()
    """The document is open in an editing session, or checked out."""
    PAGE_LOCKED = auto()
    """A web page is locked."""
    HOSTING_PROVIDER = auto()
    """The name of a hosting provider."""
    FORBIDDEN_BY_POLICY = auto()
    """A policy does not allow the method."""
    FILTERED = auto()
    """A web application firewall refused the request."""
    OWN_PERMISSIONS = auto()
    """Who may do what with a file or a lock: a DAV server wrote the page."""
    FRONT_END = auto()
    """The name of a front end, as it signs its own pages."""
    WEB_SERVER = auto()
    """The name of a web server or front end that signs its pages."""
    HTTPD_ERROR_PAGE = auto()
    """Apache's own page for 500: an application behind it has one of its own."""
    HTTPD_BAD_REQUEST_PAGE = auto()
    """Apache's own page for 400."""
    HTTPD_PRECONDITION_PAGE = auto()
    """Apache's own page for 412."""
