"""Rules and servers that other distributions add: they speak where they can, and cost nothing where they cannot."""

import re
import sys
from collections.abc import Callable
from importlib.machinery import PathFinder
from pathlib import Path

import pytest

from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.options import Shared
from davlock.diagnosis.rule import Role
from davlock.diagnosis.rules.registry import RULES
from davlock.servers import PROFILES
from tests.cli.answers import OPTIONS, by_method, element, multistatus
from tests.cli.command import Done, run, run_process
from tests.cli.plugin import describe, install, install_example
from tests.transport.scripted import ScriptedServer, response

URL = "http://vault.example/team/report.odt"
SERVER = ("Server: Apache/2.4 AcmeVault/4.1", "DAV: 1,2,<http://apache.org/dav/propset/fs/1>")
PAGE = b"<html><head><title>Acme Vault</title></head><body><p>This document is checked out by jdoe.</p></body></html>"
REFUSED = response("423 Locked", PAGE, "Content-Type: text/html", *SERVER)
AUTHORED = '''
"""A page.

What happened: something.
"""
from davlock.diagnosis import quotes
from davlock.diagnosis.finding import NEVER, Certainty, Severity
from davlock.diagnosis.rule import Family, Match, Role, Rule
from davlock.servers.profile import Profile

def match(seen, **more):
    return Match(**{"certainty": Certainty.CERTAIN, "headline": "h", "explanation": "e", "retry": NEVER,
                    "evidence": quotes.answer(seen), **more})

def rule(**more):
    return Rule(**{"id": "423-made", "family": Family.LOCKED, "severity": Severity.ERROR, "title": "t",
                   "page": __doc__, "check": match, **more})
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that processes started with :func:`davlock` have on their path."""
    made = tmp_path / "site"
    made.mkdir()
    return made


@pytest.fixture
def captured(tmp_path: Path) -> str:
    path = tmp_path / "refused"
    path.write_bytes(REFUSED)
    return str(path)


def davlock(folder: Path, *arguments: str, **environment: str) -> Done:
    return run_process(*arguments, env={"PYTHONPATH": str(folder), **environment})


def explain(folder: Path, captured: str, *arguments: str, **environment: str) -> Done:
    return davlock(folder, "explain", "--json", captured, "--method", "PUT", "--url", URL, *arguments, **environment)


def add(folder: Path, source: str, *, name: str = "made", group: str = "davlock.rules", **entries: str) -> None:
    """A distribution with one module of :data:`AUTHORED` and ``source``."""
    module = f"{name}_module"
    points = {entry: f"{module}:{value}" for entry, value in entries.items()}
    install(folder, name, "2.0", {group: points}, {module: AUTHORED + source})


# -- the example


def test_the_example_explains_its_appliance(folder: Path, captured: str) -> None:
    install_example(folder)
    done = explain(folder, captured)
    assert (done.code, done.err) == (0, "")
    assert done.ids == ["423-acme-checked-out"]
    assert done.result["server"]["product"] == "acme-vault"
    assert done.result["findings"][0]["facts"] == {"holder": "jdoe"}
    assert done.result["skipped"] == [{"what": "locks", "why": "not asked"}]


@pytest.mark.parametrize(("option", "variable"), [(("--no-plugins",), {}), ((), {"DAVLOCK_NO_PLUGINS": "1"})])
def test_without_plugins(folder: Path, captured: str, option: tuple[str, ...], variable: dict[str, str]) -> None:
    install_example(folder)
    done = explain(folder, captured, *option, **variable)
    assert (done.code, done.err) == (0, "")
    assert done.ids == ["423-token-required"]
    assert done.result["server"]["product"] == "apache"


def test_the_examples_page(folder: Path) -> None:
    install_example(folder)
    topic = davlock(folder, "explain", "--json", "423-acme-checked-out").result["topic"]
    assert topic["title"] == "A checkout of the Acme Vault, which is no WebDAV lock."
    assert list(topic["sections"]) == ["What happened", "How sure we are", "What to do", "How to confirm"]
    near = davlock(folder, "explain", "423-acme-checkedout")
    assert near.code == 2
    assert "did you mean 423-acme-checked-out" in near.err
    assert davlock(folder, "explain", "--no-plugins", "423-acme-checked-out").code == 2


@pytest.mark.parametrize(
    ("arguments", "product_only"),
    [
        (("put", "/dev/null"), False),
        (("lock",), False),
        (("refresh", "--token", "urn:x:1"), False),
        (("unlock", "--token", "urn:x:1"), False),
        (("diagnose",), True),
        (("locks",), True),
        (("propfind",), True),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_the_example_in_every_command(
    folder: Path, serve: Callable[..., ScriptedServer], arguments: tuple[str, ...], product_only: bool
) -> None:
    """A live server: its profile is found by what it says, its refusal explained by the rule."""
    install_example(folder)
    here = multistatus(element("/a.txt", more="<D:resourcetype/>"), fields=SERVER)
    server = serve(by_method({"PROPFIND": here, "OPTIONS": OPTIONS}, default=REFUSED))
    done = davlock(folder, *arguments, f"{server.url}/a.txt", "--json")
    assert done.err == ""
    assert done.result["server"]["product"] == "acme-vault"
    assert ("423-acme-checked-out" in done.ids) is not product_only


def test_the_rule_in_a_listing_that_is_refused(folder: Path, serve: Callable[..., ScriptedServer]) -> None:
    install_example(folder)
    server = serve(by_method({}, default=REFUSED))
    for command in ("locks", "propfind"):
        done = davlock(folder, command, "--json", f"{server.url}/a.txt")
        assert done.ids == ["423-acme-checked-out"]


# -- what is known, and in which order


def test_all_that_is_known(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Davlock's own causes and notes, the plug-in's, and the fallbacks; the plug-in's server before davlock's."""
    install_example(folder)
    monkeypatch.syspath_prepend(folder)
    known = CommandKnowledge(Shared())
    added = [rule for rule in known.rules if rule not in RULES]
    assert [(rule.id, rule.origin) for rule in added] == [("423-acme-checked-out", "davlock-acme 1.0")]
    listed = {row["id"]: row["origin"] for row in davlock(folder, "explain", "--list", "--json").result["rules"]}
    assert listed["423-acme-checked-out"] == "davlock-acme 1.0"
    assert listed["423-held-by-other"] == "davlock"
    place = known.rules.index(added[0])
    assert all(rule.role is not Role.FALLBACK for rule in known.rules[:place])
    assert all(rule.role is Role.FALLBACK for rule in known.rules[place + 1 :])
    assert {rule.id for rule in RULES} < {rule.id for rule in known.rules}
    assert [profile.name for profile in known.profiles] == ["acme-vault", *(profile.name for profile in PROFILES)]
    alone = CommandKnowledge(Shared(no_plugins=True))
    assert (alone.rules, alone.profiles) == (RULES, PROFILES)
    assert {rule.origin for rule in alone.rules} == {"davlock"}


def test_a_tuple_of_rules_keeps_its_order(folder: Path, captured: str) -> None:
    add(folder, "RULES = (rule(id='zeta'), rule(id='alpha', role=Role.NOTE), rule(id='beta'))", rules="RULES")
    assert explain(folder, captured).ids == ["zeta", "alpha"]


def test_the_first_of_two_copies_counts(folder: Path, captured: str, tmp_path: Path) -> None:
    """As for imports: a distribution that is found twice on the path is there once."""
    second = tmp_path / "second"
    second.mkdir()
    add(folder, "RULE = rule(id='mine')", a="RULE")
    add(second, "RULE = rule(id='mine')", a="RULE")
    done = davlock(folder, "explain", "--json", captured, PYTHONPATH=f"{folder}:{second}")
    assert (done.ids[0], done.err) == ("mine", "")


def test_a_status_needs_no_plugins(folder: Path, captured: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def look() -> None:
        raise AssertionError

    monkeypatch.setattr("importlib.metadata.distributions", look)
    # A backport of importlib.metadata, which keyring loads, finds distributions in a way of its own.
    usual = [finder for finder in sys.meta_path if finder is PathFinder or not hasattr(finder, "find_distributions")]
    monkeypatch.setattr(sys, "meta_path", usual)
    assert run("explain", "423").code == 0
    assert run("explain", "--no-plugins", captured).code == 0
    assert run("explain", captured).code == 0, "no distribution offers anything"
    add(folder, "RULE = rule(id='mine')", a="RULE")
    monkeypatch.syspath_prepend(folder)
    assert run("explain", captured).code == 70, "what explains an answer looks for them"


# -- what cannot be used


BROKEN = {
    "missing": ("no_such_module:RULE", "No module named 'no_such_module'"),
    "without": ("made_module:NOTHING", "has no attribute 'NOTHING'"),
    "exits": ("exits_module:RULE", "SystemExit: 3"),
    "raises": ("raises_module:RULE", "ZeroDivisionError: two lines"),
    "syntax": ("syntax_module:RULE", "SyntaxError"),
    "module": ("made_module", "rule is of type module and not Rule"),
    "text": ("made_module:TEXT", "rule is of type str and not Rule"),
    "taken": ("made_module:TAKEN", "the name 423-held-by-other is already taken by davlock"),
    "twice": ("made_module:TWICE", "the name mine is already taken by first 2.0"),
    "status": ("made_module:STATUS", "rule.id is '423'"),
    "path": ("made_module:PATH", "rule.id is '../x'"),
    "pageless": ("made_module:PAGELESS", "rule.page is None and not str"),
    "blank": ("made_module:BLANK", "rule.page is empty"),
    "untitled": ("made_module:UNTITLED", "rule.title is empty"),
    "severity": ("made_module:SEVERITY", "rule.severity is 3 and not Severity"),
    "checkless": ("made_module:CHECKLESS", "rule.check is None"),
    "references": ("made_module:REFERENCES", "rule.references[0] is of type str and not Reference"),
}
BROKEN_SOURCE = """
TEXT = "a rule"
TAKEN = rule(id="423-held-by-other")
TWICE = rule(id="mine")
STATUS = rule(id="423")
PATH = rule(id="../x")
PAGELESS = rule(page=None)
BLANK = rule(page=" ")
UNTITLED = rule(title="")
SEVERITY = rule(severity=3)
CHECKLESS = rule(check=None)
REFERENCES = rule(references=("RFC 4918",))
"""


def test_what_cannot_be_used_is_named_and_left_out(folder: Path, captured: str) -> None:
    """One line each; the rest of the diagnosis, the plug-ins that can be used and the exit status stay."""
    modules = {
        "made_module": AUTHORED + BROKEN_SOURCE,
        "exits_module": "print('on stdout')\nimport sys\nsys.exit(3)",
        "raises_module": "raise ZeroDivisionError('two\\nlines \\x1b[31m')",
        "syntax_module": "def",
    }
    install(folder, "made", "2.0", {"davlock.rules": {key: value for key, (value, _) in BROKEN.items()}}, modules)
    add(folder, "RULE = rule(id='mine')", name="first", a="RULE")
    done = explain(folder, captured)
    assert (done.code, done.ids) == (0, ["mine"])
    printed, *lines = sorted(done.err.splitlines(), key=lambda line: line != "on stdout")
    assert printed == "on stdout"
    assert len(lines) == len(BROKEN)
    for name, (_, why) in BROKEN.items():
        (line,) = [line for line in lines if line.startswith(f"davlock: plug-in {name}, of made 2.0, was left out: ")]
        assert why in line
        assert "\x1b" not in line


BROKEN_SERVERS = {
    "rule": ("rule()", "profile is of type Rule and not Profile"),
    "taken": ("Profile(name='apache', title='Apache', recognise=bool)", "the name apache is already taken by davlock"),
    "words": ("Profile(name='A B', title='A', recognise=bool)", "profile.name is 'A B'"),
    "untitled": ("Profile(name='a', title='', recognise=bool)", "profile.title is empty"),
    "recognise": ("Profile(name='a', title='A', recognise='Apache')", "profile.recognise is of type str"),
    "store": ("Profile(name='a', title='A', recognise=bool, store='disk')", "profile.store is of type str"),
}


def test_servers_that_cannot_be_used(folder: Path, captured: str) -> None:
    source = "\n".join(f"{name.upper()} = {value}" for name, (value, _) in BROKEN_SERVERS.items())
    add(folder, source, group="davlock.servers", **{name: name.upper() for name in BROKEN_SERVERS})
    done = explain(folder, captured)
    assert (done.code, done.ids, done.result["server"]["product"]) == (0, ["423-token-required"], "apache")
    assert len(done.err.splitlines()) == len(BROKEN_SERVERS)
    for name, (_, why) in BROKEN_SERVERS.items():
        assert re.search(f"plug-in {name}, of made 2.0, was left out: .*{re.escape(why)}", done.err)


def test_a_server_that_raises_is_left_out_once(folder: Path, serve: Callable[..., ScriptedServer]) -> None:
    source = "def recognise(traits): raise SystemExit\nPROFILE = Profile(name='a', title='A', recognise=recognise)"
    add(folder, source, group="davlock.servers", a="PROFILE")
    here = multistatus(element("/a.txt"), fields=SERVER)
    url = serve(by_method({"PROPFIND": here, "OPTIONS": OPTIONS})).url
    done = davlock(folder, "diagnose", f"{url}/a.txt", f"{url}/a.txt", "--json")
    assert done.err == "davlock: server a, of made 2.0, was left out: SystemExit\n"
    assert [entry["server"]["product"] for entry in done.json["results"]] == ["apache", "apache"]
    assert done.code == davlock(folder, "diagnose", f"{url}/a.txt", "--no-plugins").code


UNFIT = {
    "raises": ("def check(evidence): return evidence.nothing", "AttributeError: "),
    "exits": ("def check(evidence): raise SystemExit(0)", "SystemExit: 0"),
    "wrong": ("def check(evidence): return 'locked'", "TypeError: match is of type str and not Match"),
    "part": (
        "def check(evidence): return match(evidence, remedies=['ask'])",
        "TypeError: match.remedies is of type list",
    ),
    "unquoted": ("def check(evidence): return match(evidence, evidence=())", "ValueError: match.evidence is empty"),
}


@pytest.mark.parametrize("name", UNFIT)
def test_a_rule_that_fails_is_left_out_of_the_result(
    folder: Path, serve: Callable[..., ScriptedServer], name: str
) -> None:
    """Named in each result that it failed at, and on stderr once; the exit status is that of davlock alone."""
    source, why = UNFIT[name]
    add(folder, f"{source}\nRULE = rule(check=check, role=Role.NOTE)", a="RULE")
    url = serve(by_method({"PROPFIND": multistatus(element("/a.txt"))}, default=OPTIONS)).url
    done = davlock(folder, "diagnose", f"{url}/a.txt", f"{url}/b.txt", "--json")
    alone = davlock(folder, "diagnose", f"{url}/a.txt", f"{url}/b.txt", "--json", "--no-plugins")
    assert done.code == alone.code
    for found, expected in zip(done.json["results"], alone.json["results"], strict=True):
        assert found["findings"] == expected["findings"]
        (skipped,) = [entry for entry in found["skipped"] if entry not in expected["skipped"]]
        assert skipped["what"] == "rule 423-made"
        assert skipped["why"].startswith(f"of made 2.0, was left out: {why}")
    (line,) = done.err.splitlines()
    assert line.startswith(f"davlock: rule 423-made, of made 2.0, was left out: {why}")


@pytest.mark.parametrize(
    "text", ["[davlock.rules]\nnonsense\n", "[davlock.rules]\na = \n", "[davlock.rules]\na = b c d\n", "[davlock.rules"]
)
def test_entry_points_that_cannot_be_read(folder: Path, captured: str, text: str) -> None:
    """They cost their own distribution, and no other."""
    describe(folder, "bad", "1", text)
    install_example(folder)
    done = explain(folder, captured)
    assert (done.code, done.ids) == (0, ["423-acme-checked-out"])
    assert len(done.err.splitlines()) == (1 if text.endswith("\n") else 0)
    assert "Traceback" not in done.err


def test_a_distribution_without_metadata(folder: Path, captured: str) -> None:
    (describe(folder, "bad", "1", "[davlock.rules]\na = b:c\n") / "METADATA").unlink()
    done = explain(folder, captured)
    assert (done.code, done.ids) == (0, ["423-token-required"])
    (line,) = done.err.splitlines()
    assert "bad-1.dist-info" in line or "plug-in a" in line


def test_an_author_can_see_the_traceback(folder: Path, captured: str) -> None:
    add(folder, "def check(evidence): return evidence.nothing\nRULE = rule(check=check)", a="RULE")
    done = explain(folder, captured, DAVLOCK_TRACEBACK="1")
    assert (done.code, done.ids) == (0, ["423-token-required"])
    assert "made_module.py" in done.err
    assert "Traceback" not in explain(folder, captured).err


APPLICATIONS = """
from davlock.applications.application import Application, RefusalKind, Sign, WayOut

def recognise(refused):
    return Sign.CERTAIN if refused.says("ticket is frozen") else None

def broken(refused):
    raise RuntimeError("boom")

TICKETS = Application(name="acme-tickets", title="Acme Tickets", kind=RefusalKind.LOCK, recognise=recognise,
                      explanation="Acme froze the ticket.", ways=(WayOut(title="Thaw it in Acme"),))
BROKEN = Application(name="acme-broken", title="Acme Broken", kind=RefusalKind.LOCK, recognise=broken)
"""


def test_an_application_is_added_as_a_server_is(folder: Path, tmp_path: Path) -> None:
    """It names what is locked, and gives its own way out; one that raises costs only itself."""
    add(folder, APPLICATIONS, group="davlock.applications", a="BROKEN", b="TICKETS")
    path = tmp_path / "frozen"
    path.write_bytes(response("423 Locked", b"the ticket is frozen by ops", "Content-Type: text/plain"))
    done = davlock(folder, "explain", "--format", "table", str(path))
    assert "423-application-lock" in done.out
    assert "Thaw it in Acme" in done.out
    assert "application acme-broken" in done.err
    assert "boom" in done.err
    without = davlock(folder, "explain", "--no-plugins", "--format", "table", str(path))
    assert "Thaw it in Acme" not in without.out
