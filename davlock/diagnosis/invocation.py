"""The command line of a live command, without its secrets: what a finding may print of it again, and who asks.

A capture has none.
"""

from davlock.protocol.url import may_end_a_login, path_below
from davlock.protocol.write_scope import inside
from davlock.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedServer:
    """A server that the person has given a name, with its settings: ``work:team/a.odt`` is a place below ``url``."""

    name: str
    url: str
    options: tuple[tuple[str, ...], ...] = ()
    """What the name stands for besides the URL, as options for a place that is not below it; without secrets."""

    def word(self, url: str) -> str | None:
        """``url`` as the person writes it; ``None`` if it cannot be written so."""
        if "?" in url or not inside(self.url, url):
            return None
        path = path_below(self.url, url)
        if path is None:
            return None
        return f"{self.name}:/{path}" if may_end_a_login(path) else f"{self.name}:{path}"

    def words(self, url: str) -> tuple[str, ...]:
        """``url`` as it ends a command: as the person writes it, else with the options that reach it."""
        word = self.word(url)
        return (word,) if word is not None else (*(part for option in self.options for part in option), url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One command line, about one target. Its words are the person's own: nothing that a server sent is in them."""

    verb: tuple[str, ...]
    """``davlock`` and the name of the command."""
    login: tuple[str, ...] = ()
    """The options that say who asks, but for the scheme: ``-u bob --password-file F``."""
    proxy: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    """All other options."""
    arguments: tuple[str, ...] = ()
    user: str = ""
    """The user name; empty where it is not known, or there is none."""
    scheme: str = ""
    """``--basic`` or ``--digest`` where davlock may use nothing else."""
    bearer: bool = False
    """True if the login is a bearer token."""
    header: bool = False
    """True if the login is an Authorization, typed with -H or kept in a profile."""
    certificate: bool = False
    proxy_host: str = ""
    """The proxy, with its port; empty where there is none."""
    proxy_login: bool = False
    """True if a login for the proxy was given."""
    reach: tuple[tuple[str, ...], ...] = ()
    """How the server is reached, as typed, each option with its value: ``-k``, ``--cacert F``, ``-x URL``."""
    asks: tuple[tuple[str, ...], ...] = ()
    """Who asks, as typed, each option with its value: ``-u bob``, ``--digest``. No secret is in it."""
    kept_in: str = ""
    """Where the password or token is to be corrected; empty where davlock asks for it when the command is repeated."""
    server: NamedServer | None = None
    """The server, if the person named it and typed no URL."""
    exposed: tuple[str, ...] = ()
    """The header fields that let somebody in, and that others on the way can read."""
    exposed_proxy: bool = False
    """True if they can read the login of the proxy."""

    def again(
        self, login: tuple[str, ...] | None = None, *, scheme: str | None = None, proxy: bool = True
    ) -> tuple[str, ...]:
        """The same command as an argv, with another ``login`` or ``scheme`` where they are given."""
        scheme = self.scheme if scheme is None else scheme
        return (
            *self.verb,
            *(self.login if login is None else login),
            *((scheme,) if scheme else ()),
            *(self.proxy if proxy else ()),
            *self.others,
            *self.arguments,
        )
