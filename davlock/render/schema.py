"""The JSON Schema of ``davlock/1``, made from the same enums as the output; shipped as ``davlock-1.schema.json``.

Objects may gain keys, so none of them is closed; keys that are there today are required, for they are never renamed.
"""

import json

from davlock.checks.results import CheckOutcome, Level
from davlock.diagnosis.age import AgeSource
from davlock.diagnosis.finding import Certainty, RetryVerdict, Risk, Severity, Verdict, Who
from davlock.diagnosis.lock_verdict import METHODS
from davlock.ledger import State
from davlock.operations.results import Decision, ReleaseOutcome, Standing
from davlock.protocol.lock import Depth, LockScope, LockType

Schema = dict[str, object]

STRING: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
BOOLEAN: Schema = {"type": "boolean"}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _words(*words: str) -> Schema:
    return {"enum": list(words)}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "required": list(properties), "properties": properties}


def _with_optional(schema: Schema, **properties: Schema) -> Schema:
    """An object that can have more keys."""
    return {**schema, "properties": {**_properties(schema), **properties}}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _ledger_row() -> Schema:
    """One of ``rows`` of ``davlock ledger``."""
    moment = _or_null({"type": "string", "format": "date-time"})
    return _object(
        run=STRING,
        url=STRING,
        login=STRING,
        lockroot=_or_null(STRING),
        token=_or_null(STRING),
        state=_words(*(state.value for state in State)),
        kept=BOOLEAN,
        scope=_words(*(scope.value for scope in LockScope)),
        depth=_words(*(depth.value for depth in Depth)),
        asked_at=moment,
        taken_at=moment,
        renewed_at=moment,
        expires_at=moment,
        ended_at=moment,
        timeout=_object(as_sent=_or_null(STRING), seconds=_or_null(NUMBER), infinite=BOOLEAN),
        host=STRING,
        pid={"type": "integer"},
        process_runs=_or_null(BOOLEAN),
        standing=_or_null(_words(*(standing.value for standing in Standing))),
        outcome=_or_null(_words(*(outcome.value for outcome in ReleaseOutcome))),
        commands=_list(_list(STRING)),
        why=_or_null(STRING),
    )


def _check() -> Schema:
    """One of ``checks`` of ``davlock check``."""
    return _object(
        id=STRING,
        group=STRING,
        title=STRING,
        level=_words(*(level.value for level in Level)),
        outcome=_words(*(outcome.value for outcome in CheckOutcome)),
        why=STRING,
        reference=STRING,
        litmus=_or_null(STRING),
        elapsed_ms=NUMBER,
        expected=BOOLEAN,
        findings=_list(STRING),
        exchanges=_list({"type": "integer"}),
    )


def _decoded() -> Schema:
    """``decoded`` of ``davlock decode``: one shape for each kind."""
    deviations = _list(_object(where=STRING, what=STRING))
    fault = _object(position={"type": "integer"}, expected=STRING, found=STRING)
    condition: Schema = {
        "type": "object",
        "required": ["not"],
        "properties": {"not": BOOLEAN, "token": STRING, "etag": STRING},
        "oneOf": [{"required": ["token"]}, {"required": ["etag"]}],
    }
    condition_lists = _list(_object(resource=_or_null(STRING), conditions=_list(condition)))
    failed = _object(list={"type": "integer"}, condition={"type": "integer"}, why=STRING)
    evaluate = _object(
        true=BOOLEAN,
        failed=_list({"allOf": [condition, failed]}),
        true_by_strong_comparison=BOOLEAN,
        submits_held=_or_null(BOOLEAN),
    )
    status: dict[str, Schema] = {"status": _or_null({"type": "integer"}), "reason": STRING}
    words: dict[str, Schema] = {"error_codes": _list(STRING), "description": _or_null(STRING)}
    propstat = _object(**status, properties=_list(_object(name=STRING, value=STRING)), **words)
    response = _object(hrefs=_list(STRING), **status, failed=BOOLEAN, propstats=_list(propstat), **words)

    def header(kind: str, **keys: Schema) -> Schema:
        return _object(kind={"const": kind}, valid=BOOLEAN, error=_or_null(fault), **keys, deviations=deviations)

    def body(kind: str, **keys: Schema) -> Schema:
        error = _or_null(_object(where=STRING, why=STRING))
        return _object(kind={"const": kind}, ok=BOOLEAN, error=error, **keys, deviations=deviations)

    if_header = header("if", lists=condition_lists)
    if_header["properties"] = {**_properties(if_header), "evaluate": evaluate}
    return {
        "oneOf": [
            if_header,
            header("lock-token", token=_or_null(STRING)),
            header("timeout", infinite=BOOLEAN, seconds=_or_null(NUMBER)),
            header("retry-after", seconds=_or_null(NUMBER)),
            header("etag", weak=BOOLEAN, value=_or_null(STRING)),
            body("lockdiscovery", locks=_list(_ref("lock"))),
            body("multistatus", failure=BOOLEAN, responses=_list(response), **words),
        ]
    }


def _properties(schema: Schema) -> dict[str, object]:
    properties = schema["properties"]
    assert isinstance(properties, dict)  # noqa: S101 -- for the type checker: _object makes it so
    return properties


