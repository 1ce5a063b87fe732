"""SAP's development tools (ADT): the handle of a lock is not valid any more, and the answer is a 423."""

from davlock.applications.application import Application, RefusalKind, Sign, WayOut
from davlock.applications.refused_request import RefusedRequest


def recognise(refused: RefusedRequest) -> Sign | None:
    """Recognises it by the type of the exception, or by its words."""
    words = r"\bExceptionResourceInvalidLockHandle\b|\binvalid lock handle\b"
    return Sign.CERTAIN if refused.status in (400, 403, 423) and refused.says(words) else None


APPLICATION = Application(
    name="sap-lock-handle",
    title="SAP",
    kind=RefusalKind.CONFLICT,
    recognise=recognise,
    subject="The lock handle",
    state="is not valid any more",
    explanation="Your session has no lock on it: it was never taken, or it ended with its session.",
    ways=(WayOut(title="Lock it again, and write in the same stateful session"),),
    source="public threads of abap-adt-api and its users",
)
