"""What well-known clients call themselves, for servers that answer some of them otherwise than others."""

from davlock.errors import LocalProtocolError

USER_AGENTS = {
    "finder": "WebDAVFS/3.0.0 (03008000) Darwin/23.1.0 (arm64)",
    "explorer": "Microsoft-WebDAV-MiniRedir/10.0.19045",
    "office": "Microsoft Office Word 2014",  # what every Office since 2016 on Windows says
    "davfs2": "davfs2/1.6.1 neon/0.32.5",
    "cadaver": "cadaver/0.24 neon/0.32.5",
    "libreoffice": "LibreOffice 24.2.7.2 denylistedbackend/8.5.0 OpenSSL/3.0.13",
}
"""User-Agent by short name, each of a version in wide use."""


def user_agent(client: str) -> str:
    """The User-Agent of a client named for short; any other text is one already.

    Raises LocalProtocolError for text that no client calls itself (RFC 9110 §10.1.5).
    """
    name = client.strip()
    if not name or not name.isascii() or not name.isprintable():
        raise LocalProtocolError(
            f"--as {client!r}: this cannot be a User-Agent", f"write one in ASCII, or one of {', '.join(USER_AGENTS)}"
        )
    return USER_AGENTS.get(name.lower(), name)
