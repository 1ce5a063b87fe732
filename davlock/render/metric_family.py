"""One family of metrics, in a text that is valid twice: OpenMetrics 1.0, and Prometheus's older text format, which
node_exporter's textfile collector reads.

Only gauges and summaries are in both; the older one reads ``# UNIT`` and ``# EOF`` as comments.
"""

from collections.abc import Iterable, Iterator

from davlock.render.sinks import label_value

Sample = tuple[str, dict[str, str], float]
"""Suffix of the name, labels, value."""

END = "# EOF"


def family(name: str, kind: str, about: str, samples: Iterable[Sample], *, unit: str = "") -> Iterator[str]:
    """Yields metadata and samples; nothing if there are no samples."""
    for number, (suffix, labels, value) in enumerate(samples):
        if number == 0:
            yield f"# TYPE {name} {kind}"
            if unit:
                yield f"# UNIT {name} {unit}"
            yield f"# HELP {name} {about}"
        pairs = ",".join(f'{label}="{label_value(text)}"' for label, text in labels.items())
        yield f"{name}{suffix}{{{pairs}}} {_number(value)}"


def _number(value: float) -> str:
    return repr(value) if isinstance(value, float) else str(int(value))
