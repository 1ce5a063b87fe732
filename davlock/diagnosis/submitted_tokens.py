"""What the If header of a request submitted, and to which of its parts a refusal can be due."""

from davlock.diagnosis.evidence import Evidence
from davlock.protocol.url import resolve, same_origin, same_path


def doubtful_tags(evidence: Evidence) -> tuple[str, ...]:
    """Returns the tags of If that some servers do not recognise as the target, though they may mean it: a path
    without a host, and a URL at another host.
    """
    lists = evidence.if_header.lists if evidence.if_header else ()
    tags = [entry.resource for entry in lists if entry.resource is not None]
    return tuple(
        tag
        for tag in tags
        if same_path(resolve(evidence.target, tag), evidence.target)
        and (tag.startswith("/") or not same_origin(tag, evidence.target))
    )


def right_token_sent(evidence: Evidence) -> bool:
    """Whether a token in If is that of a lock which covers the target, as read or as granted in these exchanges."""
    sent = evidence.submitted or ()
    return any(covering.token in sent for covering in evidence.covering)
