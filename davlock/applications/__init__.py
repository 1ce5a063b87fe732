"""Locks and conflicts of other applications than WebDAV: data, one file for each application or family.

If two of APPLICATIONS fit, the first one counts: named applications come before those that are only described.
"""

from davlock.applications import (
    account_lock,
    archived_repository,
    azure_blob,
    azure_management,
    check_out,
    confluence,
    git_lfs,
    gitlab,
    google_drive,
    nextcloud_apps,
    pulumi,
    sharepoint_rest,
    terraform,
    terraform_cloud,
    tus,
    versions,
    words,
)
from davlock.applications.application import Application, ApplicationRefusal, read_refusal
from davlock.applications.refused_request import RefusedRequest
from davlock.protocol.message import Exchange

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
    versions.KUBERNETES,
    versions.COUCHDB,
    versions.ELASTICSEARCH,
    versions.ENTITY_TAG,
    versions.OBJECT_STORE,
    check_out.APPLICATION,
)

BY_WORDS: tuple[Application, ...] = (words.LOCK, words.CONFLICT)
"""Asked last, and only if nothing in the exchanges is from WebDAV."""


def recognise_application(
    exchange: Exchange, applications: tuple[Application, ...] = APPLICATIONS
) -> ApplicationRefusal | None:
    """Returns what the first of ``applications`` that fits says in the refusal of ``exchange``."""
    refused = RefusedRequest.of(exchange)
    if refused is None:
        return None
    return next(filter(None, (read_refusal(application, refused) for application in applications)), None)
