"""Terraform Cloud and Enterprise: the lock on a workspace.

The lock box that the command line prints shows the run that failed, so its Who is never the holder.
"""

import re

from davlock.applications.application import Actor, Application, Harm, RefusalKind, Sign, WayOut
from davlock.applications.refused_request import RefusedRequest


def recognise(refused: RefusedRequest) -> Sign | None:
    """By the words "workspace … locked", or a conflict of JSON:API at a workspace's URL."""
    if refused.status not in (409, 423):
        return None
    if refused.says(r"\bworkspace (?:is )?(?:already )?locked\b|\bunable to (?:un)?lock workspace\b"):
        return Sign.CERTAIN
    if "/api/v2/workspaces/" in refused.path and refused.says(r'"errors"\s*:'):
        return Sign.LIKELY
    return None


def _holder(refused: RefusedRequest) -> str:
    """Who locked it, where the message says so: ``locked by Team …``."""
    match = re.search(r"\blocked by (?:the )?(.{1,120}?)(?: and\b|[.,\"\n]|$)", refused.words)
    return match[1] if match else ""


APPLICATION = Application(
    name="terraform-cloud",
    title="Terraform Cloud",
    kind=RefusalKind.STATE_LOCK,
    recognise=recognise,
    subject="The Terraform workspace",
    explanation="A run, a user or a team locked the workspace. A lock box shows your own run, and not the holder.",
    find_holder=_holder,
    waits=True,
    ways=(
        WayOut(title="Open the workspace in Terraform Cloud: it shows who locked it and which run is active"),
        WayOut(
            title="Unlock the workspace there; a force unlock needs the right to administer it",
            actor=Actor.ADMIN,
            harm=Harm.DESTRUCTIVE,
        ),
    ),
    otherwise=(("409-application-conflict", "the detail in the answer: the lock or another clash"),),
    source="developer.hashicorp.com/terraform/cloud-docs/api-docs/workspaces",
)
