"""What a rule is: an id, a manual page and a function from evidence to a match.

A rule's module has the page as its docstring and one function below ``@rule(...)``. The first line of the page is the
title; the folder is the family. ``rules/order.py`` names the rules in order of precedence.
"""

import sys
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING

from davlock.diagnosis.finding import Alternative, Certainty, FindingFact, Quote, Remedy, Retry, RetryVerdict, Severity
from davlock.diagnosis.finding import Scope as Scope
from davlock.diagnosis.page import title_and_sections
from davlock.diagnosis.reference import Reference
from davlock.diagnosis.reference import rfc as rfc  # each rule takes what it is made of from here
from davlock.diagnosis.reference import rfc4918 as rfc4918
from davlock.values import dataclass

if TYPE_CHECKING:
    from davlock.diagnosis.evidence import Evidence


BUILT_IN = "davlock"
"""The origin of davlock's own rules."""


class Role(Enum):
    """How a rule takes part. Of the CAUSEs only the first that matches speaks: two would contradict each other."""

    CAUSE = "cause"
    """Explains why the request under question was refused."""
    FALLBACK = "fallback"
    """The same, when no cause was found."""
    NOTE = "note"
    """Worth knowing; it explains no refusal."""


class Family(Enum):
    """The sections of the findings' manual page, in its order."""

    LOCKED = "locked"
    CONFLICT = "conflict"
    PRECONDITION = "precondition"
    THROTTLED = "throttled"
    MULTISTATUS = "multistatus"
    CAPABILITY = "capability"
    WALK = "walk"
    STALE = "stale"
    NAMING = "naming"
    HEALTHY = "healthy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What a rule saw in one piece of evidence."""

    certainty: Certainty
    headline: str
    explanation: str
    retry: Retry
    evidence: tuple[Quote, ...]
    remedies: tuple[Remedy, ...] = ()
    facts: tuple[FindingFact, ...] = ()
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One finding's rule. ``title`` says what was observed; ``page`` is the manual page, the module's docstring."""

    id: str
    family: Family
    severity: Severity
    title: str
    page: str
    check: Callable[["Evidence"], Match | None]
    role: Role = Role.CAUSE
    statuses: tuple[int, ...] = ()
    """The statuses that it explains, in ascending order: their pages name it."""
    retry: tuple[RetryVerdict, ...] = ()
    """What its matches say of a retry: all the verdicts that occur, in the order of the enum."""
    scope: Scope = Scope.TARGET
    references: tuple[Reference, ...] = ()
    origin: str = BUILT_IN
    """Where it is from; of a plug-in's rule, the name and version of its distribution, whatever the rule says."""


def rule(
    *,
    id: str,
    severity: Severity,
    role: Role = Role.CAUSE,
    statuses: tuple[int, ...] = (),
    retry: tuple[RetryVerdict, ...] = (),
    scope: Scope = Scope.TARGET,
    see: tuple[Reference, ...] = (),
    family: Family | None = None,
) -> Callable[[Callable[["Evidence"], Match | None]], Rule]:
    """Makes a Rule of the function below it, with the docstring of its module as the page.

    ``family`` is for a plug-in: of davlock's own rules, the folder is the family.
    """

    def declare(check: Callable[["Evidence"], Match | None]) -> Rule:
        page = sys.modules[check.__module__].__doc__ or ""
        return Rule(
            id=id,
            family=family or Family(check.__module__.split(".")[-2]),
            severity=severity,
            title=title_and_sections(page)[0].removesuffix("."),
            page=page,
            check=check,
            role=role,
            statuses=statuses,
            retry=retry,
            scope=scope,
            references=see,
        )

    return declare
