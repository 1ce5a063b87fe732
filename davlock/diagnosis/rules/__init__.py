"""Every rule, in order of precedence: of the causes, the first that matches speaks.

Throttling and authentication come first, since they are decided before anything else is looked at; then what a body
says in so many words; then the locks, the special before the general; then conditions, permission and the rest.
"""

from davlock.diagnosis.rule import Rule
from davlock.diagnosis.rules.capability import (
    destination_mismatch,
    exclusive_only,
    fake_lock,
    finite_depth,
    header_dropped,
    lock_bypassed,
    lock_outcome_unknown,
    lock_unmapped_fails,
    lockdiscovery_unreadable,
    malformed_answer,
    method_dropped,
    method_not_allowed,
    no_permission,
    no_space,
    no_status,
    not_authenticated,
    not_dav,
    not_found,
    not_supported,
    precondition_code_unusual,
    redirected,
    unlock_no_effect,
    unlock_not_owner,
)
from davlock.diagnosis.rules.capability import unexplained as other_unexplained
from davlock.diagnosis.rules.conflict import missing_parent, unlock_already_gone, unlock_token_mismatch, wopi_lock
from davlock.diagnosis.rules.conflict import unexplained as conflict_unexplained
from davlock.diagnosis.rules.healthy import lock_created_resource, lock_granted, no_lock, own_lock, unlocked
from davlock.diagnosis.rules.locked import (
    ancestor_lock,
    held_by_other,
    lock_conflict,
    member_lock,
    nextcloud_user_lock,
    office_session,
    own_token_missing,
    provider_page,
    shared_lock,
    svn_lock,
    token_required,
    token_withheld,
    transactional,
    wrong_token,
)
from davlock.diagnosis.rules.locked import unexplained as locked_unexplained
from davlock.diagnosis.rules.multistatus import consequence, lock_refused_by_member, parent_refused, write_failed
from davlock.diagnosis.rules.naming import name_encoding, not_a_dav_lock, token_not_a_uri
from davlock.diagnosis.rules.precondition import (
    condition_ignored,
    etag_changed,
    etag_mangled,
    if_malformed,
    if_token_unknown,
    lock_token_brackets,
    lock_token_missing,
    lockinfo_refused,
    move_destination_unlocked,
    none_match_exists,
    none_match_malformed,
    refresh_lost_lock,
    required,
    token_in_lock_token_header,
)
from davlock.diagnosis.rules.precondition import unexplained as precondition_unexplained
from davlock.diagnosis.rules.stale import (
    age_unknown,
    being_refreshed,
    expires_soon,
    less_than_asked,
    looks_abandoned,
    never_expires,
    refresh_changed_token,
    store_in_memory,
    survived_delete,
    timeout_ambiguous,
    timeout_shortened,
)
from davlock.diagnosis.rules.throttled import login_throttle, maintenance, no_retry_after, provider_block, retry_after

RULES: tuple[Rule, ...] = (
    # decided before the resource is looked at
    login_throttle.RULE,
    provider_block.RULE,
    retry_after.RULE,
    no_retry_after.RULE,
    maintenance.RULE,
    not_authenticated.RULE,
    redirected.RULE,
    required.RULE,
    no_space.RULE,
    # what the answer says in so many words
    office_session.RULE,
    wopi_lock.RULE,
    nextcloud_user_lock.RULE,
    svn_lock.RULE,
    provider_page.RULE,
    no_status.RULE,
    lock_unmapped_fails.RULE,
    destination_mismatch.RULE,
    method_dropped.RULE,
    header_dropped.RULE,
    # what the request itself has wrong
    if_malformed.RULE,
    none_match_malformed.RULE,
    exclusive_only.RULE,
    lock_token_missing.RULE,
    lock_token_brackets.RULE,
    token_in_lock_token_header.RULE,
    lockinfo_refused.RULE,
    # locks, the special before the general
    transactional.RULE,
    parent_refused.RULE,
    own_token_missing.RULE,
    member_lock.RULE,
    unlock_not_owner.RULE,
    refresh_lost_lock.RULE,
    wrong_token.RULE,
    ancestor_lock.RULE,
    shared_lock.RULE,
    lock_conflict.RULE,
    held_by_other.RULE,
    token_withheld.RULE,
    token_required.RULE,
    # UNLOCK
    unlock_already_gone.RULE,
    unlock_token_mismatch.RULE,
    unlock_no_effect.RULE,
    # conditions
    etag_mangled.RULE,
    none_match_exists.RULE,
    etag_changed.RULE,
    move_destination_unlocked.RULE,
    if_token_unknown.RULE,
    # capability, permission, the resource
    finite_depth.RULE,
    not_supported.RULE,
    not_dav.RULE,
    method_not_allowed.RULE,
    missing_parent.RULE,
    not_found.RULE,
    no_permission.RULE,
    lock_outcome_unknown.RULE,
    fake_lock.RULE,
    # besides
    write_failed.RULE,
    lock_refused_by_member.RULE,
    lockdiscovery_unreadable.RULE,
    not_a_dav_lock.RULE,
    name_encoding.RULE,
    survived_delete.RULE,
    lock_bypassed.RULE,
    looks_abandoned.RULE,
    never_expires.RULE,
    timeout_ambiguous.RULE,
    being_refreshed.RULE,
    expires_soon.RULE,
    age_unknown.RULE,
    store_in_memory.RULE,
    timeout_shortened.RULE,
    less_than_asked.RULE,
    condition_ignored.RULE,
    refresh_changed_token.RULE,
    lock_created_resource.RULE,
    consequence.RULE,
    token_not_a_uri.RULE,
    precondition_code_unusual.RULE,
    malformed_answer.RULE,
    own_lock.RULE,
    lock_granted.RULE,
    unlocked.RULE,
    no_lock.RULE,
    # when nothing above explains a refusal
    locked_unexplained.RULE,
    conflict_unexplained.RULE,
    precondition_unexplained.RULE,
    other_unexplained.RULE,
)

BY_ID: dict[str, Rule] = {rule.id: rule for rule in RULES}
