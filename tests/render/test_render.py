"""Results made by hand, where no server would send them so."""

import io
from dataclasses import replace

import pytest

from davlock.diagnosis.age import AgeSource
from davlock.diagnosis.build_evidence import from_exchanges
from davlock.diagnosis.finding import (
    NEVER,
    Alternative,
    Certainty,
    Finding,
    Quote,
    Remedy,
    Retry,
    RetryVerdict,
    Risk,
    Severity,
    Verdict,
    Who,
    after_wait,
)
from davlock.diagnosis.judge import judge
from davlock.diagnosis.rules.registry import BY_ID
from davlock.diagnosis.screen import TargetScreen
from davlock.diagnosis.skipped import Skipped
from davlock.protocol.message import Exchange, Headers, Request, Response
from davlock.protocol.visible import visible
from davlock.render import commands, details, json_v1, plain, screens, tables, theme, topic_pages
from davlock.render.build_result import result
from davlock.render.result import Result
from davlock.render.tables import console_for
from davlock.render.topic_tables import show_page
from tests.cli.answers import OTHER, TOKEN, active_lock, document, element

URL = "http://dav.example/a.txt"
DATE = "Sun, 22 Nov 2026 10:00:00 GMT"


def exchange(
    method: str, status: int, body: bytes = b"", *fields: tuple[str, str], sent: tuple[tuple[str, str], ...] = ()
) -> Exchange:
    return Exchange(
        request=Request(method=method, url=URL, headers=Headers.of(sent), body=b"x" if method == "LOCK" else b""),
        outcome=Response(status=status, headers=Headers.of(fields), body=body),
    )


def propfind(locks: str, *fields: tuple[str, str]) -> Exchange:
    return exchange("PROPFIND", 207, document(element("/a.txt", locks=locks)), *fields)


FINDING = Finding(
    id="423-held-by-other",
    severity=Severity.ERROR,
    certainty=Certainty.CERTAIN,
    headline="Somebody \x1b[31mholds it",
    explanation="Because.",
    evidence=(),
    retry=NEVER,
)


def shown(value: Result, width: int = 80, *, why: bool = True) -> str:
    stream = io.StringIO()
    screens.show_result(tables.console_for(stream, color=False, width=width), value, why=why)
    return stream.getvalue()


# -- when a lock ends


@pytest.mark.parametrize(
    ("server", "date", "timeout", "ends"),
    [
        ("Apache", DATE, "Second-540", "2026-11-22T10:09:00Z"),
        ("Apache", "Sun, 22 Nov 2026 12:00:00 +0200", "Second-540", "2026-11-22T10:09:00Z"),
        ("Apache", DATE, "Infinite", None),
        ("Apache", "yesterday", "Second-540", None),
        ("Apache", None, "Second-540", None),
        ("Apache", "Fri, 31 Dec 9999 23:59:59 GMT", "Second-540", None),
        ("lighttpd/1.4.69", DATE, "Second-540", None),
        ("unheard-of/1", DATE, "Second-540", None),
    ],
)
def test_ends_at(server: str, date: str | None, timeout: str, ends: str | None) -> None:
    told = ("DAV", "<http://apache.org/dav/propset/fs/1>") if server == "Apache" else ("Server", server)
    fields = [told, *([("Date", date)] if date is not None else [])]
    evidence = from_exchanges([propfind(active_lock(timeout=timeout), *fields)], target=URL, guess=False)
    (view,) = result(judge(evidence)).locks or ()
    assert json_v1.lock(view)["expires_at"] == ends
    (row,) = plain.lock_rows(result(judge(evidence)))
    assert row.split("\t")[6] == (ends or "")


UUID1 = "opaquelocktoken:8ebdfa00-dec3-11f1-9a3b-0242ac120002"


def test_age() -> None:
    """Seconds and their source; at a terminal a column only where an age is known."""
    known, unknown = active_lock(UUID1, scope="shared"), active_lock(OTHER, scope="shared")
    both = result(judge(from_exchanges([propfind(known + unknown, ("Date", DATE))], target=URL, guess=False)))
    seconds = 834908
    assert [json_v1.lock(view)["age"] for view in both.locks or ()] == [
        {"seconds": seconds, "source": "uuid1", "certainty": "likely"},
        None,
    ]
    assert [row.split("\t")[9:11] for row in plain.lock_rows(both)] == [[str(seconds), "uuid1"], ["", ""]]
    assert shown(both, 120).count("  age ") == 1
    one = result(judge(from_exchanges([propfind(known, ("Date", DATE))], target=URL, guess=False)))
    assert "10 days since its token was made (the time in it)" in shown(one, 120)
    none = result(judge(from_exchanges([propfind(unknown, ("Date", DATE))], target=URL, guess=False)))
    assert "  age " not in shown(none)


