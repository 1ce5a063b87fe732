"""Moments as the clock on the wall shows them. Machines get UTC (:func:`davlock.render.json_v1.iso`)."""

from datetime import datetime


def local_time(moment: datetime, now: datetime, *, zone: bool = True, seconds: bool = False) -> str:
    """Returns ``11:51 CET``; with the date where that is not the date of ``now``. ``zone``: with the zone's name.

    The zone is that of this machine, and of TZ.
    """
    here = moment.astimezone()
    clock = here.strftime("%H:%M:%S" if seconds else "%H:%M")
    day = "" if here.date() == now.astimezone().date() else here.strftime("%Y-%m-%d ")
    return f"{day}{clock}{here.strftime(' %Z').rstrip() if zone else ''}"
