"""Lines that servers log."""

from davlock.capture.shapes.shape import JsonShape, LineShape, pattern

_PAIRS = r"[^\n]{0,3000}?\b"

# Apache 2.2 names neither the module nor the process. The error of the system stands before the client.
_APACHE_PREFIX = (
    r"\[[A-Z][^\]\n]{10,50}\] \[(?:(?P<webdav>(?:dav|authz_svn)\w{0,12})|\w*):?\w+\](?: \[pid [^\]\n]{1,60}\])?"
    r"(?: \(\d{1,6}\)[^\[\n]{1,80}:)?(?: \[(?:client|remote) [^\]\n]{1,60}\])?"
)
# mod_dav names the method and the path of what it refuses. Of COPY and MOVE it names the destination for both methods.
_MOD_DAV_NAMES = (
    r"(?=(?:(?:Could not|The|Unable to) <METHOD>(?: on| new contents for)? (?P<url>/[^\s\[]{0,4000}?)(?:\.? ))?)"
)

SERVER_LOGS = (
    LineShape(
        name="access-log",
        title="a line of an access log (Apache, nginx)",
        pattern=pattern(
            r"\b<METHOD>\s(?P<url>/[^\"\s]{0,4000}|https?://[^\"\s]{1,4000})\sHTTP/[\d.]{1,3}\"? <STATUS>(?!\S)"
        ),
    ),
    LineShape(
        name="wsgidav",
        webdav=True,
        title="a line of WsgiDAV's or seafdav's log",
        pattern=pattern(r"\"<METHOD> (?P<url>/[^\"\n]{0,4000})\"[^\n]{0,1000}? -> <STATUS> (?P<reason>[^\n]{0,100})"),
    ),
    LineShape(
        name="radicale",
        webdav=True,
        title="a line of Radicale's log",
        pattern=pattern(
            r"\b<METHOD> response status for '(?P<url>[^'\n]{1,4000})'[^\n:]{0,80}: <STATUS> (?P<reason>[^\n]{0,60})"
        ),
    ),
    LineShape(
        name="internxt",
        webdav=True,
        title="a line of Internxt's log",
        pattern=pattern(
            r"\[<METHOD> - (?P<url>/[^\]\n]{0,4000})\] (?P<message>[^\"\n]{0,300})\",\"name\":\"(?P<reason>\w{1,40})\""
        ),
    ),
    LineShape(
        name="key-value",
        title="a line of name=value pairs (tusd, oCIS, OpenCloud)",
        pattern=pattern(
            rf"^(?={_PAIRS}status=\"?<STATUS>\b)(?={_PAIRS}method=\"?<METHOD>\b)"
            rf"(?={_PAIRS}(?:path|uri|url)=\"?(?P<url>[^\s\"]+))(?=(?:{_PAIRS}error=\"(?P<message>[^\"\n]*))?)[^\n]*$"
        ),
    ),
    LineShape(
        name="haproxy",
        title="a line of HAProxy's log",
        pattern=pattern(
            r"\[\d\d/\w{3}/\d{4}:[\d:.]{8,16}\] [^\s\"]{1,100} [^\s\"]{1,200} "
            r"(?:-?\d+/){4}\+?-?\d+ <STATUS> \+?\d+ [^\"\n]{0,600}\""
            r"<METHOD> (?P<url>\S+)"
        ),
    ),
    LineShape(
        name="iis-w3c",
        title="a line of IIS's W3C log",
        pattern=pattern(
            r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \S+ <METHOD> (?P<url>/\S*) \S+ \d+ \S+ \S+ \S+(?: \S+)? <STATUS> \d+ \d+"
        ),
    ),
    LineShape(
        name="apache-error",
        title="a line of Apache's error log",
        status=400,  # that of the lines which have a number instead
        pattern=pattern(
            rf"^(?P<origin>{_APACHE_PREFIX}) (?P<numbered>AH00(?:58[0-3]|59[13-6]|607|620): )?(?:AH\d{{5}}: )?"
            rf"{_MOD_DAV_NAMES}(?P<message>[^\n\[][^\n]{{0,600}}?)(?: +\[<STATUS>, #\d+\]|(?(numbered)$|(?!)))"
        ),
    ),
    LineShape(
        name="nginx-error",
        title="a line of nginx's error log",
        pattern=pattern(
            r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[\w+\] \d+#\d+: (?:\*\d+ )?"
            r"(?:[^\n]{0,60}?PHP message: (?P<exception>[\w\\]+): |)"
            r"(?P<message>[^\n]{0,600}(?:\n[^\n]{0,600}){0,30}?), clie"
            r"nt: [^\n]{0,300}?"
            r"request: \"<METHOD> (?P<url>\S+) [^\"\n]*\"(?:[^\n]{0,600}?host: \"(?P<host>[^\"\n]+)\")?"
        ),
    ),
    LineShape(
        name="go-webdav",
        webdav=True,
        title="a line of a Go server",
        pattern=pattern(r"webdav: locked\"? in <METHOD> (?P<url>\S+)"),
        status=423,
    ),
    LineShape(
        name="couchdb",
        title="a line of CouchDB's log",
        pattern=pattern(r"httpd <STATUS> error response:\s{0,4}(?P<body>\{[^\n]*\})?"),
    ),
    LineShape(
        name="modsecurity",
        title="an entry of ModSecurity's log",
        pattern=pattern(
            r"(?=ModSecurity: Access denied)(?=(?:[^\n]{0,3000}?\[hostname \"(?P<host>[^\"\n]+)\"\])?)"
            r"(?=[^\n]{0,3000}?\[uri \"(?P<url>[^\"\n]+)\"\])"
            r"(?P<message>ModSecurity: Access denied with code <STATUS>[^\n]{0,300})"
        ),
    ),
    LineShape(
        name="coolwsd",
        title="a line of Collabora's log",
        pattern=pattern(r"Un-?successful WOPI::\w+ with status <STATUS>"),
        method="POST",
    ),
    LineShape(
        name="sabre-exception",
        webdav=True,
        title="an exception of sabre/dav, Nextcloud or ownCloud",
        pattern=pattern(
            r"(?P<exception>\b(?:OCA|OCP|OC|Sabre)\\{1,4}(?:\w+\\{1,4}){1,6}\w+)(?:: \"?(?P<message>[^\n]{1,600}))?"
        ),
        vague=True,
    ),
    LineShape(
        name="sabre-client",
        title="an exception of sabre's client",
        webdav=True,
        pattern=pattern(r"Sabre\\HTTP\\ClientHttpException: (?P<reason>[A-Z][A-Za-z ]{2,40}?)(?: in |$)"),
    ),
    LineShape(
        name="zope-exception",
        title="an exception of Zope or Plone",
        pattern=pattern(r"^(?P<message>ResourceLockedError: [^\n]{1,600})"),
        status=423,
    ),
)

