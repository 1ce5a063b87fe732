"""Every rule, loaded: for those who list them, or look one up by its id."""

from davlock.diagnosis.rule import Rule
from davlock.diagnosis.rules.order import load_rules

RULES: tuple[Rule, ...] = load_rules()
"""In order of precedence."""

BY_ID: dict[str, Rule] = {rule.id: rule for rule in RULES}
