"""The command above an answer tells its request: method, URL, header fields and body, and no secret of it."""

import pytest

from davlock.capture.detect import Supplement, read_capture
from davlock.capture.foreign import NotACapture
from davlock.protocol.message import Request

NOTHING = Supplement()
URL = "https://dav.example/docs/plan.odt"
REFUSED = "HTTP/1.1 423 Locked\nServer: Apache\nContent-Length: 0\n\n"
TOKEN = "(<opaquelocktoken:1-2>)"


def _asked(command: str, answer: str = REFUSED) -> Request:
    return read_capture(f"{command}\n{answer}".encode(), NOTHING).exchanges[-1].request


COMMANDS = {
    "curl": f"$ curl -i -X PUT -H 'If: {TOKEN}' {URL}",
    "curl -T": f"ida@host:~/docs$ curl -iT plan.odt -H 'If: {TOKEN}' {URL}",
    "curl over lines": f"$ curl -i \\\n  --upload-file plan.odt \\\n  --header 'If: {TOKEN}' \\\n  {URL}",
    "curl of cmd": f'C:\\Users\\ida> curl.exe -i -T plan.odt ^\n  -H "If: {TOKEN}" ^\n  "{URL}"',
    "curl as Chrome copies it": f'curl ^"{URL}^" -i -X ^"PUT^" ^\n  -H ^"If: {TOKEN}^"',
    "curl with a pipe": f"$ curl -si -T plan.odt -H 'If: {TOKEN}' '{URL}' | head -5",
    "curl below bash -x": f"+ curl -i -T plan.odt -H 'If: {TOKEN}' {URL}",
    "HTTPie": f"http PUT {URL} 'If:{TOKEN}' < plan.odt",
    "HTTPie's https": f"$ https PUT dav.example/docs/plan.odt 'If:{TOKEN}' < plan.odt",
    "wget": f"$ wget -S --method=PUT --body-file=plan.odt --header='If: {TOKEN}' {URL}",
    "Invoke-WebRequest": f"PS C:\\> Invoke-WebRequest -Uri {URL} -Method PUT -InFile a -Headers @{{ If = '{TOKEN}' }}",
    "Invoke-RestMethod over lines": (
        f'PS C:\\> $a = Invoke-RestMethod `\n  -Method Put -Uri "{URL}" `\n  -Headers @{{ "If" = "{TOKEN}"; X = "y" }}'
    ),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_command_tells_the_request(command: str) -> None:
    request = _asked(COMMANDS[command])
    assert (request.method, request.url, request.headers.get("If")) == ("PUT", URL, TOKEN)


ANSWERS = {
    "a body": '<?xml version="1.0"?>\n<D:error xmlns:D="DAV:"><D:lock-token-submitted/></D:error>\n',
    "curl --fail": "curl: (22) The requested URL returned error: 423\n",
    "a prompt behind it": f"{REFUSED}ida@host:~$ ",
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_of_any_shape_gets_the_request(answer: str) -> None:
    request = _asked(COMMANDS["curl -T"], ANSWERS[answer])
    assert (request.method, request.url, request.headers.get("If")) == ("PUT", URL, TOKEN)


def test_the_number_that_curl_writes_is_the_status() -> None:
    text = f"$ curl -s -o /dev/null -w '%{{http_code}}\\n' -T plan.odt {URL}\n423\nida@host:~$ "
    exchange = read_capture(text.encode(), NOTHING).exchanges[-1]
    assert (exchange.status, exchange.request.method) == (423, "PUT")
    assert exchange.response is not None
    assert exchange.response.body is None


def test_each_answer_gets_the_command_above_it() -> None:
    text = f"$ curl -i -X LOCK {URL}\n{REFUSED}$ curl -i -X DELETE {URL}\n{REFUSED}$ curl -i -X MOVE {URL}\n"
    assert [exchange.request.method for exchange in read_capture(text.encode(), NOTHING).exchanges] == [
        "LOCK",
        "DELETE",
    ]


def test_the_body_that_was_sent_is_read_over_several_lines() -> None:
    body = '<?xml version="1.0"?>\n<lockinfo xmlns="DAV:"/>'
    assert _asked(f"$ curl -i -X LOCK -d '{body}' {URL}").body == body.encode()


def test_who_asks_is_hidden_and_another_one_is_another_one() -> None:
    text = f"$ curl -i -u ida:geheim -T a {URL}\n{REFUSED}$ curl -i -u jon:geheim -T a {URL}\n{REFUSED}"
    exchanges = read_capture(text.encode(), NOTHING).exchanges
    assert [exchange.request.headers.get("Authorization") for exchange in exchanges] == [
        "Basic (hidden)",
        "Basic (hidden, user 2)",
    ]
    assert "geheim" not in repr(exchanges)


@pytest.mark.parametrize("option", ['-H "If: ($TOKEN)"', "-H @fields.txt", "-K own.conf"])
def test_what_the_line_does_not_show_is_unknown(option: str) -> None:
    headers = _asked(f"$ curl -i -T plan.odt {option} {URL}").headers
    assert "If" not in headers
    assert not headers.complete


@pytest.mark.parametrize(
    "line",
    ["curl says that the file is locked", "http 423 means Locked", "$ curl --version", "wget is not installed here"],
)
def test_prose_is_no_command(line: str) -> None:
    assert _asked(line).url == ""


def test_what_the_person_says_is_more_than_the_command() -> None:
    text = f"$ curl -i -T plan.odt {URL}\n{REFUSED}"
    said = Supplement(method="MOVE", url="https://other.example/a")
    request = read_capture(text.encode(), said).exchanges[-1].request
    assert (request.method, request.url) == ("MOVE", "https://other.example/a")


@pytest.mark.parametrize("quote", ["'", '"', '^"'])
def test_a_quote_that_nobody_closes_ends_with_its_line(quote: str) -> None:
    assert _asked(f"$ curl -i -T plan.odt {URL} {quote}open").url == URL


def test_a_command_without_an_answer_is_none() -> None:
    with pytest.raises(NotACapture):
        read_capture(f"$ curl -T plan.odt {URL}\n".encode(), NOTHING)
