"""davlock-findings.7: every rule's page, family by family."""

from davlock.diagnosis.page import retries, sentence, title_and_sections
from davlock.diagnosis.rule import Family, Rule
from davlock.diagnosis.rules.order import RULES
from man.rst import entry, escaped, head, heading, prose

FAMILIES = {
    Family.LOCKED: "423 and other answers that say locked",
    Family.CONFLICT: "409: a clash with the state of the resource",
    Family.PRECONDITION: "412 and 400: conditions, tokens and lockinfo",
    Family.THROTTLED: "429 and 503: too fast, or away",
    Family.MULTISTATUS: "207 and 424: several answers in one",
    Family.CAPABILITY: "Capability, permission, proxies and the resource",
    Family.WALK: "Walks over a tree",
    Family.STALE: "Stale locks and their life time",
    Family.NAMING: "Names and encoding",
    Family.HEALTHY: "Good news",
}

INTRODUCTION = """\
A finding is what davlock observed, how sure it is, what that rests on, and what to do about it. **davlock explain**
*ID* shows one of these pages. An id is for good: its meaning does not change. The number in it names a family, and is
no condition: servers answer the same trouble with different statuses.

"""

WORDS = (
    ("error", "The request failed, and will fail again unless something changes."),
    ("warning", "It works, or will work again by itself, but a person should know."),
    ("notice", "Worth knowing, and nothing to do."),
    ("ok", "Good news."),
    ("certain", "The server said so."),
    ("likely", "Known behaviour of this server."),
    ("possible", "It fits, and something else might too: the finding names what would decide."),
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
