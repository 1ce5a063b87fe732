"""Salesforce: a record, or one that it belongs to, is being written by somebody else."""

from davlock.applications.application import Application, RefusalKind, Sign, WayOut
from davlock.applications.refused_request import RefusedRequest


def recognise(refused: RefusedRequest) -> Sign | None:
    """Recognises it by the code UNABLE_TO_LOCK_ROW."""
    return Sign.CERTAIN if refused.says(r"\bUNABLE_TO_LOCK_ROW\b") else None


APPLICATION = Application(
    name="salesforce",
    title="Salesforce",
    kind=RefusalKind.LOCK,
    recognise=recognise,
    subject="The record",
    state="is locked by another change",
    explanation="Another change of this record, or of one that it belongs to, was not over after ten seconds.",
    waits=True,
    ways=(
        WayOut(title="Send it again after some seconds"),
        WayOut(title="Load records of one parent in serial mode"),
    ),
    source="developer.salesforce.com/docs, API error codes; public threads of jsforce and RForcecom",
)
