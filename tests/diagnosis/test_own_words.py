"""What an answer says itself is the headline, and no sentence above it says that nothing was told."""

import pytest

from davlock.diagnosis.build_evidence import from_exchanges
from davlock.diagnosis.engine import apply_rules
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.own_words import own_words
from davlock.protocol.message import Exchange, Headers, Request, Response
from tests.diagnosis.first_words import first_words
from tests.diagnosis.scenario import Scenario, judged, load_all

APPLICATION_IDS = frozenset(
    {
        *("423-terraform-state-lock", "409-blob-lease", "409-management-lock", "409-git-lfs-lock"),
        *("423-resumable-upload-busy", "423-application-lock", "409-application-conflict"),
    }
)
OF_APPLICATIONS = tuple(entry for entry in load_all() if APPLICATION_IDS & set(entry.expect))


def refusal(
    status: int, body: bytes, media: str = "text/plain", *, method: str = "DELETE", reason: str = ""
) -> Evidence:
    headers = Headers.of((("Content-Type", media),))
    request = Request(method=method, url="http://dav.example/dav/a/b.txt", headers=Headers.of((("Depth", "0"),)))
    return from_exchanges(
        [Exchange(request=request, outcome=Response(status=status, reason=reason, headers=headers, body=body))]
    )


@pytest.mark.parametrize("status", [409, 412, 423, 418, 500])
def test_words_of_the_body_are_the_headline(status: int) -> None:
    words = "Vault 12 is sealed by ann@host, see https://vault.example/12"
    (finding, *_) = apply_rules(refusal(status, words.encode()))
    assert words in finding.headline or words in finding.explanation
    assert "nothing in the evidence" not in finding.headline
    assert "does not say who holds" not in finding.explanation


@pytest.mark.parametrize(
    ("body", "media", "reason", "words"),
    [
        (b"Locked", "text/plain", "Locked", ""),
        (b"", "text/plain", "There is already a lease present.", "There is already a lease present."),
        (b"<html><body>Your browser sent a request that this server could not understand.</body></html>", "text/html",
         "Conflict", ""),
        (b"<html><body>" + b"menu " * 100 + b"</body></html>", "text/html", "", ""),
        (b'{"message":"Vault 12 is sealed"}', "application/json", "", "Vault 12 is sealed"),
    ],
)  # fmt: skip
def test_words_that_say_more_than_the_status(body: bytes, media: str, reason: str, words: str) -> None:
    assert own_words(refusal(409, body, media, reason=reason)) == words


def test_a_reason_that_the_body_states_wins_over_a_missing_parent() -> None:
    findings = apply_rules(refusal(409, b"Chunk 7 overlaps an earlier chunk", method="PUT"))
    assert [finding.id for finding in findings] == ["409-unexplained"]
    assert not any(remedy.command and "MKCOL" in remedy.command for remedy in findings[0].remedies)


def test_a_body_that_speaks_of_a_parent_still_is_one() -> None:
    findings = apply_rules(refusal(409, b"The parent collection does not exist", method="PUT"))
    assert findings[0].id == "409-missing-parent"


@pytest.mark.parametrize("scenario", OF_APPLICATIONS, ids=lambda entry: entry.name)
def test_no_remedy_and_no_first_line_of_webdav_for_an_application(scenario: Scenario) -> None:
    case = judged(scenario)
    for finding in case.findings:
        for remedy in finding.remedies:
            words = " ".join((remedy.title, *(remedy.command or ())))
            assert "davlock" not in words
            assert "MKCOL" not in words
            assert "If header" not in words
    line = first_words(case.evidence)
    assert "because of a lock" not in line
    assert "WebDAV is" in line
