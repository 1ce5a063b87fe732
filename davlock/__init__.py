"""davlock: who holds which WebDAV lock, and what to do about it.

Kept empty of imports, so that ``davlock --version`` costs no more than starting Python.
"""

__version__ = "0.1.0"
