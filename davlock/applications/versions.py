"""Stores that refuse an outdated version: CouchDB, Elasticsearch, Kubernetes, S3, Google Cloud Storage and the like."""

from davlock.applications.application import Application, RefusalKind, Sign, WayOut
from davlock.applications.refused_request import RefusedRequest

_READ_AGAIN = WayOut(title="Read it again, then repeat your change")


def kubernetes(refused: RefusedRequest) -> Sign | None:
    """Recognises it by the Status object of its API, or its words."""
    if refused.status != 409:
        return None
    if refused.says(r"the object has been modified; please apply your changes"):
        return Sign.CERTAIN
    status = refused.says(r'"kind"\s*:\s*"Status"') and refused.says(r'"apiVersion"\s*:')
    return Sign.CERTAIN if status else None


def couchdb(refused: RefusedRequest) -> Sign | None:
    """Recognises it by "Document update conflict", or its Server field; its 412 is a database that exists."""
    if refused.says(r'"reason"\s*:\s*"Document update conflict'):
        return Sign.CERTAIN
    server = (refused.headers.get("Server") or "").startswith("CouchDB")
    return Sign.CERTAIN if server and refused.status in (409, 412) else None


def elasticsearch(refused: RefusedRequest) -> Sign | None:
    """Recognises it by the exception's name."""
    return Sign.CERTAIN if refused.says(r"\bversion_conflict_engine_exception\b") else None


def object_store(refused: RefusedRequest) -> Sign | None:
    """Recognises it by S3's codes in XML, or Google's reason in JSON."""
    if refused.status not in (409, 412):
        return None
    if refused.says(r"<Code>(?:PreconditionFailed|ConditionalRequestConflict|OperationAborted)</Code>"):
        return Sign.CERTAIN
    if refused.says(r"\((?:PreconditionFailed|ConditionalRequestConflict)\) when calling the"):
        return Sign.CERTAIN
    if refused.says(r'"reason"\s*:\s*"conditionNotMet"|\bconditionNotMet\b'):
        return Sign.CERTAIN
    amazon = "x-amz-request-id" in refused.headers or "x-goog-generation" in refused.headers
    return Sign.LIKELY if amazon and "If" not in refused.request_headers else None


def entity_tag(refused: RefusedRequest) -> Sign | None:
    """Recognises it by Graph's or Box's words on an entity tag, or DynamoDB's exception."""
    if refused.status == 400:
        return Sign.CERTAIN if refused.says(r"\bConditionalCheckFailedException\b") else None
    if refused.status not in (409, 412):
        return None
    if refused.says(r"\bresourceModified\b|resource has been modified\. Please retrieve the resource again"):
        return Sign.CERTAIN
    return None


KUBERNETES = Application(
    name="kubernetes",
    title="Kubernetes",
    kind=RefusalKind.CONFLICT,
    recognise=kubernetes,
    explanation="Another change came first, so your resourceVersion is outdated. Nobody holds a lock.",
    ways=(_READ_AGAIN,),
    source="kubernetes.io/docs/reference/using-api/api-concepts",
)
COUCHDB = Application(
    name="couchdb",
    title="CouchDB",
    kind=RefusalKind.CONFLICT,
    recognise=couchdb,
    explanation="CouchDB wants the document's current _rev; a 412 means that the database already exists. Nobody holds"
    " a lock.",
    ways=(_READ_AGAIN,),
    source="docs.couchdb.org/en/stable/api/document",
)
ELASTICSEARCH = Application(
    name="elasticsearch",
    title="Elasticsearch",
    kind=RefusalKind.CONFLICT,
    recognise=elasticsearch,
    explanation="Another change came first, so your version or sequence number is outdated. Nobody holds a lock.",
    ways=(_READ_AGAIN,),
    source="elastic.co/docs, optimistic concurrency control",
)
ENTITY_TAG = Application(
    name="entity-tag",
    title="the application",
    kind=RefusalKind.CONFLICT,
    recognise=entity_tag,
    explanation="It changed after your program read it, so your version or entity tag is old. Nobody holds a lock.",
    ways=(_READ_AGAIN,),
    source="learn.microsoft.com/graph/errors; developer.box.com/guides/api-calls/permissions-and-errors",
)
OBJECT_STORE = Application(
    name="object-store",
    title="the object store",
    kind=RefusalKind.CONFLICT,
    recognise=object_store,
    explanation="A condition of your request is false: the object has changed or already exists. Nobody holds a lock.",
    ways=(_READ_AGAIN,),
    otherwise=(("412-etag-changed", "the code in the body of the answer"),),
    source="docs.aws.amazon.com/AmazonS3 conditional requests; cloud.google.com/storage/docs/request-preconditions",
)
