"""Locks and conflicts that are not WebDAV's: data first, one file for each application or family."""
