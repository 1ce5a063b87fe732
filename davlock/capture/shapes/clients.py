"""Lines that clients show or log."""

from davlock.capture.shapes.shape import LineShape, pattern

_VERBS = {
    "moving": "MOVE",
    "copying": "COPY",
    "uploading": "PUT",
    "deleting": "DELETE",
    "locking": "LOCK",
    "unlocking": "UNLOCK",
    "creating": "MKCOL",
    "downloading": "GET",
    "write": "PUT",
    "put": "PUT",
    "get": "GET",
    "delete": "DELETE",
}

CLIENTS = (
    LineShape(
        name="rclone",
        webdav=True,
        title="a line of rclone's log",
        pattern=pattern(
            r"(?P<message>\"[^\"\n]+\" is locked[^\n]{0,200}?|[A-Z][^\n:]{3,200}): (?P<exception>(?:OCA|Sabre|OC"
            r")\\[\w\\]+): "
            r"<STATUS> (?P<reason>[A-Z][\w -]{0,40})"
        ),
    ),
    LineShape(
        name="rclone-error",
        title="an error of rclone",
        webdav=True,
        pattern=pattern(
            r"\b(?P<reason>Locked|Conflict|Precondition Failed|Forbidden|Failed Dependency): <STATUS> (?P=reason)"
        ),
    ),
    LineShape(
        name="git-lfs",
        title="the trace of git-lfs",
        pattern=pattern(
            r"trace git-lfs: HTTP: <METHOD> (?P<url>https?://\S+)\n(?:[^\n]*\n){0,40}?[^\n]{0,60}HTTP: <STATUS>"
            r"(?:\n[^\n]{0,60}HTTP: (?P<body>\{[^\n]*))?"
        ),
    ),
    LineShape(
        name="git-lfs-error",
        title="an error of git-lfs",
        pattern=pattern(
            r"Client error (?=(?:[^\n]{0,600}?(?P<url>/[\w./-]{0,200}info/lfs/locks))?)[^\n]{0,600}? from HTTP <STATUS>"
        ),
    ),
    LineShape(
        name="joplin",
        webdav=True,
        title="an error of Joplin",
        pattern=pattern(
            r"Error: <METHOD> (?P<url>[^\s:]+): (?P<message>[^\n]{0,600}?) \(<STATUS>\)(?:: ?(?P<reason>[A-Z]["
            r"\w -]{2,40})$)?"
        ),
    ),
    LineShape(
        name="sync-desktop",
        webdav=True,
        title="the words of Nextcloud's or ownCloud's desktop client",
        pattern=pattern(
            r"\\?\"<STATUS> (?P<reason>[^\"\\\n]{0,60})\\?\" \w{1,12} \\?\"<METHOD> (?P<url>https?://[^\"\\\s]+)\\?\""
            r"(?: \((?P<message>[^\n]{0,600}?)\)(?=[\s\"]|$))?"
        ),
    ),
    LineShape(
        name="sync-desktop-list",
        webdav=True,
        title="a row of ownCloud's desktop client",
        pattern=pattern(
            r"(?P<url>https?://\S+) - [^\n:]{3,60}: (?P<reason>Locked|Conflict|Forbidden|Precondition Failed)\b"
        ),
    ),
    LineShape(
        name="cadaver",
        webdav=True,
        title="what cadaver prints",
        pattern=pattern(
            r"^(?P<verb>Moving|Copying|Uploading|Deleting|Locking|Unlocking|Creating|Downloading) (?:collection "
            r")?[^\n`']{0,60}"
            r"[`'](?P<url>[^'\n]+)'(?:[^\n]{0,600}\n){0,5}?[^\n]{0,600}failed:\s{1,3}<STATUS> (?P<reason>[^\n]{0,60})"
        ),
        verbs=_VERBS,
    ),
    LineShape(
        name="litmus",
        webdav=True,
        title="what litmus prints",
        pattern=pattern(
            r"(?:FAIL|WARNING:?) \(?<METHOD>[^\n]{0,200}? (?:on|to|of) `(?P<url>[^'\n]+)':? [^\n\d]{0,40}"
            r"<STATUS> (?P<reason>[^)\n]{0,60})"
        ),
    ),
    LineShape(
        name="evolution",
        webdav=True,
        title="an error of Evolution",
        pattern=pattern(
            r"(?:Failed to (?P<verb>put|get|delete)[^\n:]{0,60}: )?HTTP error code <STATUS> \((?P<reason>[^)\n]*)\)"
            r"(?:: (?:(?P<exception>Sabre[\w\\]+) )?(?P<message>[^\n]{0,600}))?"
        ),
        verbs=_VERBS,
    ),
    LineShape(
        name="okhttp-dump",
        webdav=True,
        title="the requests and answers that DAVx5 keeps",
        pattern=pattern(
            r"Request\{method=<METHOD>, url=(?P<url>[^\s,}]+)[^\n]*\n(?:[^\n]*\n){0,400}?Response\{[^\n]{0,60}?c"
            r"ode=<STATUS>,"
            r" message=(?P<reason>[^,\n]*)"
        ),
    ),
    LineShape(
        name="okhttp-response",
        title="a Response of OkHttp in an exception",
        pattern=pattern(
            r"Response\{protocol=[^,\n]{1,20}, code=<STATUS>, "
            r"message=(?P<reason>[^,\n]{0,60}), url=(?P<url>[^\s,}]{1,4000})"
        ),
    ),
    LineShape(
        name="strongbox",
        title="an error of Strongbox",
        webdav=True,
        pattern=pattern(r"\bcom\.MattRajca\.DAV[Kk]it\.error(?: error|[ ,\n]{1,3}Code=) ?<STATUS>\b"),
    ),
    LineShape(
        name="cyberduck",
        title="an error of Cyberduck or Mountain Duck",
        webdav=True,
        pattern=pattern(
            r"\b(?P<verb>Upload|Download|Lock|Rename|Delete|Creat(?:e|ing) folder) [^\n]{1,200} failed\.?\s{1,3}"
            r"(?P<reason>Locked|Conflict|Precondition Failed|Forbidden)\b(?=[ .][^\n]{0,80}(?:hosting|contact|\d{3}|$))"
        ),
        verbs={"upload": "PUT", "download": "GET", "lock": "LOCK", "rename": "MOVE", "delete": "DELETE"},
    ),
    LineShape(
        name="gvfs",
        title="an error of GVfs",
        webdav=True,
        pattern=pattern(r"\bHTTP Error: (?P<reason>Locked|Conflict|Precondition Failed|Forbidden)[ \t]*$"),
    ),
    LineShape(
        name="kio",
        title="an error of KIO",
        webdav=True,
        pattern=pattern(
            r"attempting to (?P<verb>upload|delete|move|copy|create the folder|rename) (?P<url>https?://[^\s\"”]{1,4000}?)"
            r"[.\"”]{0,2}\n(?:[^\n]{0,300}\n){0,3}?[^\n]{0,60}resource is (?P<reason>locked)\b"
        ),
        verbs={"upload": "PUT", "delete": "DELETE", "move": "MOVE", "rename": "MOVE", "copy": "COPY"},
    ),
    LineShape(
        name="httpie",
        title="a warning of HTTPie",
        pattern=pattern(r"^(?:https?|xhs?): (?:error|warning): HTTP <STATUS> (?P<reason>[A-Z][^\n]{0,60})"),
    ),
    LineShape(
        name="svn-locked",
        webdav=True,
        title="Subversion's words on a lock",
        pattern=pattern(
            r"(?P<message>Path '[^'\n]{1,600}' is (?:already )?locked by user '[^'\n]{1,100}' in "
            r"filesystem[^\n]{0,300})"
        ),
        status=423,
    ),
    LineShape(
        name="pulumi",
        title="an error of Pulumi",
        pattern=pattern(r"error: \[<STATUS>\] (?:[A-Z][a-z]{2,20}(?: [A-Za-z]{2,20}){0,3}): (?P<message>[^\n]{1,300})"),
    ),
    LineShape(
        name="okhttp",
        title="the log of OkHttp",
        pattern=pattern(
            r"--> <METHOD> (?P<url>https?://\S+)[^\n]*\n(?:[^\n]*\n){0,200}?[^\n]{0,80}<-- <STATUS>(?P<reason>(?"
            r": [A-Z]\w*)*)"
        ),
    ),
    LineShape(
        name="svn",
        webdav=True,
        title="an error of svn",
        pattern=pattern(
            r"(?P<message>(?:svn: E\d{6}[^\n]*\n){0,9}?svn: E(?:195022|160035|160036|160037|160038|160039|160040)\b"
            r"[^\n]*(?:\n[^\n]{0,40}svn: E\d{6}[^\n]*){0,9})"
        ),
        status=423,
    ),
    LineShape(
        name="webdav-js",
        title="an error of webdav-client, a library of JavaScript",
        webdav=True,
        pattern=pattern(
            r"(?:\bError: (?P<url>[^\n:]{1,600}): )?Invalid response: <STATUS> (?P<reason>[A-Z][\w -]{0,40})"
        ),
    ),
    LineShape(
        name="move-failed",
        title="an error of KeePass2Android",
        webdav=True,
        pattern=pattern(
            r"(?P<verb>Rename|Move|Upload|Delete)(?:/Move)? failed for (?P<url>https?://\S+)"
            r"(?: to (?P<destination>https?://\S+?))?: ?<STATUS>$"
        ),
        verbs={"rename": "MOVE", "move": "MOVE", "upload": "PUT", "delete": "DELETE"},
    ),
    LineShape(
        name="tus",
        title="an error of a tus client",
        pattern=pattern(
            r"(?:(?P<message>tus: [^\n,]{0,200}), )?originated from request \(method: <METHOD>, url: (?P<url>[^"
            r"\s,]+), response code: <STATUS>"
        ),
    ),
    LineShape(
        name="tus-java",
        title="an error of tus-java-client",
        pattern=pattern(r"(?P<message>unexpected status code \(<STATUS>\) while [^\n]{0,60})"),
        method="PATCH",
    ),
    LineShape(
        name="write-failed",
        webdav=True,
        title="an error of a client of WebDAV in Go",
        pattern=pattern(
            r"\b(?P<verb>Write(?:Stream)?|Rename|Copy|Mkdir(?:All)?|Remove(?:All)?|ReadStream) "
            r"(?P<url>[^\s:]\S{0,4000}): <STATUS>$"
        ),
        verbs={
            **_VERBS,
            "writestream": "PUT",
            "rename": "MOVE",
            "copy": "COPY",
            "mkdir": "MKCOL",
            "mkdirall": "MKCOL",
            "remove": "DELETE",
            "removeall": "DELETE",
            "readstream": "GET",
        },
    ),
    LineShape(
        name="onedrive",
        title="an error of the OneDrive client for Linux",
        pattern=pattern(r"OneDriveException\S* HTTP request returned status code <STATUS> \((?P<reason>[^)\n]*)\)"),
    ),
    LineShape(
        name="obsidian",
        title="a notice of an Obsidian plug-in",
        pattern=pattern(r"HTTP <STATUS> \(<METHOD>\)"),
    ),
    LineShape(
        name="pnpjs",
        title="an error of PnPjs",
        pattern=pattern(r"queryable \[<STATUS>\]\s+::> (?P<body>\{[^\n]*\})"),
    ),
    LineShape(
        name="state-lock",
        title="Terraform's or OpenTofu's words on the state lock",
        pattern=pattern(
            r"(?P<message>(?:Error acquiring the state lock|Error locking state|Failed to unlock state)[\s\S]{0,4000}?)"
            r"(?=\n\s*\n(?:Terraform|OpenTofu) acquires|\Z)"
        ),
    ),
)
