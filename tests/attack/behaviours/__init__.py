"""All the ways to answer as no server should."""

from tests.attack.behaviours import bodies, codings, contents, heads, logins, redirects, trees
from tests.attack.behaviours.forms import every

BEHAVIOURS = every(
    heads.BEHAVIOURS,
    bodies.BEHAVIOURS,
    codings.BEHAVIOURS,
    redirects.BEHAVIOURS,
    logins.BEHAVIOURS,
    contents.BEHAVIOURS,
    trees.BEHAVIOURS,
)
