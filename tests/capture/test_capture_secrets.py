"""A capture's own logins and cookies: none of them is in what is read of its answers."""

import base64
import json

import pytest

import davlock
from davlock.capture.detect import read_captures
from davlock.capture.supplement import Supplement

PASSWORD = "correct-horse-battery"
BASIC = base64.b64encode(f"alice:{PASSWORD}".encode()).decode()
COOKIE = "c00kieval1234"
FIELDS = {"Host": "h", "Authorization": f"Basic {BASIC}", "Cookie": f'a="1"; sid={COOKIE}'}
ECHO = f"you, {PASSWORD}, sent Basic {BASIC} and {COOKIE}"
ANSWER = f"HTTP/1.1 423 Locked\r\nContent-Type: text/plain\r\nX-Echo: {BASIC}\r\n\r\n{ECHO}"
RAW = "PUT /a HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in FIELDS.items()) + "\r\n"
HAR = json.dumps(
    {
        "log": {
            "entries": [
                {
                    "request": {
                        "method": "PUT",
                        "url": "http://h/a",
                        "headers": [{"name": name, "value": value} for name, value in FIELDS.items()],
                    },
                    "response": {"status": 423, "headers": [], "content": {"mimeType": "text/plain", "text": ECHO}},
                }
            ]
        }
    }
)


@pytest.mark.parametrize(
    "capture",
    [
        RAW + ANSWER,
        "".join(f"> {line}\n" for line in RAW.splitlines())
        + "".join(f"< {line}\n" for line in ANSWER.split("\r\n\r\n")[0].splitlines())
        + f"< \n{ECHO}\n",
        f"$ curl -i -u 'alice:{PASSWORD}' -H 'Cookie: sid={COOKIE}' -X PUT http://h/a\n{ANSWER}",
        f'$ curl -i -X PUT -b x=1 -H "Cookie: sid={COOKIE}" http://alice:{PASSWORD}@h/a\n{ANSWER}',
        HAR,
    ],
    ids=["raw", "curl -v", "curl -u", "url", "har"],
)
def test_no_secret_of_the_request_is_in_the_result(capture: str) -> None:
    diagnoses = davlock.explain(capture)
    shown = str([diagnosis.to_dict() for diagnosis in diagnoses])
    assert "you, (hidden), sent Basic (hidden) and (hidden)" in shown
    assert [secret for secret in (PASSWORD, BASIC, COOKIE) if secret in shown] == []


def test_a_header_that_got_into_the_body_of_the_request_is_hidden() -> None:
    (read,) = read_captures([f"PUT /a HTTP/1.1\nHost: h\n<br>\nAuthorization: Bearer {COOKIE}".encode()], Supplement())
    assert COOKIE.encode() not in (read.exchanges[0].request.body or b"")


def test_the_request_and_its_answer_may_be_in_two_files() -> None:
    _, answered = read_captures([RAW.encode(), ANSWER.encode()], Supplement())
    assert answered.exchanges[0].response is not None
    assert answered.exchanges[0].response.body == b"you, (hidden), sent Basic (hidden) and (hidden)"
    assert answered.exchanges[0].response.headers.get("X-Echo") == "(hidden)"


def test_a_sentence_on_a_header_is_no_secret() -> None:
    body = "Authorization: please log in before you write. Cookie: none."
    capture = f"PUT /a HTTP/1.1\r\nHost: h\r\n\r\nHTTP/1.1 401 Unauthorized\r\nContent-Length: 999\r\n\r\n{body}"
    (read,) = read_captures([capture.encode()], Supplement())
    assert read.exchanges[0].response is not None
    assert read.exchanges[0].response.body == body.encode()
