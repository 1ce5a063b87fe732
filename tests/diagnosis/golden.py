"""What each scenario leads to, for machines, in files: a change of any outcome shows in review.

Write them anew with: python -m tests.diagnosis.golden

A scenario's own lines say what matters in it. These files hold all the rest: certainty, retry, facts, what a finding
quotes, its remedies with their commands, its alternatives, and the verdict of each method. Words for people are left
out, but for the start of a quote.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from davlock.diagnosis.finding import Finding, Quote, Remedy
from davlock.diagnosis.lock_verdict import LockVerdict, lock_verdict
from davlock.diagnosis.rules.registry import BY_ID
from davlock.locks.observed import ObservedLock
from tests.diagnosis.scenario import Scenario, judged, load_all

FOLDER = Path(__file__).parent / "golden"

QUOTED = 48
"""Characters of a quote that are kept."""


def files() -> dict[Path, list[Scenario]]:
    """What each file has, by the family of the finding that a scenario is about."""
    families: dict[Path, list[Scenario]] = defaultdict(list)
    for scenario in load_all():
        rule = BY_ID.get(scenario.leading)
        families[FOLDER / f"{rule.family.value if rule is not None else 'nothing'}.txt"].append(scenario)
    return families


def text(scenarios: list[Scenario]) -> str:
    """The text of a file."""
    return "\n".join(line for scenario in scenarios for line in (*outcome(scenario), ""))


def outcome(scenario: Scenario) -> Iterator[str]:
    """The outcome of one scenario, line by line."""
    case = judged(scenario)
    answer = lock_verdict(case.evidence)
    yield f"{scenario.name}: {answer.verdict.value}"
    yield from _methods(answer)
    if answer.locks:
        yield f"  locks:{_locks(answer.locks)}"
    for finding in case.findings:
        yield from _finding(finding)


def _methods(answer: LockVerdict) -> Iterator[str]:
    """One line for each verdict, with the methods that it is for."""
    methods: dict[str, list[str]] = defaultdict(list)
    for method, entry in answer.methods:
        own = " only-own" if entry.only_own else ""
        methods[f"{entry.verdict.value}{own}{_locks(entry.locks)}"].append(method)
    yield from (f"  {' '.join(names)}: {words}" for words, names in methods.items())


def _finding(finding: Finding) -> Iterator[str]:
    retry = finding.retry
    seconds = "" if retry.after_seconds is None else f":{retry.after_seconds:g}"
    yield f"  {finding.id}: {finding.certainty.word}, {retry.verdict.value}{seconds}"
    yield from (f"    fact {name}={value!r}" for name, value in finding.facts)
    yield from (f"    quote {_quote(quote)}" for quote in finding.evidence)
    yield from (f"    remedy {_remedy(remedy)}" for remedy in finding.remedies)
    yield from (f"    or {alternative.id}" for alternative in finding.alternatives)


def _locks(locks: tuple[ObservedLock, ...]) -> str:
    return "".join(f" {lock.token or '(hidden)'}" for lock in locks)


def _quote(quote: Quote) -> str:
    number = "" if quote.exchange is None else f" [{quote.exchange}]"
    return f"{quote.source}{number}: {quote.text[:QUOTED]!r}"


def _remedy(remedy: Remedy) -> str:
    command = "" if remedy.command is None else f": {' '.join(remedy.command)!r}"
    return f"{remedy.risk.value} {remedy.who.value}{' typed' if remedy.typed else ''}{command}"


def main() -> None:
    """Write all of them, and remove what no family needs."""
    FOLDER.mkdir(exist_ok=True)
    wanted = files()
    for old in set(FOLDER.iterdir()) - set(wanted):
        old.unlink()
    for file, scenarios in wanted.items():
        file.write_text(text(scenarios), encoding="utf-8")


if __name__ == "__main__":
    main()
