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
    lock_outcome_unknown,
    lock_unmapped_fails,
    lockdiscovery_unreadable,
    method_dropped,
    method_not_allowed,
    no_permission,
    no_space,
    no_status,
    not_authenticated,
    not_dav,
    not_found,
    not_supported,
    redirected,
    unlock_no_effect,
    unlock_not_owner,
)
from davlock.diagnosis.rules.capability import unexplained as other_unexplained
from davlock.diagnosis.rules.conflict import (
    base_url_too_short,
    lock_store_not_shared,
    missing_parent,
    move_onto_existing,
    unlock_already_gone,
    unlock_token_mismatch,
    wopi_lock,
)
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
    permission_behind_lock,
    provider_page,
    shared_lock,
    svn_lock,
    token_required,
    token_withheld,
    transactional,
    transactional_stuck,
    upload_in_progress,
    wrong_token,
)
from davlock.diagnosis.rules.locked import unexplained as locked_unexplained
from davlock.diagnosis.rules.multistatus import consequence, lock_refused_by_member, parent_refused, write_failed
from davlock.diagnosis.rules.precondition import (
    condition_ignored,
    etag_changed,
    etag_mangled,
    etag_two_sources,
    if_condition_false,
    if_malformed,
    if_token_unknown,
    lock_token_brackets,
    lock_token_missing,
    lockinfo_refused,
    move_destination_unlocked,
    none_match_exists,
    none_match_malformed,
    refresh_lost_lock,
    request_malformed,
    required,
    tagged_list_mismatch,
    token_in_lock_token_header,
    token_scheme_foreign,
)
from davlock.diagnosis.rules.precondition import unexplained as precondition_unexplained
from davlock.diagnosis.rules.stale import less_than_asked, never_expires, refresh_changed_token, timeout_shortened
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
    request_malformed.RULE,
    exclusive_only.RULE,
    lock_token_missing.RULE,
    lock_token_brackets.RULE,
    token_scheme_foreign.RULE,
    token_in_lock_token_header.RULE,
    lockinfo_refused.RULE,
    # locks, the special before the general
    upload_in_progress.RULE,
    transactional_stuck.RULE,
    transactional.RULE,
    lock_store_not_shared.RULE,
    parent_refused.RULE,
    permission_behind_lock.RULE,
    tagged_list_mismatch.RULE,
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
    etag_two_sources.RULE,
    none_match_exists.RULE,
    etag_changed.RULE,
    move_destination_unlocked.RULE,
    if_token_unknown.RULE,
    if_condition_false.RULE,
    # capability, permission, the resource
    finite_depth.RULE,
    not_supported.RULE,
    not_dav.RULE,
    base_url_too_short.RULE,
    method_not_allowed.RULE,
    move_onto_existing.RULE,
    missing_parent.RULE,
    not_found.RULE,
    no_permission.RULE,
    lock_outcome_unknown.RULE,
    fake_lock.RULE,
    # besides
    write_failed.RULE,
    lock_refused_by_member.RULE,
    lockdiscovery_unreadable.RULE,
    never_expires.RULE,
    timeout_shortened.RULE,
    less_than_asked.RULE,
    condition_ignored.RULE,
    refresh_changed_token.RULE,
    lock_created_resource.RULE,
    consequence.RULE,
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
