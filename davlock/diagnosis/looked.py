"""What was looked at and what was not, in words, for the findings that could not tell."""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Fact, Failed, Known


def looked_at(evidence: Evidence) -> str:
    """One sentence on what the judgement had to go by."""
    seen: list[str] = []
    missing: list[str] = []
    (seen if evidence.method else missing).append("the request's method")
    (seen if evidence.headers.complete else missing).append("the request's headers")
    body = evidence.response is not None and evidence.response.body is not None
    (seen if body else missing).append("the answer's body")
    facts: tuple[tuple[str, Fact[object]], ...] = (
        ("lockdiscovery", evidence.locks),
        ("the resource's existence", evidence.exists),
        ("the collection above", evidence.parent_is_collection),
    )
    for name, fact in facts:
        if isinstance(fact, Known):
            seen.append(name)
        else:
            missing.append(f"{name} ({fact.reason if isinstance(fact, Failed) else fact.why})")
    words = f"Looked at: {', '.join(seen)}." if seen else ""
    return f"{words} Not known: {', '.join(missing)}.".strip() if missing else words
