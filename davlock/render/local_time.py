"""Moments as the clock on the wall shows them. Machines get UTC (:func:`davlock.render.json_v1.iso`)."""

import re
from datetime import UTC, datetime

_UTC = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def local_time(moment: datetime, now: datetime, *, zone: bool = True, seconds: bool = False) -> str:
    """Returns ``11:51 CET``; with the date where that is not the date of ``now``. ``zone``: with the zone's name.

    The zone is that of this machine, and of TZ.
    """
    here = in_local_zone(moment)
    clock = here.strftime("%H:%M:%S" if seconds else "%H:%M")
    day = "" if here.date() == in_local_zone(now).date() else here.strftime("%Y-%m-%d ")
    return f"{day}{clock}{here.strftime(' %Z').rstrip() if zone else ''}"


def in_local_zone(moment: datetime) -> datetime:
    """Returns ``moment`` in the zone of this machine; in UTC where TZ is days away from it, which no zone is."""
    try:
        return moment.astimezone()
    except ValueError:
        return datetime.fromtimestamp(moment.timestamp(), UTC)


def in_local_time(words: str, now: datetime) -> str:
    """Returns a sentence for people: its moments, which davlock keeps in UTC, as the clock on the wall shows them."""
    return _UTC.sub(lambda match: _read(match[0], now), words)


def _read(written: str, now: datetime) -> str:
    try:
        return local_time(datetime.fromisoformat(written), now)
    except ValueError:  # a 32nd day: it is somebody else's text
        return written