def test_every_source_of_age_has_words() -> None:
    assert set(details.AGE_WORDS) == set(AgeSource)


def test_the_holder_is_not_told_how_long_ago_the_last_refresh_was() -> None:
    body = f'<D:prop xmlns:D="DAV:"><D:lockdiscovery>{active_lock(timeout="Second-600")}</D:lockdiscovery></D:prop>'
    server = ("DAV", "<http://apache.org/dav/propset/fs/1>")
    taken = exchange("LOCK", 200, body.encode(), ("Lock-Token", f"<{TOKEN}>"), server)
    found = result(judge(from_exchanges([taken, propfind(active_lock(), server)], target=URL, subject=0)))
    (view,) = found.locks or ()
    assert json_v1.lock(view)["age"] == {"seconds": 60, "source": "countdown", "certainty": "likely"}
    assert "  age " not in shown(found, why=False)


def test_the_lock_just_taken_stands_first() -> None:
    body = f'<D:prop xmlns:D="DAV:"><D:lockdiscovery>{active_lock(scope="shared")}</D:lockdiscovery></D:prop>'.encode()
    taken = exchange("LOCK", 200, body, ("Lock-Token", f"<{TOKEN}>"), ("Date", DATE))
    after = propfind(active_lock(OTHER, scope="shared") + active_lock(TOKEN, scope="shared"))
    found = result(judge(from_exchanges([taken, after], target=URL, subject=0)))
    assert [(str(view.lock.token), view.mine) for view in found.locks or ()] == [(TOKEN, True), (OTHER, None)]


def test_nothing_is_known() -> None:
    found = result(judge(from_exchanges([])))
    assert (found.target, found.locks, found.verdict) == (None, None, Verdict.UNKNOWN)
    assert [entry.what for entry in found.skipped] == ["locks"]
    assert "UNKNOWN" in shown(found)


# -- JSON and TSV


def test_wire_text_is_intact_in_json_and_harmless_in_tsv() -> None:
    found = Result(target=URL, findings=(FINDING,))
    assert json_v1.finding(found.findings[0])["headline"] == "Somebody \x1b[31mholds it"
    assert "\\u001b" in json_v1.line("diagnose", found)
    (row,) = plain.finding_rows(found)
    assert "Somebody \\x1b[31mholds it" in row


def test_lone_surrogates_do_not_break_the_output() -> None:
    found = Result(target="http://dav.example/\udcff")
    json_v1.document("locks", [found]).encode()
    shown(found).encode()
    plain.row((found.target,)).encode()


@pytest.mark.parametrize(
    ("retry", "word"),
    [
        (NEVER, "never"),
        (after_wait(1.5), "after-wait:1.5"),
        (after_wait(120.0), "after-wait:120"),
        (after_wait(), "after-wait"),
        (Retry(RetryVerdict.NOT_NEEDED), "not-needed"),
    ],
)
def test_retry(retry: Retry, word: str) -> None:
    (row,) = plain.finding_rows(Result(target=URL, findings=(replace(FINDING, retry=retry),)))
    assert row.split("\t")[5] == word
    assert details.retry_words(retry)


def test_cells() -> None:
    assert plain.row(["a\tb", None, "c\nd", 7, "\u202e"]) == "a\\tb\t\tc\\nd\t7\t\\u202e"


def test_shell_lines() -> None:
    assert commands.shell_line(("davlock", "unlock", "http://h/a b", "--token", "it's")) == (
        "davlock unlock 'http://h/a b' --token 'it'\"'\"'s'"
    )
    assert "\x1b" not in commands.shell_line(("davlock", "\x1b[31m"))


# -- tables


