"""tus: a resumable upload whose earlier request is still open."""

from davlock.applications.application import Actor, Application, Harm, RefusalKind, Sign, WayOut
from davlock.applications.refused_request import RefusedRequest


def recognise(refused: RefusedRequest) -> Sign | None:
    """Recognises it by a field Tus-Resumable on either side, or tusd's words; 409 is an offset that does not match."""
    if refused.status not in (409, 423):
        return None
    speaks_tus = "Tus-Resumable" in refused.headers or "Tus-Resumable" in refused.request_headers
    if refused.status == 423:
        if speaks_tus or refused.says(r"\btus: upload is currently locked|\bERR_UPLOAD_LOCKED\b|\bio\.tus\."):
            return Sign.CERTAIN
        if refused.says(r"\bstatus code \(423\) while (?:uploading|creating|resuming)\b"):
            return Sign.LIKELY  # tus-java-client
        upload = refused.method in ("PATCH", "HEAD", "") and refused.says(r"\bfile currently locked\b")
        return Sign.LIKELY if upload or "Upload-Offset" in refused.request_headers else None
    return Sign.CERTAIN if speaks_tus and refused.method in ("PATCH", "") else None


APPLICATION = Application(
    name="tus",
    title="tus resumable upload",
    kind=RefusalKind.UPLOAD,
    recognise=recognise,
    subject="The upload",
    state="is still in use by an earlier request",
    explanation="An earlier request of this upload is still open, or another process of the server holds it."
    " Nobody has to unlock anything.",
    waits=True,
    ways=(
        WayOut(title="Wait, then resume at the offset from HEAD"),
        WayOut(
            title="Behind a load balancer, share one locker",
            actor=Actor.ADMIN,
            harm=Harm.INTRUSIVE,
        ),
    ),
    otherwise=(("423-application-lock", "the answer's headers: Tus-Resumable shows tus"),),
    source="tus.io/protocols/resumable-upload, github.com/tus/tusd",
)
