"""The short-lived file locks of ownCloud and Nextcloud, which are no locks of WebDAV."""

LIFE = 3600.0
"""Seconds after which such a lock is dropped, and that no request is given: filelocking.ttl, max_execution_time."""
