"""Every application that davlock knows, in the order in which they are tried.

The order of APPLICATIONS decides where two fit: what is named before what is only described.
"""

from davlock.applications import (
    account_lock,
    archived_repository,
    azure_blob,
    azure_management,
    check_out,
    confluence,
    dropbox,
    git_lfs,
    gitlab,
    google_drive,
    index_block,
    locked_conversation,
    nextcloud_apps,
    object_lock,
    proxmox,
    pulumi,
    salesforce,
    sap_lock_handle,
    sharepoint_rest,
    stripe,
    terraform,
    terraform_cloud,
    tus,
    versions,
    words,
)
from davlock.applications.application import Application

APPLICATIONS: tuple[Application, ...] = (
    azure_blob.APPLICATION,
    azure_management.APPLICATION,
    terraform_cloud.APPLICATION,
    terraform.APPLICATION,
    git_lfs.APPLICATION,
    tus.APPLICATION,
    sharepoint_rest.APPLICATION,
    nextcloud_apps.APPLICATION,
    archived_repository.APPLICATION,
    account_lock.APPLICATION,
    gitlab.APPLICATION,
    confluence.APPLICATION,
    google_drive.APPLICATION,
    pulumi.APPLICATION,
    stripe.APPLICATION,
    salesforce.APPLICATION,
    sap_lock_handle.APPLICATION,
    dropbox.APPLICATION,
    object_lock.APPLICATION,
    proxmox.APPLICATION,
    locked_conversation.APPLICATION,
    index_block.FULL_DISK,
    index_block.BLOCK,
    versions.KUBERNETES,
    versions.COUCHDB,
    versions.ELASTICSEARCH,
    versions.ENTITY_TAG,
    versions.OBJECT_STORE,
    check_out.APPLICATION,
)

BY_WORDS: tuple[Application, ...] = (words.LOCK, words.CONFLICT)
"""Asked last, and only where nothing in the exchanges is WebDAV's."""
