"""Captures of several exchanges, told apart. Each story is written as its target, its exchanges and its subjects."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from davlock.diagnosis import capture_index, incidents
from davlock.diagnosis.finding import NOT_NEEDED, Quote, Verdict
from davlock.diagnosis.incidents import INCIDENT_LIMIT, Incidents, split_capture
from davlock.diagnosis.judge_capture import judge_incident
from davlock.errors import NoResponseKind
from davlock.protocol.message import Exchange, Headers, Request
from tests.diagnosis.exchanges import (
    BASE,
    OTHER,
    TOKEN,
    activelock,
    exchange,
    failed,
    lock,
    multistatus,
    propfind,
    put,
    refresh,
    response,
    shows,
    unlock,
)

Told = list[tuple[str, list[int], list[int]]]

IF = f"(<{TOKEN}>)"


def get(path: str, status: int | NoResponseKind = 200) -> Exchange:
    return exchange("GET", path, status)


def options(path: str, status: int = 200) -> Exchange:
    return exchange("OPTIONS", path, status, answered={"DAV": "1, 2"})


def move(path: str, destination: str, status: int) -> Exchange:
    return exchange("MOVE", path, status, sent={"Destination": destination})


def redirect(path: str, location: str, method: str = "PUT") -> Exchange:
    return exchange(method, path, 301, answered={"Location": location})


def unknown(status: int) -> Exchange:
    """A response whose request nobody recorded."""
    return replace(put("/f", status), request=Request(method="", url="", headers=Headers(complete=False), body=None))


def told(exchanges: list[Exchange], telling: Incidents | None = None) -> Told:
    """By position: an exchange that occurs twice must be made twice."""
    numbers = {id(each): number for number, each in enumerate(exchanges)}
    return [
        (each.target.removeprefix(BASE), [numbers[id(one)] for one in each.exchanges], list(each.subjects))
        for each in (telling or split_capture(exchanges)).incidents
    ]


CASES: list[tuple[str, list[Exchange], Told]] = [
    ("one refusal", [put("/f", 423)], [("/f", [0], [0])]),
    ("LOCK, then PUT without its token", [lock("/f"), put("/f", 423)], [("/f", [0, 1], [1])]),
    ("read before and after", [shows("/f"), put("/f", 423), shows("/f", activelock())], [("/f", [0, 1, 2], [1])]),
    ("OPTIONS of the root", [options("/"), put("/a/f", 423)], [("/a/f", [0, 1], [1])]),
    ("LOCK on the parent", [lock("/a/"), put("/a/f", 423)], [("/a/f", [0, 1], [1])]),
    ("LOCK on a sibling", [lock("/a/g"), put("/a/f", 423)], [("/a/g", [0], [0]), ("/a/f", [1], [0])]),
    ("LOCK on a member", [lock("/a/f"), exchange("DELETE", "/a/", 423)], [("/a/", [0, 1], [1])]),
    ("LOCK on a member of what is only read", [lock("/a/f"), propfind("/a/", status=403)],
     [("/a/f", [0, 1], [0]), ("/a/", [1], [0])]),
    ("a token of another resource", [lock("/g"), unlock("/g"), put("/f", 412, If=IF)], [("/f", [0, 1, 2], [2])]),
    ("401, then 423", [put("/f", 401), put("/f", 423)], [("/f", [0, 1], [1])]),
    ("401 for good", [put("/f", 401)], [("/f", [0], [0])]),
    ("a read's 401, and credentials from then on", [options("/", 401), put("/f", 423)], [("/f", [0, 1], [1])]),
    ("a redirect that was followed", [redirect("/f", "/g"), put("/g", 423)], [("/g", [0, 1], [1])]),
    ("a redirect to https", [redirect("/f", "https://dav.example/f"), put("https://dav.example/f", 423)],
     [("https://dav.example/f", [0, 1], [1])]),
    ("a redirect that was not", [redirect("/f", "/g")], [("/f", [0], [0])]),
    ("the destination of a MOVE", [lock("/g"), move("/f", "/g", 423)], [("/f", [0, 1], [1])]),
    ("above the destination", [lock("/a/"), move("/f", "http://other.example/a/g", 423)], [("/f", [0, 1], [1])]),
    ("a MOVE onto it before", [move("/g", "/f", 201), put("/f", 423)], [("/f", [0, 1], [1])]),
    ("two resources", [put("/f", 423), put("/g", 412)], [("/f", [0], [0]), ("/g", [1], [0])]),
    ("two resources in turn", [lock("/f"), lock("/g"), put("/g", 423), put("/f", 423)],
     [("/g", [1, 2], [1]), ("/f", [0, 3], [1])]),
    ("a slash and an escape more", [lock("/a%7e/"), put("/a~", 423)], [("/a~", [0, 1], [1])]),
    ("two troubles of one resource", [put("/f", 423), put("/f", 412, If_Match='"a"')], [("/f", [0, 1], [0, 1])]),
    ("the same again", [put("/f", 423), put("/f", 423), put("/f", 423)], [("/f", [0, 1, 2], [2])]),
    ("the same, then it went well", [put("/f", 423), put("/f", 423), put("/f", 204)], [("/f", [0, 1, 2], [1])]),
    ("no answer", [put("/f", NoResponseKind.TIMEOUT), get("/g")], [("/f", [0], [0])]),
    ("a member failed", [exchange("DELETE", "/a/", 207, answer=multistatus(failed("/a/f", "423 Locked"))), get("/x")],
     [("/a/", [0], [0])]),
    ("a read that failed explains", [propfind("/f", status=403), put("/f", 423)], [("/f", [0, 1], [1])]),
    ("looked for before it was made", [propfind("/f", status=404), put("/f", 201), put("/g", 423)], [("/g", [2], [0])]),
    ("a PROPFIND that was refused", [propfind("/f", status=403), get("/x")], [("/f", [0], [0])]),
    ("locks, all well", [get("/x"), lock("/f"), put("/f", 204, If=IF), unlock("/f")], [("/f", [1, 2, 3], [2])]),
    ("a lock that is shown", [get("/x"), shows("/f", activelock(OTHER))], [("/f", [1], [])]),
    ("a condition", [get("/x"), put("/f", 204, If_Match='"a"')], [("/f", [1], [0])]),
    ("a lock of another, beside a trouble that is none of it", [put("/f", 423), shows("/g", activelock(OTHER))],
     [("/f", [0], [0]), ("/g", [1], [])]),
    ("images beside it", [get("/i.png"), put("/f", 423), get("/i.js", 404)], [("/f", [1], [0])]),
    ("a browser's reads that fail, once a kind", [get("/a", 404), get("/b", 404), get("/c", 500), get("/d")],
     [("/b", [1], [0]), ("/c", [2], [0])]),
    ("a GET that is locked", [get("/a", 404), get("/f", 423)], [("/f", [1], [0])]),
    ("one that went well", [put("/f", 204)], [("/f", [0], [0])]),
    ("one that was read", [get("/f")], [("/f", [0], [])]),
    ("nothing to tell", [get("/f"), put("/g", 204)], []),
    ("locks were asked for", [get("/f"), put("/g", 204), shows("/h")], [("/h", [2], [])]),
    ("and above it", [shows("/col/a.txt"), shows("/col/", collection=True), shows("/", collection=True)],
     [("/col/a.txt", [0, 1, 2], [])]),
    ("no URL: one after the other on the way", [unknown(301), unknown(401), unknown(423)], [("", [0, 1, 2], [2])]),
    ("no URL: two troubles", [unknown(423), unknown(412)], [("", [0, 1], [0, 1])]),
]  # fmt: skip


@pytest.mark.parametrize(("description", "exchanges", "expected"), CASES, ids=[case[0] for case in CASES])
def test_stories(description: str, exchanges: list[Exchange], expected: Told) -> None:
    assert told(exchanges) == expected, description


def test_no_exchanges() -> None:
    assert split_capture([]) == Incidents(incidents=())


def test_what_is_passed_over_and_what_is_alike_is_counted() -> None:
    beside = split_capture([put("/f", 423), get("/a", 404), get("/b", 500)])
    assert beside.passed_over == 2
    alone = split_capture([*(get(f"/{number}", 404) for number in range(300)), get("/x", NoResponseKind.CONNECT)])
    assert [(each.target, each.alike) for each in alone.incidents] == [(f"{BASE}/299", 299), (f"{BASE}/x", 0)]
    assert alone.passed_over == 0


def test_of_many_that_went_well_the_last_is_told() -> None:
    well = [lock(f"/{number}") for number in range(incidents.MANY)]
    assert [each.alike for each in split_capture([put("/f", 423), *well]).incidents] == [0] * (1 + incidents.MANY)
    told = split_capture([put("/f", 423), *well, lock("/last")]).incidents
    assert [(each.target, each.alike) for each in told] == [(f"{BASE}/f", 0), (f"{BASE}/last", incidents.MANY)]


def test_a_loop_keeps_its_lock_and_its_last_tries() -> None:
    """However long it went on, what it began with is still there."""
    exchanges = [lock("/f"), *(put("/f", 423) for _ in range(1000))]
    (one,) = split_capture(exchanges).incidents
    assert one.exchanges[0] is exchanges[0]
    assert one.exchanges[-1] is exchanges[-1]
    assert one.subjects == (len(one.exchanges) - 1,)
    assert len(one.exchanges) <= capture_index.EXCHANGE_LIMIT
    assert one.left_out == len(exchanges) - len(one.exchanges)
    assert [finding.id for finding in judge_incident(one).findings] == ["423-own-lock-token-missing"]


def test_too_many_to_tell() -> None:
    exchanges = [put(f"/{number}", 423) for number in range(INCIDENT_LIMIT + 3)]
    telling = split_capture([lock("/"), *exchanges])
    assert (len(telling.incidents), telling.untold) == (INCIDENT_LIMIT, 3)
    assert {len(each.exchanges) for each in telling.incidents} == {2}


def test_refusals_of_many_kinds() -> None:
    (one,) = split_capture(
        put("/f", 412, If_Match=f'"{number}"') for number in range(capture_index.SUBJECT_LIMIT + 2)
    ).incidents
    assert (len(one.subjects), one.unexplained) == (capture_index.SUBJECT_LIMIT, 2)


def ids(exchanges: list[Exchange]) -> list[str]:
    (one,) = split_capture(exchanges).incidents
    return [finding.id for finding in judge_incident(one).findings]


LATER: list[tuple[str, Exchange]] = [
    ("released", unlock("/f")),
    ("moved away", move("/f", "/g", 201)),
    ("deleted", exchange("DELETE", "/f", 204)),
]


@pytest.mark.parametrize(("description", "change"), LATER, ids=[case[0] for case in LATER])
def test_what_was_read_after_a_change_is_not_what_the_request_met(description: str, change: Exchange) -> None:
    """That no lock is shown once it was released does not mean that the server hides locks."""
    refused = [shows("/f", activelock()), put("/f", 423)]
    assert ids([*refused, change, shows("/f")]) == ids(refused) == ["423-held-by-other"], description


def test_what_was_read_after_a_refresh_is() -> None:
    """A refresh changes no lock, and whether it succeeds tells whether its token was good."""
    assert ids([put("/f", 412, If=IF), refresh("/f", 200), shows("/f", activelock())]) == ids(
        [put("/f", 412, If=IF), shows("/f", activelock())]
    )


def test_the_verdict_is_of_the_end() -> None:
    (one,) = split_capture([shows("/f", activelock()), put("/f", 423), unlock("/f"), shows("/f")]).incidents
    evidence = judge_incident(one).evidence
    assert evidence.covering == ()
    assert evidence.after_subject(3)


def test_a_lock_that_was_never_there_is_told_though_all_went_well() -> None:
    """The UNLOCK at the end hides nothing."""
    (one,) = split_capture([lock("/f"), shows("/f"), put("/f", 204), unlock("/f")]).incidents
    assert (one.subjects, one.asides) == ((3,), (0, 2))
    found = {finding.id: finding.evidence[0] for finding in judge_incident(one).findings}
    assert "fake-lock" in found
    assert (found["fake-lock"].text, found["fake-lock"].exchange) == (f"LOCK {BASE}/f", 0)
    assert "lock-granted" not in found


def test_each_trouble_is_told_once_and_says_whose_it_is() -> None:
    exchanges = [
        shows("/f", activelock(OTHER)),
        put("/f", 423),
        exchange("DELETE", "/f", 423),
        exchange("UNLOCK", "/f", 400),
    ]
    (one,) = split_capture(exchanges).incidents
    assert one.subjects == (1, 2, 3)
    findings = judge_incident(one).findings
    assert [finding.id for finding in findings] == ["400-lock-token-missing", "423-held-by-other"]
    quotes = [finding.evidence[0] for finding in findings]
    assert [(quote.text, quote.exchange) for quote in quotes] == [(f"UNLOCK {BASE}/f", 3), (f"DELETE {BASE}/f", 2)]


@pytest.mark.parametrize(
    ("description", "first", "second", "finding"),
    [
        ("another user's lock", "(hidden)", "(hidden, user 2)", "423-held-by-other"),
        ("the same user's", "(hidden, user 2)", "(hidden, user 2)", "423-own-lock-token-missing"),
        ("not told", None, "(hidden, user 2)", "423-own-lock-token-missing"),
        ("not told of the write", "(hidden)", None, "423-own-lock-token-missing"),
    ],
)
def test_whose_lock_it_is(description: str, first: str | None, second: str | None, finding: str) -> None:
    """Two people in one recording: what one was granted the other does not hold."""

    def by(user: str | None, made: Exchange) -> Exchange:
        fields = (*made.request.headers, *((("Authorization", user),) if user else ()))
        return replace(made, request=replace(made.request, headers=Headers.of(fields)))

    assert ids([by(first, lock("/f")), by(second, put("/f", 423))]) == [finding], description


def test_exchanges_are_numbered_within_their_story() -> None:
    exchanges = [put("/g", 423), get("/x"), lock("/f"), get("/y"), put("/f", 423)]
    stories = split_capture(exchanges).incidents
    assert told(exchanges) == [("/g", [0], [0]), ("/f", [2, 4], [1])]
    for one in stories:
        for finding in judge_incident(one).findings:
            assert {quote.exchange for quote in finding.evidence} <= {None, *range(len(one.exchanges))}
    status = next(quote for quote in judge_incident(stories[1]).findings[0].evidence if quote.source == "status")
    assert status.exchange == 1


def _deep(number: int) -> str:
    return "/" + "/".join(["a"] * number)


BOUNDS: list[tuple[str, Callable[[], list[Exchange]]]] = [
    ("thousands of images", lambda: [get(f"/{number}.png") for number in range(5000)]),
    ("thousands of challenges", lambda: [put("/f", 401) for _ in range(5000)]),
    ("a path of fifty thousand names", lambda: [lock(_deep(50_000)), put(_deep(50_000), 423)]),
    ("redirects in a circle", lambda: [redirect("/a", "/b"), redirect("/b", "/a")] * 1000),
    (
        "thousands of looks at the root",
        lambda: [propfind("/", status=403) for _ in range(3000)] + [put(f"/{n % 2}", 423) for n in range(9)],
    ),
    ("locks on every member", lambda: [*(lock(f"/a/{n}") for n in range(1000)), exchange("DELETE", "/a", 423)]),
]


@pytest.mark.parametrize(("description", "exchanges"), BOUNDS, ids=[case[0] for case in BOUNDS])
def test_size_is_bounded(description: str, exchanges: Callable[[], list[Exchange]]) -> None:
    """No story grows with the capture."""
    telling = split_capture(exchanges())
    assert len(telling.incidents) <= 3, description
    assert all(len(each.exchanges) <= capture_index.EXCHANGE_LIMIT + 1 for each in telling.incidents)
    for each in telling.incidents:
        judge_incident(each)


def test_a_listing_that_shows_a_lock_of_the_folder() -> None:
    """Depth 1 on the folder bears on a member that was refused."""
    listing = propfind("/a/", response("/a/", collection=True), response("/a/f", activelock(OTHER)), depth="1")
    assert ids([listing, put("/a/f", 423)]) == ["423-held-by-other"]


def moved(method: str, path: str, location: str, status: int = 308) -> Exchange:
    return exchange(method, path, status, sent={"If": IF}, answered={"Location": location})


def findings(exchanges: list[Exchange]) -> list[str]:
    return [finding.id for each in split_capture(exchanges).incidents for finding in judge_incident(each).findings]


def test_a_redirect_that_was_followed_and_went_through_is_no_trouble() -> None:
    """Neither of the resource that was asked for nor of that which was meant, were it the same over https."""
    for location in (f"{BASE}/b", f"{BASE}/a/", "https://dav.example/a"):
        followed = exchange("PUT", location, 201, sent={"If": IF})
        assert findings([moved("PUT", "/a", location), followed]) == []


def test_a_redirect_that_was_followed_and_refused_is_a_step_to_the_refusal() -> None:
    followed = exchange("PUT", f"{BASE}/b", 423, sent={"If": IF})
    assert "redirected" not in findings([moved("PUT", "/a", f"{BASE}/b"), followed])


@pytest.mark.parametrize("method", ["GET", "PROPFIND"])
def test_a_write_that_went_on_as_a_read_was_never_done(method: str) -> None:
    exchanges = [moved("PUT", "/a", f"{BASE}/b", 302), exchange(method, f"{BASE}/b", 200)]
    assert findings(exchanges) == ["redirected"]


def as_user(name: str, status: int, *, path: str = "/a") -> Exchange:
    return exchange("PUT", path, status, sent={"Authorization": f"(hidden {name})"})


@pytest.mark.parametrize(
    ("exchanges", "word"),
    [
        pytest.param([as_user("1", 423), as_user("1", 204)], Verdict.CLEAR, id="went through"),
        pytest.param(
            [as_user("1", 423), shows("/a", activelock()), as_user("1", 204)], Verdict.CLEAR, id="locked then"
        ),
        pytest.param([as_user("1", 423), as_user("1", 204), shows("/a")], Verdict.CLEAR, id="and nothing is locked"),
        pytest.param(
            [as_user("1", 423), as_user("1", 204), shows("/a", activelock())], Verdict.BLOCKED, id="locked since"
        ),
        pytest.param([as_user("1", 423), as_user("2", 204)], Verdict.BLOCKED, id="another user's went through"),
        pytest.param([as_user("1", 204), as_user("1", 423)], Verdict.BLOCKED, id="before"),
        pytest.param([as_user("1", 423), as_user("1", 204, path="/b")], Verdict.BLOCKED, id="of another resource"),
        pytest.param(
            [lock("/a", status=423), lock("/a"), unlock("/a")],
            Verdict.UNKNOWN,
            id="a lock was granted",
        ),
    ],
)
def test_the_verdict_is_about_now(exchanges: list[Exchange], word: Verdict) -> None:
    refused = next(each for each in split_capture(exchanges).incidents if each.target == f"{BASE}/a")
    assert judge_incident(refused).verdict is word


def test_a_refusal_is_told_with_its_good_end() -> None:
    (refused,) = split_capture([as_user("1", 423), as_user("1", 204)]).incidents
    (finding,) = judge_incident(refused).findings
    assert finding.explanation.endswith("PUT was tried again later, and went through.")
    assert finding.retry == NOT_NEEDED
    assert finding.evidence[-1] == Quote("PUT", "answered 204", 1)