def test_every_level_has_a_look() -> None:
    assert set(theme.SEVERITY_STYLE) == set(theme.SEVERITY_MARK) == set(Severity)
    assert set(theme.VERDICT_STYLE) == set(Verdict)
    assert len(set(theme.SEVERITY_STYLE.values())) == len(Severity)
    assert set(details.WHO_WORDS) == set(Who)


def test_a_finding_with_everything() -> None:
    remedies = (
        Remedy(Who.YOU, "Look", ("davlock", "locks", URL), Risk.SAFE),
        Remedy(Who.SERVER_ADMIN, "Restart [bold]it[/bold]", None, Risk.DESTRUCTIVE),
    )
    full = replace(
        FINDING,
        certainty=Certainty.POSSIBLE,
        alternatives=(Alternative("423-token-required", "PROPFIND on it"),),
        evidence=(Quote("response body", "x" * 1000 + "\n\ty", 0),),
        remedies=remedies,
        retry=after_wait(90),
    )
    screen = TargetScreen(headline=(), left=remedies)
    text = shown(
        Result(
            target=URL,
            make_screen=lambda: screen,
            findings=(full, replace(FINDING, remedies=remedies)),
            skipped=(Skipped("OPTIONS", "why"),),
            product_title="Apache mod_dav",
            dav=("1", "2", "<http://apache.org/dav/propset/fs/1>"),
        )
    )
    assert "Somebody \\x1b[31mholds it" in text
    assert "Could also be 423-token-required" in text
    assert "Restart [bold]it[/bold] [the server's administrator] (destructive)" in text
    assert text.count("Restart") == 1, "each remedy once"
    assert f"   davlock locks {URL}\n" in text
    assert "retry after a wait of" in text
    assert "OPTIONS: why" in text
    assert 0 < text.count("x" * 20) < 50
    assert "Apache mod_dav" in text
    assert "1, 2, <http://apache.org/dav/propset/fs/1>" in text


def test_the_same_table_with_and_without_rich() -> None:
    header, rows = ["One", "Two"], [["日本", "\x1b[2J"], ["a", "b"]]
    short, long = io.StringIO(), io.StringIO()
    tables.show_table(tables.console_for(short, color=False, width=80), header, rows)
    tables.show_table(tables.console_for(long, color=False, width=80), header, rows * 101)
    for text in (short.getvalue(), long.getvalue()):
        assert "\\x1b[2J" in text
        assert "日本" in text
    first, second, third, *_ = long.getvalue().splitlines()
    assert first == "One   Two"
    assert second == "日本  \\x1b[2J"
    assert third == "a     b"


def test_a_page_keeps_every_character() -> None:
    """Headers in angle brackets, stars, backslashes and bars are words, and only code loses its quotes."""
    words = r"send If: <URL> (<token>) or If-None-Match: *, as realm\user | _x_ [\"etag\"], &lt; 1. #2 ~a~ \x1b[2J"
    page: topic_pages.StatusPage = {
        "kind": "status",
        "id": "412",
        "title": "a * b",
        "summary": dict.fromkeys(topic_pages.FACTS, ""),
        "sections": {"What to do": f"{words} `davlock put FILE URL --if-none-match '*'`."},
        "findings": ["412-none-match-exists"],
        "references": [{"title": "RFC 1 §2", "url": "https://rfc.example/1_2_3"}],
    }
    shown = io.StringIO()
    show_page(console_for(shown, color=False, width=300), page)
    lines = [line.strip() for line in shown.getvalue().splitlines()]
    assert lines[0] == "412 a * b"
    framed = " ".join(" ".join(lines).replace("│", "").split())
    assert f"What to do {visible(words)} davlock put FILE URL --if-none-match '*'." in framed
    assert any(line.startswith("412-none-match-exists") for line in lines)
    assert "RFC 1 §2: https://rfc.example/1_2_3" in lines
    assert shown.getvalue().splitlines() == [line.rstrip() for line in shown.getvalue().splitlines()]


def test_a_rule_from_elsewhere_says_so() -> None:
    rule = replace(BY_ID["423-held-by-other"], id="x-mine", origin="dav-extras")
    page = topic_pages.finding_page(rule)
    assert ("From", "dav-extras") in topic_pages.background(page)
    assert (page["retry"], page["statuses"]) == (["after-wait", "after-change"], [423])
    assert "From" not in dict(topic_pages.background(topic_pages.finding_page(BY_ID["423-held-by-other"])))
