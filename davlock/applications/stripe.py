"""Stripe: a 429 that is about a lock on one object, not about the pace of all requests."""

from davlock.applications.application import Application, RefusalKind, Sign, WayOut
from davlock.applications.refused_request import RefusedRequest


def recognise(refused: RefusedRequest) -> Sign | None:
    """Recognises it by the code ``lock_timeout``, the field that names the reason, or Stripe's words."""
    if refused.status != 429:
        return None
    if (refused.headers.get("Stripe-Rate-Limited-Reason") or "").strip().lower() in ("object-lock", "lock-timeout"):
        return Sign.CERTAIN
    if refused.says(r"another API request or Stripe process is currently accessing it"):
        return Sign.CERTAIN
    stripes = refused.host.endswith("stripe.com") or refused.says(r"\bstripe\.com/")
    return Sign.CERTAIN if "lock_timeout" in refused.code.split() and stripes else None


APPLICATION = Application(
    name="stripe",
    title="Stripe",
    kind=RefusalKind.LOCK,
    recognise=recognise,
    subject="The object",
    state="is locked by another request",
    explanation="Another request or a process of Stripe is using the same object. That ends by itself.",
    waits=True,
    ways=(
        WayOut(title="Send it again after a second or two"),
        WayOut(title="Send the requests for one object one after the other"),
    ),
    source="docs.stripe.com/rate-limits#object-lock-timeouts",
)
