"""SharePoint and OneDrive for work.

From Microsoft's protocol documents and answers in public threads. Office sessions and check-outs also lock
documents, and UNLOCK does not end them.
"""

from davlock.servers.profile import Profile, Traits

# Servers that want Office to open files from them copy the name that a client checks first.
_OWN = frozenset({"sprequestguid", "x-sharepointhealthscore"})


def recognise(traits: Traits) -> bool:
    """Whether the header fields of its every answer show. IIS, on which it runs, is no sign."""
    copied = "microsoftsharepointteamservices" in traits.names
    return bool(traits.names & _OWN) or (copied and "microsoft-iis/" in traits.server)


PROFILE = Profile(
    name="sharepoint",
    title="SharePoint or OneDrive",
    recognise=recognise,
    source="[MS-WDVME], [MS-WSSHP] X-SharePointHealthScore; abraunegg/onedrive#36",
)
