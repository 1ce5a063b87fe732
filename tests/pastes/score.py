"""How davlock answers the pastes of this directory: ``python -m tests.pastes.score [--davlock PATH] [NAME…]``.

With ``--holdout`` those of ``holdout/``, with ``--second`` those of ``second_holdout/``: both were written before
davlock was asked.

Each paste goes through ``davlock explain FILE`` twice: as JSON for the findings, as a table for the words.
The score is a measurement, not a test: it prints a line a paste and the totals, and always exits with 0.

right
    The best answer comes first, with the holder, URL, method and status that the paste names.
weaker
    An acceptable answer, or the best one that lacks a fact or does not come first.
unhelpful
    A refusal, a crash, or an answer that is neither acceptable nor sure of itself.
misled
    The answer says what `never` lists, a sure finding that is not acceptable, or anything about a lock where none is.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

HERE = Path(__file__).parent
HOLDOUT = HERE / "holdout"
SECOND_HOLDOUT = HERE / "second_holdout"
FOLDERS = (HERE, HOLDOUT, SECOND_HOLDOUT)
SECONDS = 60
FRAGMENT = "capture-fragment"
MENTIONS = re.compile(r"\bmentions?\b", re.IGNORECASE)
IDENTIFIER = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*-?")
SURE = ("certain", "likely")
VERDICTS = ("right", "weaker", "unhelpful", "misled")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedPaste:
    """An entry of expected.toml; there the fields are explained."""

    name: str
    source: str | list[str]
    why: str
    ids: tuple[str, ...] = ()
    equal: int | None = None
    kind: str | None = None
    holder: str | None = None
    url: str | None = None
    method: str | None = None
    status: int | None = None
    never: tuple[str, ...] = ()
    folder: Path = HERE

    @property
    def file(self) -> Path:
        """The paste itself, as it was pasted."""
        return self.folder / f"{self.name}.txt"

    @property
    def best(self) -> tuple[str, ...]:
        """The ids that are right: the first, or as many as are equal; none beside a kind, unless it says so."""
        return self.ids[: self.equal if self.equal is not None else int(not self.kind)]

    @property
    def facts(self) -> dict[str, str]:
        """What the paste names and the answer should name, by the name of the fact."""
        named = {"holder": self.holder, "status": self.status, "method": self.method, "url": self.url}
        return {fact: str(value) for fact, value in named.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class PasteAnswer:
    """What davlock says to one paste."""

    exit_status: int
    leading: tuple[tuple[str, str], ...] = ()
    """The first finding of each result: its id and its certainty."""
    ids: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    """The kinds of pages shown in place of findings: "status", "mention"."""
    text: str = ""
    """All words of the answer, on stdout and stderr, with single blanks between them."""
    crashed: bool = False

    @property
    def refused(self) -> bool:
        """No finding and no page: davlock did not read the paste."""
        return not self.ids and not self.pages

    def names(self, fact: str, value: str) -> bool:
        """Whether the answer has a value in its words; a table may have broken it over lines."""
        if fact in ("status", "method"):
            return re.search(rf"\b{re.escape(value)}\b", self.text) is not None
        return value.replace(" ", "") in self.text.replace(" ", "")

    def says(self, unwanted: str) -> bool:
        """Whether an entry of `never` is there: a finding, all findings that begin so, or words."""
        if "-" in unwanted and IDENTIFIER.fullmatch(unwanted):
            return any(each.startswith(unwanted) if unwanted.endswith("-") else each == unwanted for each in self.ids)
        return re.search(unwanted, self.text, re.IGNORECASE) is not None


def pastes(folder: Path = HERE) -> tuple[PostedPaste, ...]:
    """All pastes of ``folder``, in the order of its expected.toml."""
    entries = tomllib.loads((folder / "expected.toml").read_text(encoding="utf-8"))["paste"]
    return tuple(
        PostedPaste(
            **{**entry, "ids": tuple(entry.get("ids", ())), "never": tuple(entry.get("never", ())), "folder": folder}
        )
        for entry in entries
    )


Run = Callable[[Sequence[str]], tuple[int, str, str]]
"""Runs davlock with some arguments: its exit status, stdout and stderr."""


def ask(paste: PostedPaste, run: Run) -> PasteAnswer:
    """What davlock says to a paste, read from its JSON, or from its table where it prints no JSON."""
    try:
        status, data, errors = run(["explain", str(paste.file), "--format", "json"])
        _, table, more = run(["explain", str(paste.file), "--format", "table", "--color", "never"])
    except subprocess.TimeoutExpired:
        return PasteAnswer(exit_status=-1, text=f"no answer in {SECONDS} s", crashed=True)
    crashed = errors.startswith("Traceback") or more.startswith("Traceback")
    text = " ".join(f"{table} {errors} {more}".split())
    try:
        results = json.loads(data)["results"]
    except (ValueError, KeyError, TypeError):
        found = tuple(re.findall(r"^\s+([a-z0-9]+(?:-[a-z0-9]+)+) · (\w+)", table, re.MULTILINE))
        ids = tuple(each for each, _ in found)
        pages = () if ids or status else ("mention",) if MENTIONS.search(text) else ()
        return PasteAnswer(exit_status=status, leading=found[:1], ids=ids, pages=pages, text=text, crashed=crashed)
    findings = [result.get("findings") or [] for result in results]
    return PasteAnswer(
        exit_status=status,
        leading=tuple((each[0]["id"], each[0].get("certainty", "")) for each in findings if each),
        ids=tuple(finding["id"] for each in findings for finding in each),
        pages=tuple(kind for result in results for kind in _pages(result)),
        text=f"{text} {' '.join(' '.join(_strings(results)).split())}",
        crashed=crashed,
    )


def judge(paste: PostedPaste, answer: PasteAnswer) -> tuple[str, str]:
    """One of VERDICTS, and the reason."""
    said = [unwanted for unwanted in paste.never if answer.says(unwanted)]
    if said:
        return "misled", f"says {', '.join(said)}"
    if answer.crashed:
        return "unhelpful", "crashed or hung"
    if paste.kind == "nothing":
        return _judge_nothing(paste, answer)
    if answer.refused:
        return "unhelpful", f"refused, exit {answer.exit_status}"
    lacks = [fact for fact, value in paste.facts.items() if not answer.names(fact, value)]
    lacking = f", lacks {', '.join(lacks)}" if lacks else ""
    leading = [each for each, _ in answer.leading if each != FRAGMENT]
    if not leading:
        return _judge_page(paste, answer, lacking)
    best = next((each for each in leading if each in paste.best), None)
    if best:
        return ("weaker" if lacks else "right"), f"{best}{lacking}"
    accepted = next((each for each in (*leading, *answer.ids) if each in paste.ids), None)
    if accepted:
        return "weaker", f"{accepted}{lacking}"
    sure = next((each for each, certainty in answer.leading if certainty in SURE and each != FRAGMENT), None)
    return ("misled", f"is sure of {sure}") if sure else ("unhelpful", f"only {leading[0]}")


def _judge_page(paste: PostedPaste, answer: PasteAnswer, lacking: str) -> tuple[str, str]:
    """Judge an answer without a finding of its own: a page of what is mentioned, or a fragment."""
    named = next((each for each in paste.ids if each != FRAGMENT and each in answer.text), None)
    status = str(paste.status) if paste.status and answer.names("status", str(paste.status)) else None
    if named or status:
        verdict = "right" if paste.kind == "mention" and not lacking else "weaker"
        return verdict, f"a page or fragment that names {named or status}{lacking}"
    if FRAGMENT in answer.ids and FRAGMENT in paste.ids:
        return "weaker", f"{FRAGMENT}{lacking}"
    return "unhelpful", "a page of something else"


def _judge_nothing(paste: PostedPaste, answer: PasteAnswer) -> tuple[str, str]:
    wrong = [each for each in answer.ids if each not in paste.ids and each != FRAGMENT]
    if wrong:
        return "misled", f"finds {wrong[0]} where nothing is"
    if "status" in answer.pages:
        return "misled", "shows the page of a status that is not there"
    if answer.ids or answer.pages:
        return "weaker", f"speaks of {(*answer.ids, *answer.pages)[0]}"
    return "right", f"says that there is nothing to read, exit {answer.exit_status}"


def _run(davlock: Sequence[str], arguments: Sequence[str]) -> tuple[int, str, str]:
    done = subprocess.run(
        [*davlock, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SECONDS,
        env=os.environ | {"COLUMNS": "100"},
        check=False,
    )
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def _pages(result: dict[str, object]) -> Iterator[str]:
    """The kinds of pages in a result that has no findings of its own."""
    topic = result.get("topic")
    if isinstance(topic, dict):
        yield str(topic.get("kind"))
    if result.get("mentions"):
        yield "mention"


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)
    elif value is not None:
        yield str(value)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line a paste, then the totals."""
    parser = argparse.ArgumentParser(prog="python -m tests.pastes.score", description="Score the pastes.")
    parser.add_argument("--davlock", metavar="PATH", help="the davlock to ask; default: this tree's")
    parser.set_defaults(folder=HERE)
    for option, folder in (("--holdout", HOLDOUT), ("--second", SECOND_HOLDOUT)):
        parser.add_argument(
            option, action="store_const", dest="folder", const=folder, help=f"the pastes of {folder.name}/"
        )
    parser.add_argument("names", nargs="*", metavar="NAME", help="only the pastes whose name begins so")
    options = parser.parse_args(arguments)
    davlock = [os.path.abspath(options.davlock)] if options.davlock else [sys.executable, "-m", "davlock"]
    totals: Counter[str] = Counter()
    for paste in pastes(options.folder):
        if options.names and not paste.name.startswith(tuple(options.names)):
            continue
        verdict, reason = judge(paste, ask(paste, partial(_run, davlock)))
        totals[verdict] += 1
        sys.stdout.write(f"{paste.name}: {verdict}: {reason}\n")
        sys.stdout.flush()
    counts = ", ".join(f"{totals[verdict]} {verdict}" for verdict in VERDICTS)
    sys.stdout.write(f"{totals.total()} pastes: {counts}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
