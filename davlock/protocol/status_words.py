"""Whether the words of an answer say more than its status does."""

import re

from davlock.late_pattern import late_pattern

_STOCK = late_pattern(
    r"the|a|an|this|that|resource|file|item|object|document|you|are|is|was|be|been|currently|already|now|for|to|of|on|at"
    r"|in|and|or|it|its|access|requested|request|error|status|code|http|conflict|locked|lock|409|412|423|precondition"
    r"|failed|failure|client|has|have|not|with|source|destination|please|try|again|later|target|entity|operation"
)
"""Words that say no more than the status does."""


def says_more(message: str) -> bool:
    """Returns true if a message says more than its status does."""
    words = re.findall(r"[^\W_]+", message.lower())
    return any(not _STOCK.fullmatch(word) and (len(word) > 2 or word.isdigit()) for word in words)
