"""``make compatibility``: start the WebDAV servers of Debian, PyPI and npm, and record what locks are worth there.

The records are in ``docs/compatibility/``; ``man/compatibility.py`` makes the documents from them. Nothing of this is
part of davlock, and no test starts these servers.
"""
