"""Durations as people type them: ``90``, ``90s``, ``10m``, ``2h``, ``7d``."""

import re

import click

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


class Duration(click.ParamType[float]):
    """A click type; the value is a number of seconds."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds. Fails with one line that says what to type instead."""
        if isinstance(value, int | float):
            return float(value)
        match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", str(value).strip().lower())
        if match is None:
            self.fail(f"{value!r} is not a duration; write 90, 90s, 10m, 2h or 7d", param, ctx)
        return float(match[1]) * _UNITS[match[2]]


DURATION = Duration()
