"""What servers say in words: the table of phrases is whole, and each meaning is told from its neighbours."""

from pathlib import Path

import pytest

import davlock.diagnosis
from davlock.servers import PROFILES
from davlock.servers.phrases import PHRASES, Phrase, Said, Sayings

PRODUCTS = {profile.name for profile in PROFILES}

DIAGNOSIS = Path(davlock.diagnosis.__file__).parent


@pytest.mark.parametrize("phrase", PHRASES, ids=[f"{phrase.means.name}-{phrase.product}" for phrase in PHRASES])
def test_a_phrase_names_a_product_and_real_statuses(phrase: Phrase) -> None:
    assert phrase.product in PRODUCTS | {""}
    assert all(400 <= status < 600 for status in phrase.statuses)


def test_every_meaning_has_words_and_somebody_who_asks() -> None:
    assert {phrase.means for phrase in PHRASES} == set(Said)
    source = "".join(path.read_text("utf-8") for path in DIAGNOSIS.rglob("*.py"))
    assert [said.name for said in Said if f"Said.{said.name}" not in source] == []


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("The parent folder does not exist", 403, Said.PARENT_MISSING),
        ("ParentNotFound: AncestorsNotFound", 409, Said.PARENT_NOT_THERE),
        ("The lock token was not found", 400, Said.NO_SUCH_LOCK),
        ("Missing Lock-Token header", 400, Said.NO_TOKEN_SENT),
        ("The request body is required", 400, Said.WANTS_BODY),
        ("unsupported method LOCK", 403, Said.UNKNOWN_METHOD),
        ("Too many failed login attempts", 429, Said.LOGINS_THROTTLED),
        ("Rate exceeded", 503, Said.TOO_MANY_REQUESTS),
        ("Der Server wird gerade gewartet", 503, Said.MAINTENANCE),
        ("The file does not exist", 403, Said.MISSING),
        ("The file already exists", 409, Said.EXISTS),
        ("Token was created by another user.", 403, Said.LOCK_OF_ANOTHER_USER),
        ("Attention Required! | Cloudflare", 403, Said.FILTERED),
    ],
)
def test_words_have_their_meaning_in_any_case(text: str, status: int, said: Said) -> None:
    for spelling in (text, text.upper(), text.lower()):
        assert said in Sayings(f"x\n{spelling}", status)


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("The parent folder does not exist", 423, Said.PARENT_MISSING),  # 423 has a meaning of its own
        ("The file of this user does not exist", 403, Said.MISSING),
        ("unsupported authentication method not supported", 401, Said.UNKNOWN_METHOD),
        ("Too many requests, go to the login page", 429, Said.LOGINS_THROTTLED),
        ("The lock token locks nothing here", 400, Said.NO_TOKEN_SENT),
        ("/srv/waf/data.txt is read-only", 403, Said.FILTERED),
        (None, None, Said.EXISTS),
    ],
)
def test_other_words_do_not(text: str | None, status: int | None, said: Said) -> None:
    assert said not in Sayings(text, status)
