"""a lock on a Terraform or OpenTofu state, with its holder.

What happened: Terraform's http backend locks a state with LOCK, UNLOCK and POST, and a server answers 423 or 409 with
the JSON of the lock that stands. GitLab's state API is such a server. The s3 and gcs backends write an object
`….tflock`, and meet a 412 if it exists. Terraform Cloud locks a workspace. None of them is WebDAV.

How sure we are: certain if the answer shows the lock or names the workspace. Likely if only the request shows it.

What to do: wait until that run ends, or use -lock-timeout. If the run is dead, use terraform force-unlock with the id
of the lock. In Terraform Cloud, unlock the workspace; the lock box there shows your own run, and not the holder.

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
