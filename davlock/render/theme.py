"""Levels and their looks: one table, so that no two places disagree. Only the terminal's own sixteen colours are
used.
"""

from davlock.diagnosis.finding import Severity, Verdict

SEVERITY_STYLE = {
    Severity.ERROR: "bold red",
    Severity.WARNING: "bold yellow",
    Severity.NOTICE: "bold cyan",
    Severity.OK: "bold green",
}

SEVERITY_MARK = {Severity.ERROR: "✗", Severity.WARNING: "!", Severity.NOTICE: "i", Severity.OK: "✓"}

VERDICT_STYLE = {Verdict.BLOCKED: "bold red", Verdict.CLEAR: "bold green", Verdict.UNKNOWN: "bold yellow"}