JSON_LOGS = (
    JsonShape(
        name="nextcloud-json",
        title="a line of Nextcloud's or ownCloud's log",
        needs=("reqId", "method", "url"),
        places={
            "method": ("method",),
            "url": ("url",),
            "exception": ("exception.Exception", "message.Exception", "message"),
            "message": ("exception.Message", "message.Message", "message"),
        },
    ),
    JsonShape(
        name="caddy-json",
        title="a line of Caddy's log",
        needs=("request.method", "status"),
        places={
            "method": ("request.method",),
            "host": ("request.host",),
            "url": ("request.uri",),
            "status": ("status",),
        },
    ),
    JsonShape(
        name="ocis-json",
        title="a line of oCIS's or OpenCloud's log",
        needs=("method", "status"),
        places={
            "method": ("method",),
            "url": ("path", "uri", "url"),
            "status": ("status",),
            "message": ("error",),
        },
    ),
    JsonShape(
        name="traefik-json",
        title="a line of Traefik's access log",
        needs=("RequestMethod", "DownstreamStatus"),
        places={
            "method": ("RequestMethod",),
            "host": ("RequestHost",),
            "url": ("RequestPath",),
            "status": ("DownstreamStatus",),
        },
    ),
    JsonShape(
        name="node-json",
        title="a line of a Node server's log",
        needs=("req.method", "res.statusCode"),
        places={"method": ("req.method",), "url": ("req.url",), "status": ("res.statusCode",)},
    ),
)
