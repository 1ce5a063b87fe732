"""What the applications have to hold together, whichever they are."""

import time

import pytest

from davlock.applications.application import Application, RefusalKind, read_refusal
from davlock.applications.recognition import recognise_application
from davlock.applications.refused_request import RefusedRequest
from davlock.applications.registry import APPLICATIONS, BY_WORDS
from davlock.diagnosis.rules.registry import BY_ID
from davlock.protocol.lock_words import holder_in, is_lock_code, says_locked
from davlock.protocol.message import Exchange, Headers, Request, Response
from davlock.protocol.status_words import says_more
from tests.diagnosis.scenario import load_all

ALL = (*APPLICATIONS, *BY_WORDS)
every_application = pytest.mark.parametrize("application", ALL, ids=lambda entry: f"{entry.name}-{entry.kind.name}")


def refused(
    status: int, body: bytes = b"", *fields: tuple[str, str], method: str = "", url: str = ""
) -> RefusedRequest:
    exchange = Exchange(
        request=Request(method="", url="", headers=Headers(complete=False), body=None),
        outcome=Response(status=status, body=body),
    )
    read = RefusedRequest.of(exchange)
    assert read is not None
    return read


@every_application
def test_no_way_out_is_one_of_webdav(application: Application) -> None:
    words = " ".join(" ".join((way.title, *way.command)) for way in application.ways).lower()
    for never in ("davlock", "mkcol", "unlock with", "if header", "lockdiscovery", "curl"):
        assert never not in words


@every_application
def test_what_else_it_may_be_is_a_finding(application: Application) -> None:
    assert all(id_ in BY_ID and look for id_, look in application.otherwise)


@every_application
def test_a_success_is_no_refusal(application: Application) -> None:
    exchange = Exchange(request=Request(method="PUT", url="http://a.example/"), outcome=Response(status=200))
    assert RefusedRequest.of(exchange) is None


def test_names_are_unique() -> None:
    names = [application.name for application in APPLICATIONS]
    assert len(set(names)) == len(names)


def test_no_scenario_of_webdav_is_taken_for_an_application() -> None:
    """Every recorded WebDAV answer stays what it is: an application's finding stands where one is expected."""
    kinds = {"423-terraform-state-lock", "409-blob-lease", "409-management-lock", "409-git-lfs-lock"}
    kinds |= {"423-resumable-upload-busy", "423-application-lock", "409-application-conflict", "423-office-session"}
    for scenario in load_all():
        if scenario.evidence.application is not None:
            assert kinds & set(scenario.expect), scenario.name


@pytest.mark.parametrize(
    ("message", "more"),
    [
        ("Locked", False),
        ("The resource is locked.", False),
        ("HTTP status code 423: the requested resource is currently locked", False),
        ("Job 7 runs until 18:00", True),
        ("repo is archived", True),
    ],
)
def test_a_message_that_repeats_the_status_says_nothing(message: str, more: bool) -> None:
    assert says_more(message) is more


@pytest.mark.parametrize(
    "words",
    [
        "Access denied - item locked",
        "Unable to create comment because issue is locked.",
        "The record is currently being locked",
        "Your account has been locked due to too many failed login attempts",
        "This order is locked by user SMITH",
        "could not acquire the state lock",
        "Failed to get exclusive lock on index",
        "can't lock file '/var/lock/x' - got timeout",
        "Lock wait timeout exceeded; try restarting transaction",
        "You cannot edit a locked post",
        "Access Denied because object protected by object lock.",
        "database is locked",
        "Deadlock found when trying to get lock; try restarting transaction",
        "Required lock is already taken by other running tasks",
        "Timed out waiting for lock on application X",
        "Object is WORM protected and cannot be overwritten",
        "Object R3TR is already locked in request M62 of user DEVELOPER",
        "The resource is currently being modified by another request",
    ],
)
def test_words_that_say_locked(words: str) -> None:
    assert says_locked(words)


@pytest.mark.parametrize(
    "words",
    [
        "The item must be locked before you may change it.",
        "The resource is not locked",
        "This file isn't currently locked",
        "the field 'locked' must be a boolean",
        "locked: unknown property",
        "You need to be locked in",
        "unlocked accounts only",
        "The lock was not found",
        "blocked by policy",
        "clocked out",
        "Locking is not supported here",
        "composer.lock is missing",
        "After 3 more failed attempts your account will be locked.",
        "One more try before account gets locked for 5 minutes.",
        "make sure your account has not been disabled or locked",
        "symfony/http-kernel is locked to version v5.4.0",
        "This API is locked down to requests from the internal network",
        "The PDF document is locked with a password",
        "File 'why my door is locked.docx' is too large",
        "Cannot unlock: lock is not held by session 3",
        "",
    ],
)
def test_words_that_do_not_say_locked(words: str) -> None:
    assert not says_locked(words)


