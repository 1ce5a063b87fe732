"""Every shape of a paste has an example, and the example is read as that shape, however it was pasted."""

import contextlib
import random
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from davlock.capture.detect import Capture, Supplement, read_capture
from davlock.capture.foreign import NotACapture
from davlock.capture.shapes import SHAPES
from davlock.diagnosis.finding import Certainty
from davlock.diagnosis.incidents import split_capture
from davlock.diagnosis.judge_capture import judge_incident
from davlock.errors import LocalProtocolError

FOLDER = Path(__file__).parent / "shapes"
EXPECTED = tomllib.loads((FOLDER / "expected.toml").read_text(encoding="utf-8"))
TITLES = {shape.name: shape.title for shape in SHAPES}
NOTHING = Supplement()

VARIANTS: dict[str, Callable[[str], str]] = {
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "indented": lambda text: "".join(
        f"    {line}" if line.strip() else line for line in text.splitlines(keepends=True)
    ),
    "quoted": lambda text: "".join(f"> {line}" for line in text.splitlines(keepends=True)),
    "with a prompt behind it": lambda text: f"{text.rstrip()}\nuser@host:~$ ",
    "numbered": lambda text: "".join(f"{number:>6}\t{line}" for number, line in enumerate(text.splitlines(True), 1)),
    "in a fence": lambda text: f"```\n{text}```\n",
}


def _read(text: str) -> Capture:
    return read_capture(text.encode(), NOTHING)


def _ids(capture: Capture) -> list[tuple[str, ...]]:
    return [
        tuple(finding.id for finding in judge_incident(story).findings)
        for story in split_capture(capture.exchanges).incidents
    ]


def _example(name: str) -> str:
    return (FOLDER / f"{name}.txt").read_bytes().decode()


def test_every_shape_has_an_example_and_every_example_a_shape() -> None:
    assert sorted(TITLES) == sorted(path.stem for path in FOLDER.glob("*.txt"))
    assert sorted(TITLES) == sorted(EXPECTED)
    assert len(TITLES) == len(SHAPES)


@pytest.mark.parametrize("name", EXPECTED)
def test_an_example_is_read_as_its_shape(name: str) -> None:
    capture = _read(_example(name))
    last = capture.exchanges[-1]
    assert last.fragment == TITLES[name] or any(TITLES[name] in deviation.what for deviation in capture.deviations)
    assert last.request.method == EXPECTED[name]["method"]
    assert last.request.url == EXPECTED[name]["url"]
    assert last.status == EXPECTED[name]["status"]


@pytest.mark.parametrize("name", EXPECTED)
def test_what_a_line_does_not_show_is_unknown_and_not_empty(name: str) -> None:
    for exchange in _read(_example(name)).exchanges:
        response = exchange.response
        if exchange.fragment and response is not None:
            assert response.body != b""
            assert not exchange.request.headers.complete or response.body is None


@pytest.mark.parametrize("name", EXPECTED)
def test_the_way_of_pasting_changes_no_finding(name: str) -> None:
    text = _example(name)
    pasted = {variant: _ids(_read(change(text))) for variant, change in VARIANTS.items()}
    assert pasted == dict.fromkeys(VARIANTS, _ids(_read(text)))


def test_a_part_of_an_exchange_is_said_to_be_one() -> None:
    assert _ids(_read(_example("requests")))[-1][-1] == "capture-fragment"


@pytest.mark.long
def test_no_mutation_of_an_example_ends_in_a_traceback() -> None:
    chance = random.Random(20261129)  # noqa: S311 -- a seed, no secret
    examples = [_example(name).encode() for name in EXPECTED]
    for _ in range(1500):
        data = bytearray(chance.choice(examples))
        for _ in range(chance.randrange(1, 6)):
            start = chance.randrange(len(data) + 1)
            end = min(len(data), start + chance.randrange(40))
            other = chance.choice(examples)
            piece = other[chance.randrange(len(other)) :][: chance.randrange(60)]
            data[start:end] = chance.choice(
                (b"", b"\n", bytes([chance.randrange(256)]), piece, bytes(data[start:end]) * 3)
            )
        try:
            capture = read_capture(bytes(data), NOTHING)
        except LocalProtocolError:
            continue
        _ids(capture)


SECRETS = {
    "a header": "Authorization: Basic bWlhOmdlaGVpbQ==",
    "a header of axios": 'Authorization: \'Digest username="mia", response="geheim"\',',
    "a bearer": "-H 'Authorization: Bearer geheim.geheim.geheim'",
    "a login of curl": "$ curl -u mia:geheim -T a.odt https://dav.example/a.odt",
    "a URL": "PUT https://mia:geheim@dav.example/a.odt",
    "a cookie": "Cookie: session=geheim; other=geheim",
    "a password": "password=geheim",
}


@pytest.mark.parametrize("secret", SECRETS)
def test_no_secret_of_a_paste_is_shown(secret: str) -> None:
    words = SECRETS[secret]
    shown = repr(_read(f"{words}\nError: Invalid response: 423 Locked\n").exchanges)
    with pytest.raises(NotACapture) as refused:
        _read(f"{words}\nnothing else\n")
    for text in (shown, refused.value.text, refused.value.what):
        assert "geheim" not in text
        assert "bWlhOmdlaGVpbQ" not in text


