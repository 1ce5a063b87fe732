"""SharePoint and OneDrive for work.

From Microsoft's protocol documents and answers in public threads. Office sessions and check-outs lock documents beside
DAV, and an UNLOCK does not end them.
"""

from davlock.servers.profile import Profile, Traits

# The name that a client looks for first is copied by servers which want Office to open from them.
_OWN = frozenset({"sprequestguid", "x-sharepointhealthscore"})


def recognise(traits: Traits) -> bool:
    """By the fields that it puts into every answer. IIS, on which it runs, is no sign of it."""
    copied = "microsoftsharepointteamservices" in traits.names
    return bool(traits.names & _OWN) or (copied and "microsoft-iis/" in traits.server)


PROFILE = Profile(
    name="sharepoint",
    title="SharePoint or OneDrive",
    recognise=recognise,
    source="[MS-WDVME], [MS-WSSHP] X-SharePointHealthScore; abraunegg/onedrive#36",
)
