"""Runs of the smoke suite made by hand, for the tests of its reports."""

from hypothesis import strategies as st

from davlock.checks.results import About, Checked, CheckOutcome, Level, Run
from davlock.diagnosis.skipped import Skipped
from davlock.errors import NoResponse, NoResponseKind
from davlock.protocol.message import Exchange, Request, Response

TARGET = "https://dav.example/files/"
BEGAN_AT = 1_763_855_000.25
"""2025-11-22T23:43:20Z and a quarter."""


def about(
    id: str = "put-without-token",
    level: Level = Level.MUST,
    *,
    group: str = "writes",
    title: str = "A write without the token is refused",
    litmus: str | None = "fail_cond_put",
) -> About:
    return About(
        id=id, group=group, title=title, level=level, reference="RFC 4918 §7.5", litmus=litmus, story="What is done."
    )


def checked(
    outcome: CheckOutcome,
    why: str = "",
    level: Level = Level.MUST,
    *,
    id: str = "put-without-token",
    expected: bool = False,
    exchanges: tuple[int, ...] = (),
    findings: tuple[str, ...] = (),
) -> Checked:
    return Checked(
        about=about(id, level),
        outcome=outcome,
        why=why,
        elapsed_ms=12.5,
        exchanges=exchanges,
        expected=expected,
        findings=findings,
    )


def asked(method: str, path: str, answer: int | NoResponseKind, elapsed_ms: float | None = None) -> Exchange:
    """``path`` at the target's origin, or an absolute URL."""
    url = path if "://" in path else f"https://dav.example{path}"
    outcome = Response(status=answer) if isinstance(answer, int) else NoResponse(answer, url, answer.value)
    return Exchange(request=Request(method=method, url=url), outcome=outcome, elapsed_ms=elapsed_ms)


def run(
    *some: Checked, target: str = TARGET, exchanges: tuple[Exchange, ...] = (), stopped: str = "", left: str = ""
) -> Run:
    return Run(
        target=target,
        scratch=f"{target}davlock-check-1/",
        checked=some,
        exchanges=exchanges,
        stopped=stopped,
        left=left,
        elapsed_ms=1500.0,
        began_at=BEGAN_AT,
    )


# What ends a line, a string, a table's cell or a command in one of the formats, is forbidden in XML, or is no text.
_PIECES = st.sampled_from(
    (
        *(
            "\n",
            "\r\n",
            "\r",
            "\t",
            "\x00",
            "\x1b[31m",
            "\x7f",
            "\x85",
            "\u2028",
            "\u202e",
            "\ud800",
            "\ufffe",
            "\uffff",
        ),
        *("#", " # SKIP ", "# TODO x", "\\", "\\#", "\n...\n", "\n---\n", "Bail out!", "ok 1 - x", "1..3"),
        *("::error::", "::add-mask::x", "##[error]", "%0A", "%", ":", ",", "::", "title="),
        *("|", "<b>", "</code>", "<script>", "-->", "`", "```", "*", "_", "[x](http://evil.example)", "~~"),
        *("@octocat", "#12", "www.evil.example", "http://evil.example", "&amp;", "&#64;", "]]>", "$x$", "</details>"),
        *('"', "'", "{", "}", "=", " ", "é", "漢", "😀", "\n# EOF\n", "a" * 2000),
    )
)
HOSTILE = st.lists(_PIECES | st.characters(exclude_categories=()), max_size=8).map("".join)
"""Text from a server that means harm."""


@st.composite
def hostile_runs(draw: st.DrawFn) -> Run:
    """A run with hostile text wherever there is any."""
    words = st.sampled_from(draw(st.lists(HOSTILE, min_size=1, max_size=5)))
    exchanges = draw(
        st.lists(
            st.builds(
                asked,
                st.sampled_from(("PUT", "LOCK")) | words,
                words.map(lambda path: f"https://dav.example/{path}"),
                st.integers(100, 599) | st.sampled_from(NoResponseKind),
                st.none() | st.floats(0, 1e6),
            ),
            max_size=3,
        )
    )
    some = st.builds(
        Checked,
        about=st.builds(
            About,
            id=words,
            group=words,
            title=words,
            level=st.sampled_from(Level),
            reference=words,
            litmus=st.none() | words,
            story=words,
        ),
        outcome=st.sampled_from(CheckOutcome),
        why=words,
        elapsed_ms=st.floats(0, 1e6),
        exchanges=st.just(tuple(range(len(exchanges)))),
        expected=st.booleans(),
        findings=st.sampled_from(((), ("no-class-2",))) | st.tuples(words, words),
    )
    return Run(
        target=draw(words),
        scratch=draw(st.none() | words),
        checked=tuple(draw(st.lists(some, max_size=3))),
        exchanges=tuple(exchanges),
        skipped=draw(st.just(()) | st.tuples(st.builds(Skipped, words, words))),
        left=draw(words),
        stopped=draw(st.just("") | words),
        elapsed_ms=draw(st.floats(0, 1e6)),
        began_at=draw(st.floats(0, 4e9)),
    )


LEVELS = st.sampled_from(Level)