@pytest.mark.long
@pytest.mark.parametrize(
    "piece", ["> ", "x {", "x <a ", "OCA\\a\\", "url: 'a', method: 'put' ", "PUT /", "a\n", "x 423 "]
)
def test_a_long_paste_is_read_in_a_moment(piece: str) -> None:
    data = piece.encode() * (1_000_000 // len(piece))
    started = time.process_time()
    with contextlib.suppress(LocalProtocolError):
        read_capture(data, NOTHING)
    assert time.process_time() - started < 20


def test_the_lines_of_two_logs_on_one_refusal_are_one_exchange() -> None:
    error = "[Wed Sep 30 20:06:47.097166 2026] [dav:error] [pid 10:tid 33] [client 192.0.2.20:4] "
    access = '192.0.2.20 - mia [30/Sep/2026:20:06:47 +0000] "PUT /dav/a.odt HTTP/1.1" 500 528\n'
    text = f"{error}Could not open the lock database.  [500, #400]\n{access}"
    exchanges = _read(text).exchanges
    assert [(exchange.request.method, exchange.status) for exchange in exchanges] == [("PUT", 500)]
    assert exchanges[0].response is not None
    assert exchanges[0].response.body == b"Could not open the lock database."


def test_a_status_in_a_lock_box_is_the_status() -> None:
    box = "Error locking state: googleapi: Error 412: conditionNotMet\nLock Info:\n  ID:  6256\n  Who: noa@runner-3\n"
    last = _read(box).exchanges[-1]
    assert last.status == 412
    assert last.response is not None
    assert b"noa@runner-3" in (last.response.body or b"")


def test_the_condition_that_sabre_names_is_kept() -> None:
    assert _ids(_read(_example("evolution")))[-1][0] == "412-none-match-exists"


WEAKER = frozenset(
    {
        *("capture-fragment", "423-unexplained", "409-unexplained", "412-unexplained", "other-unexplained"),
        *(
            "malformed-answer",
            "423-token-required",
            "423-transactional",
            "409-application-conflict",
            "423-application-lock",
        ),
    }
)
"""What may be said where the end of an answer is missing: the fragment, or its status alone."""


def _ids_of(text: str) -> list[str]:
    """The ids of the last story; empty where nothing can be read."""
    try:
        ids = _ids(_read(text))
    except LocalProtocolError:
        return []
    return list(ids[-1]) if ids else []


@pytest.mark.parametrize("name", EXPECTED)
def test_a_paste_that_was_cut_says_the_same_or_less(name: str) -> None:
    """Cut at each tenth: nothing that is sure of another cause."""
    text = _example(name)
    whole = set(_ids_of(text))
    for tenth in range(1, 10):
        for cut in (text[: len(text) * tenth // 10], text[: len(text) * tenth // 10] + "\n"):
            try:
                capture = _read(cut)
            except LocalProtocolError:
                continue
            sure = {
                finding.id
                for story in split_capture(capture.exchanges).incidents
                for finding in judge_incident(story).findings
                if finding.certainty is not Certainty.POSSIBLE
            }
            assert sure <= whole | WEAKER, f"cut at {tenth}0 %"


@pytest.mark.parametrize("name", EXPECTED)
def test_a_paste_that_was_cut_before_its_last_answer_says_what_the_one_before_it_says(name: str) -> None:
    """The example twice, and the second time without its end."""
    text = _example(name)
    whole = _ids_of(text)
    assert _ids_of(f"{text}\n{text.splitlines()[0][:2]}\n") == whole


CUT = {
    "a code": ('{"error":{"code":"resourceLocked","message":"The resource you are atte', 423),
    "a number": ('{\n  "type":"about:blank","status":409,"title":"Version conf', 409),
    "a lock of Terraform": ('{"ID":"5b1d","Operation":"OperationTypeApply","Who":"ida@laptop","Crea', 423),
}


@pytest.mark.parametrize("what", CUT)
def test_json_that_was_cut_in_the_middle_is_read_as_a_part(what: str) -> None:
    text, status = CUT[what]
    (exchange,) = _read(text).exchanges
    assert exchange.status == status
    assert exchange.fragment


@pytest.mark.parametrize(
    ("field", "scheme"),
    [
        ("Referer: https://dav.example/apps/files/", "https"),
        ("Origin: https://dav.example", "https"),
        ("Referer: https://other.example/", "http"),
        ("Referer: https://dav.example.evil.example/", "http"),
    ],
)
def test_a_page_of_the_same_host_tells_the_scheme(field: str, scheme: str) -> None:
    text = f"PUT /dav/a.odt HTTP/1.1\nHost: dav.example\n{field}\n\nHTTP/1.1 423 Locked\nContent-Length: 0\n\n"
    assert _read(text).exchanges[-1].request.url == f"{scheme}://dav.example/dav/a.odt"
