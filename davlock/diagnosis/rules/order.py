"""The order of precedence of all rules: of the causes, the first that matches speaks.

Throttling and authentication come first, since they are decided before anything else is looked at; then what a body
says in so many words; then the locks, the special before the general; then conditions, permission and the rest.

A rule is named by its module. A rule that only explains a refusal is loaded when there is one: most commands that read
locks meet none, and more than half of the rules would be loaded for nothing.
"""

from functools import cache
from importlib import import_module
from typing import NamedTuple

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.rule import Rule


class Place(NamedTuple):
    """A rule's place in the order: its module below ``davlock.diagnosis.rules``, and when it is asked."""

    module: str
    needs_refusal: bool


def refused(module: str) -> Place:
    """A rule that only explains a refusal: its ``check`` is silent without ``evidence.cause``."""
    return Place(module, needs_refusal=True)


def always(module: str) -> Place:
    """A rule that also speaks where nothing was refused."""
    return Place(module, needs_refusal=False)


ORDER: tuple[Place, ...] = (
    # decided before the resource is looked at
    refused("throttled.login_throttle"),
    refused("throttled.provider_block"),
    refused("throttled.retry_after"),
    refused("throttled.no_retry_after"),
    refused("throttled.maintenance"),
    always("capability.not_authenticated"),
    always("walk.walk_left_scope"),
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
    always("locked.nextcloud_user_lock"),
    always("locked.svn_lock"),
    refused("locked.provider_page"),
    refused("capability.method_filtered"),
    refused("capability.front_end_answered"),
    refused("capability.no_status"),
    refused("capability.lock_unmapped"),
    refused("capability.proxy_destination_mismatch"),
    always("conflict.lock_store_not_shared"),
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
    always("locked.member_lock"),
    refused("capability.unlock_not_owner"),
    always("precondition.refresh_lost_lock"),
    refused("locked.wrong_token"),
    always("locked.ancestor_lock"),
    always("locked.shared_lock"),
    refused("locked.lock_conflict"),
    always("locked.held_by_other"),
    always("locked.token_withheld"),
    refused("locked.token_required"),
    # UNLOCK
    always("conflict.unlock_already_gone"),
    refused("conflict.unlock_token_mismatch"),
    always("capability.unlock_had_no_effect"),
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
    always("capability.lock_database"),
    always("capability.lock_not_supported"),
    refused("capability.dav_not_enabled"),
    always("capability.not_dav"),
    refused("conflict.base_url_too_short"),
    refused("capability.method_not_allowed"),
    refused("conflict.move_onto_existing"),
    refused("conflict.missing_parent"),
    always("capability.not_found"),
    refused("capability.lock_refused"),
    refused("capability.no_permission"),
    always("capability.lock_outcome_unknown"),
    always("capability.fake_lock"),
    # besides
    always("walk.walk_bounded"),
    always("multistatus.write_failed"),
    always("multistatus.lock_refused_by_member"),
    always("capability.lockdiscovery_unreadable"),
    always("capability.locks_depend_on_client"),
    always("capability.users_not_told_apart"),
    always("capability.capture_fragment"),
    always("capability.insecure_login"),
    always("naming.not_a_dav_lock"),
    always("naming.name_encoding"),
    always("stale.lock_survived_delete"),
    always("capability.lock_bypassed"),
    always("stale.lock_looks_abandoned"),
    always("stale.lock_never_expires"),
    always("stale.lock_timeout_nonsense"),
    always("stale.timeout_ambiguous"),
    always("stale.lock_being_refreshed"),
    always("stale.lock_not_renewed"),
    always("stale.lock_expires_soon"),
    always("stale.lock_age_unknown"),
    always("stale.lock_store_in_memory"),
    always("stale.timeout_shortened"),
    always("stale.lock_not_as_asked"),
    always("precondition.condition_ignored"),
    always("stale.refresh_changed_token"),
    always("healthy.lock_created_resource"),
    always("healthy.lock_token_header_missing"),
    refused("multistatus.consequence"),
    always("naming.token_not_a_uri"),
    refused("capability.precondition_code_unusual"),
    always("capability.malformed_answer"),
    always("healthy.lock_is_yours"),
    always("healthy.lock_granted"),
    always("healthy.unlocked"),
    always("healthy.no_lock"),
    always("healthy.nothing_there_yet"),
    # when nothing above explains a refusal
    refused("locked.unexplained"),
    refused("conflict.unexplained"),
    refused("precondition.unexplained"),
    refused("capability.other_unexplained"),
)


def rules_for(evidence: Evidence) -> tuple[Rule, ...]:
    """Returns the rules that can speak of ``evidence``, in order."""
    return load_rules(of_refusals=evidence.cause is not None)


@cache
def load_rules(*, of_refusals: bool = True) -> tuple[Rule, ...]:
    """Returns every rule, in order; without ``of_refusals``, only those that also speak where nothing was refused."""
    return tuple(_load(place.module) for place in ORDER if of_refusals or not place.needs_refusal)


def _load(module: str) -> Rule:
    rule = import_module(f"davlock.diagnosis.rules.{module}").check
    assert isinstance(rule, Rule)  # noqa: S101 -- a test loads all of them
    return rule