@pytest.mark.parametrize(
    ("code", "locked"),
    [
        ("access_denied_item_locked", True),
        ("lock_timeout", True),
        ("UNABLE_TO_LOCK_ROW", True),
        ("resourceLocked", True),
        ("ResourceLocked", True),
        ("LOCKED", True),
        ("lock_conflict", True),
        ("invalid_request_error conversation_locked", True),
        ("LockNotFound", False),
        ("ObjectLockConfigurationNotFoundError", False),
        ("InvalidLockToken", False),
        ("lock_required", False),
        ("InvalidBlockId", False),
        ("unlock_failed", False),
        ("rate_limit", False),
        ("OptimisticLockException", False),
        ("LOCK_VERSION_MISMATCH", False),
        ("MessageLockLost", False),
        ("lock", False),
        ("file_locked", True),
        ("", False),
    ],
)
def test_a_code_that_names_a_lock(code: str, locked: bool) -> None:
    assert is_lock_code(code) is locked


@pytest.mark.parametrize(
    ("words", "holder"),
    [
        ("This content is being edited by the user admin and is locked.", "admin"),
        ("Sales document 7 is currently being processed (by user SMITH)", "SMITH"),
        ("User SMITH is currently editing ZTEST", "SMITH"),
        ("locked by ann@example.org.", "ann@example.org"),
        ("locked by another transaction", ""),
        ("currently being edited by your colleague", ""),
        ("Item is locked by user with id 42", ""),
        ("The content is locked by process 5733", ""),
        ('already locked by user "ann"', "ann"),
        ("it is edited by Ann Lee and others", "Ann Lee"),
        ("nobody", ""),
    ],
)
def test_the_holder_that_words_name(words: str, holder: str) -> None:
    assert holder_in(words) == holder


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"title":"Locked","detail":"bob edits it","status":423}', "bob edits it"),
        (b'{"statusCode":423,"error":"Locked","message":"busy until 9"}', "busy until 9"),
        (b'{"errors":[{"title":"conflict","detail":"owned by ops"}]}', "owned by ops"),
        (b'{"error":"conflict","reason":"Document update conflict."}', "Document update conflict."),
        (b"<Error><Code>X</Code><Message>A &amp; B\nRequestId:1</Message></Error>", "A & B"),
        (b'"just words here"', "just words here"),
        (b'{"message":"cut in the middle", "other":', "cut in the middle"),
        (b"plain words", "plain words"),
        (b"<html><body>a page</body></html>", ""),
        (b"{}", ""),
        (b'{"errorMessages":["the sprint is closed"],"errors":{}}', "the sprint is closed"),
        (b'[{"message":"no access to this record","errorCode":"X"}]', "no access to this record"),
        (b'<e:error><message xml:lang="en">in use by B</message></e:error>', "in use by B"),
    ],
)
def test_the_answers_own_words(body: bytes, message: str) -> None:
    assert refused(409, body).message == message


@pytest.mark.parametrize("value", ["false", '"none"', "null", '""', "{}"])
def test_nobody_is_no_holder(value: str) -> None:
    assert refused(423, b'{"lockedBy":%s}' % value.encode()).value("lockedBy") == ""


def test_who_holds_it_may_be_an_object() -> None:
    assert refused(423, b'{"lockedBy":{"id":7,"name":"Ann Lee"}}').value("lockedBy") == "Ann Lee"


def test_the_sentence_that_says_locked_stands_for_a_general_one() -> None:
    body = b'{"message":"The given data was invalid.","errors":{"document":["The document is locked by Ann Lee."]}}'
    assert refused(422, body).message == "The document is locked by Ann Lee."


