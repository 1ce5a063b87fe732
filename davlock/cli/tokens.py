"""``--token TOKEN``: what a person pastes, as a lock token; ``auto`` is what the ledger has, and nothing else."""

from davlock.errors import LocalProtocolError, RemoteProtocolError
from davlock.ledger import Entry, Holder, Ledger, State
from davlock.protocol.headers import parse_lock_token
from davlock.protocol.if_header import IfHeader
from davlock.protocol.lock import LockToken
from davlock.protocol.url import same_origin, same_resource, without_credentials
from davlock.protocol.visible import has_control
from davlock.render.commands import shell_line

AUTO = "auto"


def given_tokens(texts: tuple[str, ...]) -> tuple[LockToken, ...]:
    """The tokens typed, with or without angle brackets."""
    return tuple(given_token(text) for text in texts if text != AUTO)


def given_token(text: str, option: str = "--token") -> LockToken:
    """One token typed for ``option``. Raises LocalProtocolError if it is not a token."""
    if has_control(text.strip()):
        raise LocalProtocolError("the token has a line break or another control character in it", "give it on one line")
    try:
        return parse_lock_token(text)[0]
    except RemoteProtocolError as error:
        raise LocalProtocolError(f"{option}: {error.why}", "give one token, such as opaquelocktoken:…") from None


def kept_token(ledger: Ledger, url: str, *, verb: str, or_else: str, ends: bool = False) -> LockToken:
    """The token that the ledger has for ``url``: that of a lock on it rather than above it.

    Raises LocalProtocolError where that is not exactly one, and, where the lock ``ends`` with it, for one that a
    davlock holds for as long as it runs. ``or_else`` says what to type if there is none, after a harmless first step.
    ``verb`` is the command that asks: if the ledger has a lock under another login, the advice names that login.
    """
    covering = ledger.covering(url)
    nearest = tuple(entry for entry in covering if same_resource(entry.place, url)) or covering
    tokens = tuple(dict.fromkeys(LockToken(entry.token) for entry in nearest if entry.token is not None))
    if not tokens:
        if (other := _under_another_login(ledger, url)) is not None:
            mine = f"as {ledger.login}" if ledger.login else "without a user name"
            what = f"the ledger has no lock on {url} taken {mine}, but one taken {_as(other.login)}"
            raise LocalProtocolError(what, f"run: {shell_line(_with_login(verb, url, other.login))}")
        if any(entry.login == ledger.login and entry.covers(url) for entry in ledger.entries(State.INTENDED)):
            what = f"the ledger has no token for {url}: davlock sent LOCK, but does not know the result"
            raise LocalProtocolError(what, f"run: {shell_line(_with_login('ledger recover', url, ledger.login))}")
        from davlock.diagnosis.lock_names import name_of

        harmless = shell_line(_with_login("diagnose", url, ledger.login))
        raise LocalProtocolError(
            f"you took no lock on {name_of(url)} with davlock",
            steps=(f"→ {harmless}   (who holds it)", f"  {or_else}"),
        )
    if len(tokens) > 1:
        listed = ", ".join(map(str, tokens))
        raise LocalProtocolError(
            f"the ledger has {len(tokens)} locks on {url}: {listed}", "choose one with --token TOKEN"
        )
    for entry in nearest:
        holder = ledger.holder(entry) if ends and not entry.kept else Holder.ENDED
        if holder in (Holder.RUNS, Holder.UNKNOWN):
            who = f"a running davlock (process {entry.process.pid})"
            holds = "holds" if holder is Holder.RUNS else "may hold"
            raise LocalProtocolError(f"{who} {holds} the lock on {url}", "end it, or name the lock with --token TOKEN")
    _refuse_unsendable(tokens[0], url)
    return tokens[0]


def _refuse_unsendable(token: LockToken, url: str) -> None:
    """Raises LocalProtocolError for a token that the server chose so badly that no request can carry it."""
    try:
        IfHeader.untagged(token)
    except LocalProtocolError as error:
        what = f"nobody can renew or release the lock on {url}: {error.what}"
        raise LocalProtocolError(what, "only its timeout ends it; see: davlock ledger list") from None


def ended_lock(ledger: Ledger, url: str) -> Entry | None:
    """The latest lock on ``url`` that davlock took with the same login, where it has ended.

    ``None`` where the ledger has one that may still be there.
    """
    if ledger.covering(url):
        return None
    ours = [entry for entry in ledger.entries() if entry.login == ledger.login and same_resource(entry.place, url)]
    latest = max(ours, key=lambda entry: entry.asked_at, default=None)
    return latest if latest is not None and latest.ended_at is not None else None


def _under_another_login(ledger: Ledger, url: str) -> Entry | None:
    """The latest lock that covers ``url`` and was taken with another login."""
    entries = [
        entry
        for entry in ledger.entries(State.HELD)
        if entry.token is not None and entry.login != ledger.login and same_origin(entry.url, url) and entry.covers(url)
    ]
    return entries[-1] if entries else None


def _as(login: str) -> str:
    return f"as {login}" if login else "without a user name"


def _with_login(verb: str, url: str, login: str) -> tuple[str, ...]:
    """A command about ``url`` that logs in as ``login``: by a profile of that user, if the person names a profile."""
    from davlock.cli.invocation import typed_reach
    from davlock.cli.profile_targets import typed_targets
    from davlock.cli.profiles import load_profiles
    from davlock.diagnosis.invocation import NamedServer

    bare, typed = without_credentials(url), typed_targets().profile
    reach = tuple(word for option in typed_reach() for word in option)
    for profile in (typed, *load_profiles().by_name.values()) if typed is not None else ():
        word = NamedServer(name=profile.name, url=profile.url).word(bare)
        if word is not None and profile.settings.get("user", "") == login:
            return ("davlock", *verb.split(), *reach, word)
    place = NamedServer(name=typed.name, url=typed.url).word(bare) if typed is not None and login else None
    return ("davlock", *verb.split(), *(("-u", login) if login else ()), *reach, place or bare)
