"""RFC 4918 as values: bytes in, values out. No I/O and no clock."""