def schema() -> Schema:
    """The schema of what ``--format json`` prints; a line of ``jsonl`` is RESULT with ``schema`` and ``command``."""
    lock = _object(
        url=STRING,
        lockroot=_or_null(STRING),
        direct=_or_null(BOOLEAN),
        scope=_or_null(_words(*(scope.value for scope in LockScope))),
        type=_or_null(_words(*(kind.value for kind in LockType))),
        depth=_or_null(_words(*(depth.value for depth in Depth if depth is not Depth.ONE))),
        owner=_or_null(STRING),
        token=_or_null(STRING),
        timeout=_object(as_sent=_or_null(STRING), seconds=_or_null(NUMBER), infinite=BOOLEAN),
        expires_at=_or_null({"type": "string", "format": "date-time"}),
        age=_or_null(
            _object(
                seconds=NUMBER,
                source=_words(*(source.value for source in AgeSource)),
                certainty=_words(Certainty.CERTAIN.word, Certainty.LIKELY.word),
            )
        ),
        mine=_or_null(BOOLEAN),
        vendor={"type": "object", "additionalProperties": STRING},
    )
    # Of a lock that a walk found.
    lock["properties"] = {
        **_properties(lock),
        "inside": _or_null(BOOLEAN),
        "seen_at": {"type": "string", "format": "date-time"},
        "server_time": _or_null({"type": "string", "format": "date-time"}),
    }
    finding = _object(
        id=STRING,
        severity=_words(*(severity.word for severity in Severity)),
        certainty=_words(*(certainty.word for certainty in Certainty)),
        headline=STRING,
        explanation=STRING,
        facts={"type": "object"},
        alternatives=_list(_object(id=STRING, decided_by=STRING)),
        evidence=_list(_object(source=STRING, quote=STRING, exchange=_or_null({"type": "integer"}))),
        remedies=_list(
            _object(
                who=_words(*(who.value for who in Who)),
                title=STRING,
                command=_or_null(_list(STRING)),
                risk=_words(*(risk.value for risk in Risk)),
                note=_or_null(STRING),
            )
        ),
        retry=_object(verdict=_words(*(verdict.value for verdict in RetryVerdict)), after_seconds=_or_null(NUMBER)),
        references=_list(_object(title=STRING, url=STRING)),
    )
    result = _object(
        target=_or_null(STRING),
        verdict=_words(*(verdict.value for verdict in Verdict)),
        server=_object(product=_or_null(STRING), dav=_list(STRING), allow=_or_null(_list(STRING))),
        locks=_or_null(_list(_ref("lock"))),
        findings=_list(_ref("finding")),
        skipped=_list(_object(what=STRING, why=STRING)),
        exchanges=_list(
            _object(
                method=_or_null(STRING),
                url=_or_null(STRING),
                status=_or_null({"type": "integer"}),
                elapsed_ms=_or_null(NUMBER),
            )
        ),
    )
    number: Schema = {"type": "integer"}
    keys: dict[str, Schema] = {
        "methods": _object(
            **{
                method: _object(
                    verdict=_words(*(verdict.value for verdict in Verdict)), lock=_or_null(number), why=STRING
                )
                for method in METHODS
            }
        ),
        "decoded": _ref("decoded"),
        "mentions": _list(_object(words=STRING, meaning=STRING, see=_list(STRING))),
        "shapes": _list(_object(name=STRING, title=STRING)),
        "filter": _object(left_out=number, unknown=number),
        "walk": _with_optional(
            _object(collections=number, resources=number, locks=number, unread=number),
            shard=_object(number=number, count=number, shared=number, division=STRING),
        ),
        "event": STRING,
        "at": {"type": "string", "format": "date-time"},
        "plan": _list(
            _object(
                lock=_ref("lock"),
                decision=_words(*(word.value for word in Decision)),
                why=STRING,
                may_be_alive=BOOLEAN,
            )
        ),
        "outcomes": _list(
            _object(
                lock=_ref("lock"), outcome=_words(*(word.value for word in ReleaseOutcome)), why=STRING, stands=BOOLEAN
            )
        ),
        "rows": _list(_ledger_row()),
        "profiles": _list(_object(name=STRING, url=STRING, user=_or_null(STRING), keys=_list(STRING))),
        "settings": _list(
            _object(
                setting=STRING,
                value=_or_null({"type": ["string", "number", "boolean"]}),
                source=_words("option", "environment", "profile", "default"),
                **{"from": _or_null(STRING)},
            )
        ),
        "damaged": _list(_object(row=number, run=_or_null(STRING), field=STRING, why=STRING)),
        "integrity": _list(STRING),
        "stray": _list(_object(name=STRING, why=STRING, left_by_crash=BOOLEAN)),
        "repair": _or_null(_object(kept=number, lost=_or_null(number), aside=_or_null(STRING), removed=_list(STRING))),
        "checks": _list(_check()),
        "counts": _object(**{outcome.value: number for outcome in CheckOutcome}),
        "scratch": _or_null(STRING),
        "left": STRING,
        "stopped": STRING,
    }
    result["properties"] = {**_properties(result), **keys}
    document = _object(schema={"const": "davlock/1"}, davlock=STRING, command=STRING, results=_list(_ref("result")))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "davlock/1",
        **document,
        "$defs": {"result": result, "lock": lock, "finding": finding, "decoded": _decoded()},
    }


def schema_text() -> str:
    """The file, byte for byte."""
    return json.dumps(schema(), indent=2) + "\n"
