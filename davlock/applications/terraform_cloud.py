"""Terraform Cloud and Enterprise: the lock on a workspace.

The command line prints a lock box about the run that failed, so its Who is never the holder.
"""

import re

from davlock.applications.application import Actor, Application, Harm, RefusalKind, Sign, WayOut
from davlock.applications.refused_request import RefusedRequest


def recognise(refused: RefusedRequest) -> Sign | None:
    """Recognises it by the words "workspace … locked", or a conflict of JSON:API at a workspace's URL."""
    if refused.status not in (409, 423) or refused.says(r"\b(?:is not|not currently|already un)\s*locked\b"):
        return None
    if refused.says(r"\bworkspace (?:is )?(?:already )?locked\b|\bunable to (?:un)?lock workspace\b"):
        return Sign.CERTAIN
    if "/api/v2/workspaces/" in refused.path and refused.says(r'"errors"\s*:'):
        return Sign.LIKELY
    return None


def _holder(refused: RefusedRequest) -> str:
    """Returns who locked it, if the message says so: ``locked by Team …``."""
    match = re.search(r"\blocked by (?:the )?(?:user )?[“\"']?(.{1,120}?)(?: and\b|[.,“”\"'\n]|$)", refused.words)
    return match[1] if match else ""


APPLICATION = Application(
    name="terraform-cloud",
    title="Terraform Cloud",
    kind=RefusalKind.STATE_LOCK,
    recognise=recognise,
    subject="The Terraform workspace",
    explanation="A run, a user or a team locked the workspace. The lock box shows your own run, not the holder.",
    find_holder=_holder,
    waits=True,
    ways=(
        WayOut(title="Open the workspace: it shows who locked it"),
        WayOut(
            title="Unlock the workspace there",
            actor=Actor.ADMIN,
            harm=Harm.DESTRUCTIVE,
        ),
    ),
    otherwise=(("409-application-conflict", "the detail in the answer: it names the lock or another conflict"),),
    source="developer.hashicorp.com/terraform/cloud-docs/api-docs/workspaces",
)
