"""What well-known clients call themselves, for servers that answer some of them otherwise than others."""

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
    """The User-Agent of a client named for short; any other text is one already."""
    return USER_AGENTS.get(client.lower(), client)
