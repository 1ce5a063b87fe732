"""What consoles and developer tools show of an answer, and the words of a status alone."""

from davlock.capture.shapes.shape import LineShape, pattern

# The only words behind a 429 that change what it means.
_LOGIN_RETRIES = r"[Tt]oo [Mm]any (?:\w+ )?(?:[Ll]og[ -]?[Ii]n|[Ss]ign[ -]?[Ii]n|[Pp]assword|[Aa]uthentication) \w+"

REASONS = (
    "Locked|Conflict|Precondition [Ff]ailed|Failed Dependency|Too Many Requests|Method Not Allowed|Forbidden"
    "|Unauthorized"
    "|Not Found|Bad Request|Internal Server Error|Not Implemented|Bad Gateway|Service Unavailable|Insufficient Storage"
    "|Unsupported Media Type|Unprocessable (?:Entity|Content)|Request Entity Too Large"
    rf"|{_LOGIN_RETRIES}"
)

# Compilers and parsers number their errors, too, and name the line.
_BEHIND_A_LINE = "".join(rf"(?<!\bline \d{{{digits}}}: )" for digits in range(1, 7))
_BARE_ERROR = rf"{_BEHIND_A_LINE}\berror(?: code)?(?!\W{{1,3}}\d{{3}},? (?:on|at|in) line \d)"

CONSOLES = (
    LineShape(
        name="devtools-general",
        title="the General part of a browser's developer tools",
        pattern=pattern(
            r"Request URL:?\s{0,4}(?P<url>\S+)\s+Request Method:?\s{0,4}<METHOD>\s+Status Code:?\s{0,4}<STATUS>["
            r" ]?(?P<reason>[^\n]{0,60})"
        ),
    ),
    LineShape(
        name="browser-console",
        title="a line of a browser's console",
        pattern=pattern(
            r"^[ \t]*<METHOD>[ \t]*(?P<url>https?://\S+)\s{1,3}(?:\[HTTP/[\d.]+ )?<STATUS> ?\(?(?P<reason>[A-Z]["
            r"\w ]{0,40}?)?(?:\)| \d+ ?ms|\]|$)"
        ),
    ),
    LineShape(
        name="browser-row",
        title="a row of a browser's network list",
        pattern=pattern(r"^[ \t]*<STATUS>[ \t]+<METHOD>[ \t]+(?:(?P<host>[\w.-]+\.\w+)\t+)?(?P<url>[^\s]+)"),
    ),
    LineShape(
        name="postman",
        title="what Postman shows",
        pattern=pattern(r"^[ \t]*Status: ?<STATUS> (?P<reason>[A-Z][^\n]{0,40})"),
    ),
    LineShape(
        name="powershell",
        title="what PowerShell shows of an answer",
        pattern=pattern(r"^StatusCode\s+: <STATUS>\s+StatusDescription\s*: (?P<reason>[^\n]{0,60})"),
    ),
    LineShape(
        name="curl-fail",
        title="the error of curl --fail",
        pattern=pattern(r"curl: \(22\) The requested URL returned error: <STATUS> ?(?P<reason>[^\n]{0,60})"),
    ),
    LineShape(
        name="status-text",
        title="the text of a status alone, which Go's servers write as the body",
        pattern=pattern(
            r"\A\s{0,20}(?P<reason>Locked|Conflict|Precondition Failed|Failed Dependency)[ \t]*"
            r"(?:\n?[^\n]{0,120}[$#%>❯➜][ \t]?|\n\n[^\n]{0,40})?\s{0,20}\Z"
        ),
    ),
    LineShape(
        name="status-words",
        title="a status and its words",
        pattern=pattern(rf"(?<![\d.:/-])<STATUS>:? [\"'(]?(?P<reason>{REASONS})\b"),
        vague=True,
    ),
    LineShape(
        name="words-status",
        title="a status behind its words",
        pattern=pattern(rf"\b(?P<reason>{REASONS}) ?\((?:HTTP )?<STATUS>\)"),
        vague=True,
    ),
    LineShape(
        name="status-code",
        title="a number that is said to be a status",
        pattern=pattern(
            r"(?i:(?:\b|Response)status(?:[ _-]?code)?"
            r"|\bHTTP(?:/[\d.]{1,3})?(?: error)?(?: code)?|\b(?:response|server)(?: code)"
            rf"|{_BARE_ERROR}"
            r"|\breturned(?: an)?(?: error)?(?: code)?|\bunacceptableStatusCode\(code)[\"']?\s?[:=]?\s?[\"'(]?"
            rf"<STATUS>(?!\.?\d|\w)(?:[ :]{{1,3}}(?P<reason>{_LOGIN_RETRIES}))?"
        ),
        vague=True,
    ),
    LineShape(
        name="webdav-status",
        title="a status behind the word WebDAV, in a client's error",
        webdav=True,
        pattern=pattern(
            r"(?i:\b(?:error|failed|failure|cannot|can't|could not|couldn't|unable)\b)[^\n]{0,120}?"
            r"(?i:\b(?:web|cal|card)-?dav\b)[^\n:\d]{0,40}[:(] ?(?P<status>[45]\d\d)(?![.:]?\d|\w| bytes)"
        ),
        vague=True,
    ),
    LineShape(
        name="status-in-brackets",
        title="a status in brackets behind a client's words",
        pattern=pattern(
            r"(?i:error|failed|unexpected|response)[^\n]{0,200}[\[(](?P<status>4(?:0[0-9]|1[0-9]|2[2-9])|50[0-9])[\])]"
        ),
        vague=True,
    ),
)
