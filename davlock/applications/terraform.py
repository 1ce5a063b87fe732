"""Terraform and OpenTofu: the lock on a state, in the http backend, in GitLab's state API, and as a ``.tflock`` object.

The http backend locks by LOCK, UNLOCK and POST with a JSON body; the answer to a refused LOCK, 423 or 409, is the JSON
of the lock that stands. The s3 and gcs backends write an object ``….tflock`` with If-None-Match: * and meet a 412.
"""

from davlock.applications.application import Actor, Application, Harm, RefusalKind, Sign, WayOut
from davlock.applications.refused_request import RefusedRequest

_BOX = (r"\bLock Info:", r"\bWho:")
_JSON = (r'"Operation"\s*:', r'"Who"\s*:')


def recognise(refused: RefusedRequest) -> Sign | None:
    """Recognises it by the lock in the answer or in the request, GitLab's path, or a ``.tflock`` object."""
    if refused.status not in (400, 409, 412, 423) or refused.says(_CLOUD):
        return None
    if any(all(refused.says(pattern) for pattern in patterns) for patterns in (_BOX, _JSON)):
        return Sign.CERTAIN
    if refused.status == 400:  # DynamoDB's, which only the box explains
        return None
    if refused.says(r"\.tflock\b|error acquiring the state lock"):
        return Sign.CERTAIN
    path = refused.path.partition("?")[0]
    if "/terraform/state/" in path or path.endswith(".tflock"):
        return Sign.CERTAIN if refused.status != 412 or "If-None-Match" in refused.request_headers else Sign.LIKELY
    sends_lock = all(f'"{name}"' in refused.sent for name in ("ID", "Operation", "Who"))
    if sends_lock and refused.method in ("LOCK", "UNLOCK", "POST", "PUT", "DELETE"):
        return Sign.LIKELY
    agent = (refused.request_headers.get("User-Agent") or "").lower()
    return Sign.LIKELY if refused.method == "LOCK" and ("terraform" in agent or "opentofu" in agent) else None


_CLOUD = r"workspace (?:is )?(?:already )?locked|/api/v2/workspaces"


APPLICATION = Application(
    name="terraform",
    title="Terraform or OpenTofu",
    kind=RefusalKind.STATE_LOCK,
    recognise=recognise,
    subject="The Terraform state",
    explanation="A Terraform or OpenTofu run holds this lock until it ends. WebDAV is not involved.",
    holder=("Who",),
    since=("Created",),
    id=("ID",),
    waits=True,
    ways=(
        WayOut(
            title="Let terraform wait until that run ends",
            command=("terraform", "apply", "-lock-timeout=10m"),
        ),
        WayOut(
            title="If that run is dead, remove its lock",
            command=("terraform", "force-unlock", "ID"),
            harm=Harm.DESTRUCTIVE,
        ),
        WayOut(title="Let the run end, or cancel it", actor=Actor.HOLDER, harm=Harm.INTRUSIVE),
    ),
    otherwise=(("409-application-conflict", "the body of the answer: a lock in JSON has ID, Operation and Who"),),
    source="developer.hashicorp.com/terraform/language/backend/http, gitlab.com lib/api/terraform/state.rb",
)
