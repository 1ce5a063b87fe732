"""What a rule is: an id, a manual page and a function from evidence to a match.

A rule's module has the page as its docstring and ends in ``RULE = Rule(...)``; the tuple in ``rules/__init__.py``
lists them in order of precedence.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from davlock.diagnosis.finding import Alternative, Certainty, Fact, Quote, Remedy, Retry, Severity
from davlock.diagnosis.reference import Reference
from davlock.diagnosis.reference import rfc as rfc  # each rule takes what it is made of from here
from davlock.diagnosis.reference import rfc4918 as rfc4918

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
    """Something to know besides."""


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
    facts: tuple[Fact, ...] = ()
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
    references: tuple[Reference, ...] = ()
    origin: str = BUILT_IN
    """Where it is from; of a plug-in's rule, the name and version of its distribution, whatever the rule says."""
