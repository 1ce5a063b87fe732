"""IPv6 zones in URLs: ``[fe80::1%25eth0]``, and ``[fe80::1%eth0]`` as curl takes it, too.

A zone names a network card of this machine. It decides where a connection goes, and is never sent (RFC 6874 §4).
"""

from davlock.late_pattern import late_pattern

_ZONE = late_pattern(r"\[([0-9A-Fa-f:.]+)%[^\]/\s]+\]")


def without_zones(text: str) -> str:
    """``text`` with every zone in it removed: a header field that holds a host or a URL."""
    return _ZONE.sub(r"[\1]", text) if "%" in text else text


def host_to_look_up(host: str) -> str:
    """``host`` out of a URL as the system's look-up takes it: the zone behind a plain ``%``."""
    address, percent, zone = host.partition("%")
    if not percent or ":" not in address:
        return host
    return f"{address}%{zone.removeprefix('25') or zone}"


def host_in_certificate(host: str) -> str:
    """``host`` as a certificate names it, which knows no zones."""
    return host.partition("%")[0] if ":" in host else host
