"""Recorded exchanges, read and written: raw HTTP, curl, HAR. No I/O: bytes in, values out."""
