"""Who may speak: one cause at the most, notes besides, a fallback only where nothing else explains a refusal."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from davlock.diagnosis.build_evidence import from_exchanges
from davlock.diagnosis.engine import apply_rules
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Finding, Quote, Remedy, Severity, Who
from davlock.diagnosis.resource import MemberLocks
from davlock.diagnosis.rule import Family, Match, Role, Rule, rfc, rfc4918
from davlock.diagnosis.rules import order
from davlock.diagnosis.rules.registry import BY_ID, RULES
from davlock.errors import NoResponse, NoResponseKind
from davlock.protocol.message import Exchange, Headers, Request, Response
from tests.diagnosis.exchanges import put
from tests.diagnosis.scenario import Scenario, load_all

NOTHING = Evidence(target="http://dav.example/")
SCENARIOS = load_all()


def _match(evidence: Evidence) -> Match:
    return Match(
        certainty=Certainty.LIKELY,
        headline=f"on {evidence.target}",
        explanation="because",
        retry=AFTER_CHANGE,
        evidence=(Quote("status", "423"),),
        remedies=(Remedy(Who.YOU, "ask"),),
        facts=(("owner", "alice"),),
        alternatives=(Alternative("other", "a look"),),
    )


def _silent(evidence: Evidence) -> None:
    return None


def _never(evidence: Evidence) -> Match | None:
    raise AssertionError("must not be asked")


def _rule(
    name: str,
    role: Role = Role.CAUSE,
    severity: Severity = Severity.ERROR,
    check: Callable[[Evidence], Match | None] = _match,
) -> Rule:
    return Rule(
        id=name,
        family=Family.LOCKED,
        severity=severity,
        title=name,
        page="",
        check=check,
        role=role,
        references=(rfc4918("6.1"),),
    )


def _ids(*rules: Rule) -> list[str]:
    return [finding.id for finding in apply_rules(NOTHING, rules)]


def test_no_rule_speaks() -> None:
    """Silence is an answer."""
    assert _ids(_rule("a", check=_silent), _rule("b", Role.NOTE, check=_silent)) == []


def test_first_cause_wins() -> None:
    """Two causes would contradict each other; the second is not even asked."""
    assert _ids(_rule("a", check=_silent), _rule("b"), _rule("c", check=_never)) == ["b"]


def test_notes_speak_besides() -> None:
    """Before a cause, after it and without one."""
    assert _ids(_rule("n", Role.NOTE), _rule("a"), _rule("m", Role.NOTE)) == ["n", "a", "m"]
    assert _ids(_rule("n", Role.NOTE), _rule("m", Role.NOTE)) == ["n", "m"]


def test_fallback_waits_for_every_cause() -> None:
    """Wherever it stands in the list."""
    assert _ids(_rule("f", Role.FALLBACK, check=_never), _rule("a")) == ["a"]
    assert _ids(_rule("f", Role.FALLBACK), _rule("a", check=_silent)) == ["f"]


def test_a_note_explains_nothing() -> None:
    """A fallback speaks although a note did, and only one does."""
    rules = (_rule("n", Role.NOTE), _rule("f", Role.FALLBACK), _rule("g", Role.FALLBACK, check=_never))
    assert _ids(*rules) == ["n", "f"]
    assert _ids(_rule("f", Role.FALLBACK, check=_silent), _rule("g", Role.FALLBACK)) == ["g"]


# -- rules of plug-ins


def _sure(certainty: Certainty) -> Callable[[Evidence], Match]:
    return lambda evidence: replace(_match(evidence), certainty=certainty)


@pytest.mark.parametrize(
    ("own", "added", "speaks"),
    [
        (Certainty.LIKELY, Certainty.CERTAIN, "p"),
        (Certainty.POSSIBLE, Certainty.LIKELY, "p"),
        (Certainty.LIKELY, Certainty.LIKELY, "a"),
        (Certainty.LIKELY, Certainty.POSSIBLE, "a"),
        (Certainty.CERTAIN, Certainty.CERTAIN, "a"),
    ],
)
def test_a_plugins_cause_speaks_where_it_is_surer(own: Certainty, added: Certainty, speaks: str) -> None:
    """Of two causes one speaks, whichever it is; what davlock found for certain stays."""
    plugin = replace(_rule("p", check=_sure(added)), origin="acme 1.0")
    found = _ids(_rule("a", check=_sure(own)), _rule("n", Role.NOTE), plugin, _rule("f", Role.FALLBACK))
    assert sorted(found) == sorted([speaks, "n"])


def test_a_plugins_cause_is_not_asked_about_what_is_certain() -> None:
    assert _ids(_rule("a", check=_sure(Certainty.CERTAIN)), replace(_rule("p", check=_never), origin="acme 1.0")) == [
        "a"
    ]


def test_a_plugins_cause_comes_before_every_fallback() -> None:
    """However unsure it is."""
    plugin = replace(_rule("p", check=_sure(Certainty.POSSIBLE)), origin="acme 1.0")
    assert _ids(_rule("f", Role.FALLBACK, check=_never), plugin) == ["p"]


@pytest.mark.parametrize("role", Role)
def test_a_plugins_rule_that_raises_is_told_of(role: Role) -> None:
    """It counts as silent, and the others have their say."""
    told: list[tuple[str, str]] = []
    plugin = replace(_rule("p", role, check=_never), origin="acme 1.0")
    found = apply_rules(
        NOTHING,
        (plugin, _rule("f", Role.FALLBACK)),
        unfit=lambda rule, error: told.append((rule.id, str(error))),
    )
    assert [finding.id for finding in found] == ["f"]
    assert told == [("p", "must not be asked")]
    with pytest.raises(AssertionError):
        apply_rules(NOTHING, (plugin,))


def test_a_bug_in_davlocks_own_rule_stays_one() -> None:
    """Nobody would report it otherwise."""
    with pytest.raises(AssertionError):
        apply_rules(NOTHING, (_rule("a", check=_never),), unfit=lambda rule, error: None)


def test_a_plugins_quotes_are_from_exchanges_that_were() -> None:
    told: list[str] = []
    for number, expected in ((0, []), (1, ["1"]), (-1, ["-1"])):
        told.clear()

        def check(evidence: Evidence, number: int = number) -> Match:
            return replace(_match(evidence), evidence=(Quote("status", "423", number),))

        apply_rules(
            from_exchanges([put("/a.txt", 423)]),
            (replace(_rule("p", check=check), origin="acme 1.0"),),
            unfit=lambda rule, error: told.append(str(error)),
        )
        assert told == [f"match.evidence[0].exchange is {text}, and there is no such exchange" for text in expected]


def test_most_severe_first_and_else_in_order() -> None:
    """Sorting keeps the order of the rules among equals."""
    rules = (
        _rule("ok", Role.NOTE, Severity.OK),
        _rule("w1", Role.NOTE, Severity.WARNING),
        _rule("n", Role.NOTE, Severity.NOTICE),
        _rule("w2", Role.NOTE, Severity.WARNING),
        _rule("e", Role.FALLBACK, Severity.ERROR),
    )
    assert _ids(*rules) == ["e", "w1", "w2", "n", "ok"]


def test_a_finding_carries_all_of_the_match_and_of_the_rule() -> None:
    """Nothing is lost on the way."""
    (finding,) = apply_rules(NOTHING, (_rule("a", severity=Severity.WARNING),))
    assert finding.severity is Severity.WARNING
    assert finding.certainty is Certainty.LIKELY
    assert finding.headline == "on http://dav.example/"
    assert finding.explanation == "because"
    assert finding.retry == AFTER_CHANGE
    assert finding.evidence == (Quote("status", "423"),)
    assert [remedy.title for remedy in finding.remedies] == ["ask"]
    assert finding.facts == (("owner", "alice"),)
    assert finding.alternatives == (Alternative("other", "a look"),)
    assert finding.references == (rfc4918("6.1"),)


def test_references_lead_to_the_section() -> None:
    """The two ways in which a rule names an RFC."""
    assert rfc4918("11.3").url == "https://www.rfc-editor.org/rfc/rfc4918#section-11.3"
    assert rfc(9110, "15.5.10").title == "RFC 9110 §15.5.10"


def test_ids_are_unique() -> None:
    """An id is for good."""
    assert len(BY_ID) == len(RULES)


def test_the_order_names_every_rule_once() -> None:
    folder = Path(order.__file__).parent
    files = {f"{file.parent.name}.{file.stem}" for file in folder.glob("*/*.py") if file.stem != "__init__"}
    assert sorted(place.module for place in order.ORDER) == sorted(files)


def test_rules_that_are_not_asked_would_be_silent() -> None:
    """Whatever else is known: such rules are not loaded."""
    assert {
        (rule.id, scenario.name)
        for number, scenario in enumerate(SCENARIOS[::3])
        for evidence in _unrefused(scenario, lost=tuple(NoResponseKind)[number % len(NoResponseKind)])
        for rule in set(RULES) - set(order.rules_for(evidence))
        if rule.check(evidence) is not None
    } == set()
    assert (
        order.rules_for(NOTHING) == order.load_rules(frozenset({order.Occasion.ALWAYS, order.Occasion.FREE})) != RULES
    )
    assert order.rules_for(from_exchanges([put("/a/b.txt", 423)])) == RULES


def _unrefused(scenario: Scenario, *, lost: NoResponseKind) -> Iterator[Evidence]:
    """The scenario's evidence where nothing is refused: asked about each success, about the locks alone, about those
    that were only read, and about a request without an answer.
    """
    for number in range(len(scenario.exchanges)):
        if (evidence := from_exchanges(scenario.exchanges, subject=number)).cause is None:
            yield evidence
    inquiry = from_exchanges(scenario.exchanges, guess=False)
    yield replace(inquiry, member_locks=Known(MemberLocks(locks=inquiry.covering), 0))
    read = [exchange for exchange in scenario.exchanges if exchange.request.method in ("OPTIONS", "PROPFIND")]
    if read and (evidence := from_exchanges(read, guess=False)).cause is None:
        yield evidence
    *before, last = scenario.exchanges
    unanswered = replace(last, outcome=NoResponse(lost, last.request.url, "lost"))
    yield from_exchanges([*before, unanswered], subject=len(before))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_has_a_manual_page(rule: Rule) -> None:
    """What happened, how sure we are, what to do, how to confirm; and where to read more."""
    first, _, rest = rule.page.partition("\n")
    assert first.endswith(".")
    for section in ("What happened:", "How sure we are:", "What to do:", "How to confirm:"):
        assert f"\n{section} " in rest, section
    assert rule.title.strip()
    assert rule.references
    assert all(reference.url.startswith("https://") for reference in rule.references)
    assert (rule.role is Role.FALLBACK) == rule.id.endswith("-unexplained")


# -- what is known less of: the same cases, with parts of them not captured


def _unknown_request(exchange: Exchange) -> Exchange:
    return replace(exchange, request=Request(method="", url="", headers=Headers(complete=False), body=None))


def _unknown_headers(exchange: Exchange) -> Exchange:
    request = replace(exchange.request, headers=Headers(complete=False), body=None)
    return replace(exchange, request=request)


def _unknown_body(exchange: Exchange) -> Exchange:
    if exchange.response is None:
        return exchange
    return replace(exchange, outcome=replace(exchange.response, body=None))


def _cut_off_body(exchange: Exchange) -> Exchange:
    if exchange.response is None or exchange.response.body is None:
        return exchange
    body = exchange.response.body
    return replace(exchange, outcome=replace(exchange.response, body=body[: len(body) // 2]))


def _bare_status(exchange: Exchange) -> Exchange:
    if exchange.response is None:
        return exchange
    return replace(exchange, outcome=Response(status=exchange.response.status))


LESS = (_unknown_request, _unknown_headers, _unknown_body, _cut_off_body, _bare_status)


def _with_less(scenario: Scenario) -> Iterator[tuple[str, Evidence, tuple[Finding, ...]]]:
    for less, number in itertools.product(LESS, range(len(scenario.exchanges))):
        exchanges = [less(entry) if at == number else entry for at, entry in enumerate(scenario.exchanges)]
        evidence = from_exchanges(exchanges, subject=number)
        yield f"{scenario.name}, exchange {number}, {less.__name__}", evidence, tuple(apply_rules(evidence))


# In tenths: one item for each scenario would cost more than what it does, and one for all would be long.
@pytest.mark.long
@pytest.mark.parametrize("tenth", range(10))
def test_knowing_less_is_never_silent_and_never_unfit(tenth: int) -> None:
    """A refusal has a finding whatever was captured of it, every finding rests on something, and no command lacks its
    URL.
    """
    for name, evidence, findings in itertools.chain.from_iterable(map(_with_less, SCENARIOS[tenth::10])):
        if evidence.status is not None and evidence.status >= 400:
            assert findings, name
        causes = [finding.id for finding in findings if BY_ID[finding.id].role is not Role.NOTE]
        assert len(causes) <= 1, name
        for finding in findings:
            assert finding.evidence, f"{name}: {finding.id}"
            for remedy in finding.remedies:
                assert remedy.command is None or all(remedy.command), f"{name}: {finding.id}: {remedy.command}"


STATUSES = [*range(300, 304), *range(305, 309), *range(400, 432), 451, *range(500, 512), 520, 599, 999]
"""All but 304, which is no refusal."""


@pytest.mark.parametrize("method", ["GET", "PUT", "LOCK", "UNLOCK", "PROPFIND", "MOVE", "MKCOL", "DELETE", "PROPPATCH"])
def test_every_refusal_has_a_finding(method: str) -> None:
    """A bad status never yields silence."""
    refusals = {status: from_exchanges([replace_method(put("/a/b.txt", status), method)]) for status in STATUSES}
    assert [status for status, evidence in refusals.items() if not apply_rules(evidence)] == []


def replace_method(exchange: Exchange, method: str) -> Exchange:
    """The same exchange by another method."""
    return replace(exchange, request=replace(exchange.request, method=method))
