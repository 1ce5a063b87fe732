"""a Terraform or OpenTofu run holds the lock on the state.

What happened: another run, or one that died, holds the lock on this Terraform state. Terraform's http backend locks
with LOCK, UNLOCK and POST, and gets 423 or 409 with the lock in JSON; GitLab's state API does the same. The s3 and gcs
backends write an object `….tflock`, and get 412 if it exists. Terraform Cloud locks a workspace. WebDAV is not
involved.

How sure we are: certain if the answer shows the lock or names the workspace. Likely if only the request shows it.

What to do: wait until the other run ends, or use -lock-timeout. If that run is dead, use terraform force-unlock with
the lock's id; in GitLab, choose Operate > Terraform states > Unlock. In Terraform Cloud, unlock the workspace: the
lock box there shows your own run, not the holder.

How to confirm: terraform plan takes the lock and releases it.
"""

from davlock.applications.application import RefusalKind
from davlock.diagnosis.application_match import application_match
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Reference, RetryVerdict, Severity
from davlock.diagnosis.rule import Match, rule


@rule(
    id="423-terraform-state-lock",
    severity=Severity.ERROR,
    statuses=(400, 409, 412, 423),
    retry=(RetryVerdict.AFTER_WAIT,),
    see=(Reference("Terraform: state locking", "https://developer.hashicorp.com/terraform/language/state/locking"),),
)
def check(evidence: Evidence) -> Match | None:
    """Returns what the application says in the answer."""
    return application_match(evidence, RefusalKind.STATE_LOCK)
