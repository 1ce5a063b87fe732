"""davlock-findings.7: every rule's page, family by family."""

from davlock.diagnosis.page import retries, sentence, title_and_sections
from davlock.diagnosis.rule import Family, Rule
from davlock.diagnosis.rules.registry import RULES
from man.rst import entry, escaped, head, heading, prose

FAMILIES = {
    Family.LOCKED: "423 and other answers that say locked",
    Family.CONFLICT: "409: a clash with the state of the resource",
    Family.PRECONDITION: "412 and 400: conditions, tokens and lockinfo",
    Family.THROTTLED: "429 and 503: you ask too fast, or the server is away",
    Family.MULTISTATUS: "207 and 424: several answers in one",
    Family.CAPABILITY: "Capability, permission, proxies and the resource",
    Family.WALK: "Walks over a tree",
    Family.STALE: "Stale locks, and how long locks last",
    Family.NAMING: "Names and encoding",
    Family.HEALTHY: "Good news",
}

INTRODUCTION = """\
A finding says what davlock observed, on what evidence, how sure it is, and what to do. **davlock explain** *ID* shows
one of these pages. The meaning of an id never changes. The number in it names a family, not a condition: servers answer
the same problem with different statuses.

"""

WORDS = (
    ("error", "The request failed, and fails again until something changes."),
    ("warning", "It works, or works again by itself, but a person should know."),
    ("notice", "Worth knowing; there is nothing to do."),
    ("ok", "Good news."),
    ("certain", "The server said so."),
    ("likely", "This server is known to do so."),
    ("possible", "It fits, but something else can fit, too. The finding says what would decide."),
)


def page() -> str:
    """The page: each rule, by its declaration."""
    parts = [
        head("davlock-findings", "what davlock finds, and what to do about it", section=7),
        heading("DESCRIPTION"),
        INTRODUCTION,
        heading("SEVERITY AND CERTAINTY"),
        *(entry(word, words) for word, words in WORDS),
    ]
    for family in Family:
        rules = sorted((rule for rule in RULES if rule.family is family), key=lambda rule: rule.id)
        if rules:
            parts += [heading(FAMILIES[family].upper()), *(_finding(rule) for rule in rules)]
    parts += [heading("SEE ALSO"), "**davlock(1)**, **davlock-explain(1)**, **davlock-diagnose(1)**\n"]
    return "".join(parts)


def _finding(rule: Rule) -> str:
    _, sections = title_and_sections(rule.page)
    facts = (
        ("Severity", rule.severity.word),
        ("Retry", retries(verdict.value for verdict in rule.retry)),
        ("Statuses", ", ".join(map(str, rule.statuses))),
        ("See", ", ".join(reference.title for reference in rule.references)),
    )
    return "".join(
        (
            heading(escaped(rule.id), "-"),
            f"{prose(sentence(rule.title))}\n\n",
            *(f"| {name}: {escaped(words)}\n" for name, words in facts if words),
            "\n",
            *(f"**{escaped(name)}:** {prose(words)}\n\n" for name, words in sections.items()),
        )
    )
