"""The order of precedence of all rules: of the causes, the first that matches speaks.

Throttling and authentication come first, since they are decided before anything else is looked at; then what a body
says in so many words; then the locks, the special before the general; then conditions, permission and the rest.

A rule is named by its module, and loaded on the occasions on which it can speak. Most commands only read locks: they
would load more than half of the rules for nothing.
"""

from enum import Enum, auto
from functools import cache
from importlib import import_module
from typing import NamedTuple

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.rule import Rule


class Occasion(Enum):
    """When a rule is asked."""

    ALWAYS = auto()
    REFUSAL = auto()
    """A request was refused: ``evidence.cause``."""
    ATTEMPT = auto()
    """Something else than reading was tried, or the request is not known."""
    FAILURE = auto()
    """A request got no answer, or a status that is no success, even if it is not the request in question."""
    LOCK = auto()
    """A lock is known to cover the target."""
    FREE = auto()
    """No lock is known to cover the target."""
    MISSING = auto()
    """There is nothing at the target."""
    MEMBERS = auto()
    """The locks of the target's members were read."""
    REPETITION = auto()
    """The same method was sent more than once, so two answers can differ."""
    PRODUCT = auto()
    """The server's product is known, or the server describes a lock in properties of its own."""
    ANONYMOUS = auto()
    """davlock knows what a request without a login gets."""
    EXPOSURE = auto()
    """A live command sent a login that others can read."""
    FRAGMENT = auto()
    """davlock read an exchange from a part of it."""
    WALK = auto()
    """A walk was cut short."""


class Place(NamedTuple):
    """A rule's place in the order: its module below ``davlock.diagnosis.rules``, and the occasions to ask it on."""

    module: str
    occasions: frozenset[Occasion]


def on(module: str, *occasions: Occasion) -> Place:
    """A rule that can speak on any of ``occasions``: its ``check`` is silent on all others."""
    return Place(module, frozenset(occasions))


def refused(module: str) -> Place:
    """A rule that only explains a refusal: its ``check`` is silent without ``evidence.cause``."""
    return on(module, Occasion.REFUSAL)


def tried(module: str) -> Place:
    """A rule about LOCK, UNLOCK or a write: it is silent if the exchanges only read."""
    return on(module, Occasion.ATTEMPT)


def failed(module: str) -> Place:
    """A rule about answers that are no success, also to a question: it is silent if there are none."""
    return on(module, Occasion.FAILURE)


def locked(module: str) -> Place:
    """A rule about a lock that covers the target, if nothing was tried."""
    return on(module, Occasion.LOCK)


def walked(module: str) -> Place:
    """A rule about the end of a walk."""
    return on(module, Occasion.WALK)


def always(module: str) -> Place:
    """A rule that can speak of any evidence."""
    return on(module, Occasion.ALWAYS)


