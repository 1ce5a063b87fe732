"""Lock tokens and their stand-ins, when a recording is gone through as it comes."""

import time

import pytest

from davlock.capture.redaction import StandIns
from davlock.protocol.message import Exchange, Headers, Request, Response

UUID = "e4446820-928b-4bc6-ad1d-13351748aab1"
TOKEN = f"opaquelocktoken:{UUID}"


@pytest.mark.parametrize(
    ("description", "text", "shown"),
    [
        ("as it is", f"held: {TOKEN}", "held: t1"),
        ("urn:uuid", f"urn:uuid:{UUID}", "t1"),
        ("escaped in a URL", f"/x?a=urn%3Auuid%3A{UUID}&b=1", "/x?a=t1&b=1"),
        ("the end of a sentence", f"no lock {TOKEN}. Really?", "no lock t1. Really?"),
        ("the name of the scheme alone", "opaquelocktoken: and urn:uuid:.", "opaquelocktoken: and urn:uuid:."),
        ("twice", f"{TOKEN} {TOKEN}", "t1 t1"),
        ("in other cases", f"{TOKEN} {TOKEN.upper()}", "t1 t2"),
        ("in XML", f"<D:href> {TOKEN} </D:href>", "<D:href> t1 </D:href>"),
        ("a number anywhere", "17 bytes", "17 bytes"),
        ("a stand-in of a file", "opaquelocktoken:redacted-4", "opaquelocktoken:redacted-4"),
        ("half a surrogate pair", f"\udc80{TOKEN}", "\\udc80t1"),
    ],
)  # fmt: skip
def test_in_a_text(description: str, text: str, shown: str) -> None:
    assert StandIns("t").text(text) == shown, description
    assert StandIns(keep_tokens=True).text(TOKEN) == TOKEN


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Lock-Token", "<17>", "<t1>"),
        ("lock-token", "<17", "<t1"),
        ("Lock-Token", "<>", "<>"),
        ("Lock-Token", TOKEN, "t1"),
        ("If", '(<17> ["e"]) (Not <DAV:no-lock>)', '(<t1> ["e"]) (Not <DAV:no-lock>)'),
        ("if", '<http://h/17> (["a)<18>"] <19>', '<http://h/17> (["a)<18>"] <t1>'),
        ("If", "<17> () <18>", "<17> () <18>"),
        ("If", "(<17", "(<17"),
        ("If", "(<>) (<17>)", "(<>) (<t1>)"),
        ("Destination", "<17>", "<17>"),
    ],
)
def test_in_a_field(name: str, value: str, shown: str) -> None:
    assert StandIns("t").field(name, value) == shown


def test_a_body_and_what_was_not_text() -> None:
    stand_ins = StandIns("t")
    assert stand_ins.body(b"\xff<nc:lock-token>17\n</nc:lock-token>17") == b"\xff<nc:lock-token>t1\n</nc:lock-token>17"
    assert stand_ins.field("Lock-Token", "<17>") == "<t1>"


def test_what_a_field_shows_to_be_a_token_is_one_from_then_on() -> None:
    stand_ins, token = StandIns("t"), "0123456789abcdef"
    assert stand_ins.text(token) == token
    assert stand_ins.field("Lock-Token", f"<{token}>") == "<t1>"
    assert stand_ins.text(f"/{token}/") == "/t1/"


def test_what_a_later_field_shows_to_be_a_token_is_one_from_the_start() -> None:
    token = "0123456789abcdef"
    locked = Response(status=200, headers=Headers.of([("Lock-Token", f"<{token}>")]), body=None)
    stand_ins = StandIns("t")
    stand_ins.learn([Exchange(request=Request(method="LOCK", url=f"http://h/{token}"), outcome=locked)])
    assert stand_ins.text(f"http://h/{token}") == "http://h/t1"


@pytest.mark.parametrize(
    "value", ["<" * 20_000, "(<" * 20_000, '"' * 20_001, "(" + "opaquelocktoken:" * 5_000, "a=" * 20_000]
)
def test_hostile_fields_take_no_time(value: str) -> None:
    started = time.thread_time()
    StandIns().field("If", value)
    assert time.thread_time() - started < 2


def test_short_tokens_in_texts_that_speak_of_them() -> None:
    """As words of their own only: a number is part of many others."""
    stand_ins = StandIns("t")
    stand_ins.field("Lock-Token", "<1795>")
    assert stand_ins.text("token 1795") == "token 1795"
    assert stand_ins.everywhere("token 1795, 17950 and --token=1795") == "token t1, 17950 and --token=t1"
    assert StandIns("t").everywhere("nothing 1795") == "nothing 1795"