@pytest.mark.parametrize(
    ("status", "body", "name"),
    [
        (401, b'{"message":"User is locked. Contact your administrator."}', "account-lock"),
        (401, b'{"code":"USER_LOCKED","message":"Sign in refused"}', "account-lock"),
        (401, b"Your account has been locked after too many failed logins.", "account-lock"),
        (401, b"Invalid username or password. If your account is locked, contact the help desk.", None),
        (401, b'{"message":"the password is wrong or the account is locked"}', None),
        (401, b'{"message":"After 5 failed attempts the account is locked for 15 minutes"}', None),
        (403, b"This file is in use by another user and is locked for editing.", None),
        (403, b'{"message":"Another user is editing this document; it is currently locked."}', None),
        (403, b"The user folder is locked.", None),
        (401, b'{"message":"Wrong password. After 3 more attempts your account will be locked."}', None),
        (403, b'{"message":"You lack the permission x","account":{"id":5,"locked":false}}', None),
        (403, b'{"message":"Missing scope","path":"/api/account/locked-users"}', None),
        (403, b'{"message":"Must have admin rights.","help":"when the issue is locked"}', None),
        (429, b'{"error":{"code":"lock_timeout","message":"try later"}}', None),
        (409, b'{"errors":[{"detail":"Unable to unlock workspace. The workspace is not locked."}]}', None),
        (503, b'{"error":{"type":"cluster_block_exception","reason":"[SERVICE_UNAVAILABLE/1/x]"}}', "cluster-block"),
        (423, b"<m>Resource X is not locked (invalid lock handle: 100C36)</m>", "sap-lock-handle"),
    ],
)
def test_an_application_is_recognised_by_what_it_says_now(status: int, body: bytes, name: str | None) -> None:
    fitting = [entry.name for entry in APPLICATIONS if read_refusal(entry, refused(status, body)) is not None]
    assert fitting == ([name] if name else [])


def test_a_value_is_read_from_json_xml_or_lines() -> None:
    assert refused(423, b'{"a":{"Who":"ann"}}').value("Who") == "ann"
    assert refused(423, b'{"Who":"ann", cut').value("Who") == "ann"
    assert refused(423, b"<e><Who>ann</Who></e>").value("Who") == "ann"
    assert refused(423, "│   Who:       ann@host\n".encode()).value("Who") == "ann@host"
    assert refused(423, b'{"ID":7}').value("ID") == "7"
    assert refused(423, b"nothing").value("Who") == ""


@pytest.mark.parametrize(
    "body",
    [b"Lock Info:" * 6000, b"\n" * 65000, b'"Who":"' * 9000, b"Who: a" + b" " * 65000 + b"b", b"locked by " * 6000,
     b"<Message>" * 7000, b"account " * 8000, b'{"message":' * 6000, b"<Code>" * 9000, b"repo " * 12000],
)  # fmt: skip
def test_a_hostile_body_costs_no_time(body: bytes) -> None:
    started = time.thread_time()
    for application in ALL:
        read_refusal(application, refused(423, body))
    assert time.thread_time() - started < 2


@pytest.mark.parametrize("body", [b"[" * 5000, b'{"a":' * 5000, b"\xff\xfe\x00", b'"' * 70000, b"<" * 70000])
def test_any_bytes_are_read(body: bytes) -> None:
    read = refused(423, body)
    for application in ALL:
        read_refusal(application, read)


def test_a_hostile_id_stays_out_of_commands() -> None:
    body = b'{"ID":"-force; rm","Operation":"x","Who":"y","Created":"z"}'
    exchange = Exchange(
        request=Request(method="LOCK", url="http://a.example/s"), outcome=Response(status=423, body=body)
    )
    refusal = recognise_application(exchange)
    assert refusal is not None
    assert refusal.application.kind is RefusalKind.STATE_LOCK
    assert ("terraform", "force-unlock", "ID") in [refusal.command_of(way) for way in refusal.application.ways]


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b'{"statusCode":409,"message":"Version must be incremented on update. Current version is: 12"}', "confluence"),
        (b'{"statusCode":409,"message":"com.atlassian.api.service.exceptions.ConflictException: busy"}', "confluence"),
        (b'{"message":"409 Conflict: Resource lock"}', "gitlab"),
        (b"409 Conflict: Resource lock", "gitlab"),
        (b"An error occurred (PreconditionFailed) when calling the PutObject operation: no", ""),
    ],
)
def test_conflicts_of_applications_are_named(body: bytes, name: str) -> None:
    exchange = Exchange(
        request=Request(method="PUT", url="https://a.example/api/7"), outcome=Response(status=409, body=body)
    )
    refusal = recognise_application(exchange)
    assert refusal is not None
    assert refusal.application.name == (name or "object-store")