ORDER: tuple[Place, ...] = (
    # decided before the resource is looked at
    refused("throttled.login_throttle"),
    refused("throttled.provider_block"),
    refused("throttled.retry_after"),
    refused("throttled.no_retry_after"),
    refused("throttled.maintenance"),
    failed("capability.not_authenticated"),
    walked("walk.walk_left_scope"),
    refused("capability.redirected"),
    refused("precondition.precondition_required"),
    refused("capability.no_space"),
    # what the answer says in so many words
    refused("locked.office_session"),
    refused("conflict.wopi_lock"),
    # locks and conflicts that are not WebDAV's
    refused("locked.terraform_state_lock"),
    refused("conflict.blob_lease"),
    refused("conflict.management_lock"),
    refused("conflict.git_lfs_lock"),
    refused("locked.resumable_upload_busy"),
    refused("locked.application_lock"),
    refused("conflict.application_conflict"),
    on("locked.nextcloud_user_lock", Occasion.PRODUCT),
    on("locked.svn_lock", Occasion.PRODUCT),
    refused("locked.provider_page"),
    refused("capability.method_filtered"),
    refused("capability.front_end_answered"),
    refused("capability.no_status"),
    refused("capability.lock_unmapped"),
    refused("capability.proxy_destination_mismatch"),
    on("conflict.lock_store_not_shared", Occasion.REPETITION, Occasion.ATTEMPT),
    always("capability.proxy_header_dropped"),
    # what the request itself has wrong
    refused("precondition.if_malformed"),
    refused("precondition.none_match_malformed"),
    refused("precondition.quoted_star"),
    refused("precondition.request_malformed"),
    refused("capability.exclusive_only"),
    refused("precondition.lock_token_missing"),
    refused("precondition.lock_token_brackets"),
    refused("precondition.token_scheme_foreign"),
    refused("precondition.token_in_lock_token_header"),
    refused("precondition.lockinfo_refused"),
    always("capability.proxy_method_dropped"),
    # locks, the special before the general
    refused("locked.upload_in_progress"),
    refused("locked.transactional_stuck"),
    refused("locked.transactional"),
    refused("multistatus.parent_refused"),
    refused("locked.permission_behind_lock"),
    refused("precondition.tagged_list_mismatch"),
    refused("locked.own_lock_token_missing"),
    on("locked.member_lock", Occasion.MEMBERS),
    refused("capability.unlock_not_owner"),
    tried("precondition.refresh_lost_lock"),
    refused("locked.wrong_token"),
    always("locked.ancestor_lock"),
    locked("locked.shared_lock"),
    refused("locked.lock_conflict"),
    locked("locked.held_by_other"),
    locked("locked.token_withheld"),
    refused("locked.token_required"),
    # UNLOCK
    tried("conflict.unlock_already_gone"),
    refused("conflict.unlock_token_mismatch"),
    tried("capability.unlock_had_no_effect"),
    # conditions
    refused("precondition.etag_mangled"),
    refused("precondition.etag_two_sources"),
    refused("precondition.none_match_exists"),
    refused("precondition.etag_changed"),
    refused("precondition.destination_exists"),
    refused("precondition.move_destination_unlocked"),
    refused("precondition.if_token_unknown"),
    refused("precondition.if_condition_false"),
    # capability, permission, the resource
    refused("conflict.dav_condition"),
    refused("capability.propfind_finite_depth"),
    failed("capability.lock_database"),
    on("capability.lock_not_supported", Occasion.FREE, Occasion.ATTEMPT),
    refused("capability.dav_not_enabled"),
    always("capability.not_dav"),
    refused("conflict.base_url_too_short"),
    refused("capability.method_not_allowed"),
    refused("conflict.move_onto_existing"),
    refused("conflict.missing_parent"),
    on("capability.not_found", Occasion.MISSING),
    refused("capability.lock_refused"),
    refused("capability.no_permission"),
    tried("capability.lock_outcome_unknown"),
    tried("capability.fake_lock"),
    # besides
    walked("walk.walk_bounded"),
    tried("multistatus.write_failed"),
    tried("multistatus.lock_refused_by_member"),
    on("capability.lockdiscovery_unreadable", Occasion.FREE),
    on("capability.locks_depend_on_client", Occasion.REPETITION),
    on("capability.users_not_told_apart", Occasion.ANONYMOUS),
    on("capability.capture_fragment", Occasion.FRAGMENT),
    on("capability.insecure_login", Occasion.EXPOSURE),
    on("naming.not_a_dav_lock", Occasion.FREE),
    on("naming.name_encoding", Occasion.FREE, Occasion.ATTEMPT),
    on("stale.lock_survived_delete", Occasion.REPETITION, Occasion.ATTEMPT),
    on("capability.lock_bypassed", Occasion.REPETITION, Occasion.ATTEMPT),
    always("stale.lock_looks_abandoned"),
    locked("stale.lock_never_expires"),
    tried("stale.lock_timeout_nonsense"),
    locked("stale.timeout_ambiguous"),
    on("stale.lock_being_refreshed", Occasion.REPETITION),
    on("stale.lock_not_renewed", Occasion.REPETITION),
    locked("stale.lock_expires_soon"),
    locked("stale.lock_age_unknown"),
    on("stale.lock_store_in_memory", Occasion.PRODUCT),
    tried("stale.timeout_shortened"),
    tried("stale.lock_not_as_asked"),
    tried("precondition.condition_ignored"),
    tried("stale.refresh_changed_token"),
    tried("healthy.lock_created_resource"),
    tried("healthy.lock_token_header_missing"),
    refused("multistatus.consequence"),
    locked("naming.token_not_a_uri"),
    refused("capability.precondition_code_unusual"),
    always("capability.malformed_answer"),
    locked("healthy.lock_is_yours"),
    tried("healthy.lock_granted"),
    tried("healthy.unlocked"),
    on("healthy.no_lock", Occasion.FREE),
    on("healthy.nothing_there_yet", Occasion.MISSING),
    # when nothing above explains a refusal
    refused("locked.unexplained"),
    refused("conflict.unexplained"),
    refused("precondition.unexplained"),
    refused("capability.other_unexplained"),
)


_READING = frozenset({"OPTIONS", "PROPFIND", "HEAD", "GET"})


def rules_for(evidence: Evidence) -> tuple[Rule, ...]:
    """Returns the rules that can speak of ``evidence``, in order."""
    return load_rules(_occasions(evidence))


def _occasions(evidence: Evidence) -> frozenset[Occasion]:
    """Returns what ``evidence`` is an occasion for. Whoever explains a refusal looks at everything else, too."""
    if evidence.cause is not None:
        return frozenset(Occasion)
    given = {Occasion.ALWAYS}
    if evidence.scratch is not None or evidence.overcome is not None:
        given |= {Occasion.ATTEMPT, Occasion.LOCK}
    if any(exchange.request.method.upper() not in _READING for exchange in evidence.exchanges):
        given |= {Occasion.ATTEMPT, Occasion.LOCK}
    if any(exchange.response is None or not exchange.response.ok for exchange in evidence.exchanges):
        given.add(Occasion.FAILURE)
    methods = [exchange.request.method.upper() for exchange in evidence.exchanges]
    missing = any(isinstance(fact, Known) and not fact.value for fact in (evidence.exists, evidence.exists_now))
    invocation = evidence.invocation
    states = (
        (Occasion.LOCK if evidence.covering else Occasion.FREE, True),
        (Occasion.MISSING, missing),
        (Occasion.MEMBERS, isinstance(evidence.member_locks, Known)),
        (Occasion.REPETITION, len(set(methods)) < len(methods)),
        (Occasion.PRODUCT, evidence.server is not None or any(lock.lock.vendor for lock in evidence.covering)),
        (Occasion.ANONYMOUS, isinstance(evidence.users_told_apart, Known)),
        (Occasion.EXPOSURE, invocation is not None and bool(invocation.exposed or invocation.exposed_proxy)),
        (Occasion.FRAGMENT, any(exchange.fragment for exchange in evidence.exchanges)),
        (Occasion.WALK, evidence.walk is not None),
    )
    return frozenset(given | {occasion for occasion, is_given in states if is_given})


@cache
def load_rules(occasions: frozenset[Occasion] = frozenset(Occasion)) -> tuple[Rule, ...]:
    """Returns the rules that are asked on one of ``occasions``, in order; without ``occasions``, every rule."""
    return tuple(_load(place.module) for place in ORDER if place.occasions & occasions)


def _load(module: str) -> Rule:
    rule = import_module(f"davlock.diagnosis.rules.{module}").check
    assert isinstance(rule, Rule)  # noqa: S101 -- a test loads all of them
    return rule
