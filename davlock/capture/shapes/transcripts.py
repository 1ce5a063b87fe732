"""Transcripts of clients from which whole messages can be read."""

from davlock.capture.shapes.shape import TranscriptShape, pattern

TRANSCRIPTS = (
    TranscriptShape(
        name="neon-debug",
        title="the debug output of neon (davfs2, litmus, cadaver)",
        pattern=pattern(r"\[status-line\] < HTTP/"),
        keep=pattern(
            r"Sending request headers:[ \t]*\n(?P<block>(?:[^\n]*\S[^\n]*\n)+)"
            r"|\[status-line\] < (?P<line>[^\n]*)|\[hdr\] ?(?P<field>[^\n]*)"
            r"|^Read block \(\d+ bytes\):\n\[(?P<body>[^\]]{0,65536})\]"
        ),
    ),
    TranscriptShape(
        name="rclone-dump",
        title="what rclone --dump prints",
        pattern=pattern(r"DEBUG : HTTP (?:REQUEST|RESPONSE) \("),
        keep=pattern(
            r"DEBUG : HTTP (?:REQUEST|RESPONSE) \([^\n]*\n[^\n]{0,40}DEBUG : "
            r"(?P<block>(?:(?!\d{4}/\d\d/\d\d)[^\n]*\n?|\d{4}/\d\d/\d\d(?![^\n]{0,20}(?:[<>]{20}| : ))[^\n]*\n)+)"
        ),
    ),
    TranscriptShape(
        name="winscp",
        title="a log of WinSCP",
        pattern=pattern(r"^[<>] \d{4}-\d\d-\d\d [\d:.]{8,15} (?:HTTP/\d|[A-Z]{3,10} \S+ HTTP/\d)"),
        keep=pattern(r"^[<>] \d{4}-\d\d-\d\d [\d:.]{8,15} (?P<line>[^\n]*)"),
    ),
    TranscriptShape(
        name="java-wire",
        title="the wire log of Apache HttpClient (Maven, Java)",
        pattern=pattern(r"http-outgoing-\d+ (?:>>|<<) \"?(?:HTTP/\d|[A-Z]{3,10} \S+ HTTP/\d)"),
        keep=pattern(
            r"http-outgoing-\d+ (?:>>|<<) (?:\"(?P<line>[^\n]*?)(?:\[\\r\])?(?:\[\\n\])?\"$|(?P<field>[^\"\n][^\n]*))"
        ),
    ),
    TranscriptShape(
        name="http-client-debug",
        title="the debug output of Python's http.client",
        pattern=pattern(r"^send: b?['\"][A-Z]+ |^reply: ['\"]HTTP/"),
        keep=pattern(
            r"^send: b?(?P<escaped>'[^'\n]*'|\"[^\"\n]*\")|^reply: ['\"](?P<line>[^\n\\]*)|^header: (?P<field>[^\n]*)"
        ),
    ),
    TranscriptShape(
        name="curl-trace",
        title="what curl --trace-ascii prints",
        pattern=pattern(r"^(?:[\d:.]{8,15} )?(?:=> Send|<= Recv) (?:header|data)"),
        keep=pattern(r"^(?P<end>(?:[\d:.]{8,15} )?<= Recv data)|^[0-9a-f]{4,8}: (?P<field>[^\n]*)"),
    ),
    TranscriptShape(
        name="wget",
        title="what wget -S prints",
        pattern=pattern(r"^HTTP request sent, awaiting response"),
        keep=pattern(r"^[ \t]{1,4}(?P<line>HTTP/\d[^\n]*)|^[ \t]{1,4}(?P<field>[A-Za-z][\w-]*: [^\n]*)"),
    ),
    TranscriptShape(
        name="sdk-print",
        title="a request and its answer as an SDK prints them",
        pattern=pattern(r"^<METHOD> https?://\S+$(?:\n[^\n]+)*\n+[1-5]\d\d : \w"),
        keep=pattern(
            r"^<METHOD> (?P<target>https?://\S+)$"
            r"|^(?P<answer>[1-5]\d\d : [^\n]*)|^(?!(?:[A-Z]{3,16})[ ]?$)(?P<loose>[^\n]*)$"
        ),
    ),
)
