"""Runs of the smoke suite made by hand, for the tests of its reports."""

from collections.abc import Callable
from typing import TypeVar

from hypothesis import strategies as st

from davlock.checks.results import About, Checked, CheckOutcome, Level, Run
from davlock.diagnosis.skipped import Skipped
from davlock.errors import NoResponse, NoResponseKind
from davlock.protocol.message import Exchange, Request, Response

Made = TypeVar("Made")
Other = TypeVar("Other")

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


# Each is made once: to make strategies anew for each example takes longer than all that is done with the example.
_WORDS = st.lists(HOSTILE, min_size=1, max_size=5)
_PLACE = st.integers(0, 4)
_FEW = st.integers(0, 3)
_MAYBE = st.booleans()
_METHOD = st.sampled_from(("PUT", "LOCK", ""))
_ANSWER = st.integers(100, 599) | st.sampled_from(NoResponseKind)
_MILLISECONDS = st.floats(0, 1e6)
_SECONDS = st.floats(0, 4e9)
_LEVEL = st.sampled_from(Level)
_OUTCOME = st.sampled_from(CheckOutcome)


@st.composite
def hostile_runs(draw: st.DrawFn) -> Run:
    """A run with hostile text wherever there is any."""
    words = draw(_WORDS)

    def word() -> str:
        return words[draw(_PLACE) % len(words)]

    def maybe(make: Callable[[], Made], otherwise: Other) -> Made | Other:
        return make() if draw(_MAYBE) else otherwise

    exchanges = tuple(
        asked(
            draw(_METHOD) or word(),
            f"https://dav.example/{word()}",
            draw(_ANSWER),
            maybe(lambda: draw(_MILLISECONDS), None),
        )
        for _ in range(draw(_FEW))
    )
    some = tuple(
        Checked(
            about=About(
                id=word(),
                group=word(),
                title=word(),
                level=draw(_LEVEL),
                reference=word(),
                litmus=maybe(word, None),
                story=word(),
            ),
            outcome=draw(_OUTCOME),
            why=word(),
            elapsed_ms=draw(_MILLISECONDS),
            exchanges=tuple(range(len(exchanges))),
            expected=draw(_MAYBE),
            findings=maybe(lambda: (word(), word()), maybe(lambda: ("no-class-2",), ())),
        )
        for _ in range(draw(_FEW))
    )
    return Run(
        target=word(),
        scratch=maybe(word, None),
        checked=some,
        exchanges=exchanges,
        skipped=maybe(lambda: (Skipped(word(), word()),), ()),
        left=word(),
        stopped=maybe(word, ""),
        elapsed_ms=draw(_MILLISECONDS),
        began_at=draw(_SECONDS),
    )


LEVELS = st.sampled_from(Level)
