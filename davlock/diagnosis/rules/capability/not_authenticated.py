"""credentials are wanted, or were not accepted.

What happened: The server wants to know who you are. 401: the request came without a login, or the server did not
accept it. A proxy says 407. The server did not look at locks yet. SharePoint and OneDrive say 403 with
X-MSDAVEXT_Error where they want a login in a browser first.

How sure we are: certain, the status says so. Likely where a lock token came with a login: some servers answer 401 to
the token of another user.

What to do: the finding says which ways to log in the server offers, and which one was sent. davlock speaks Basic,
Digest and Bearer. With -u USER it chooses between Basic and Digest itself. It does not speak Negotiate (Kerberos) or
NTLM. Nextcloud and others want an app password where a second factor is set up.

How to confirm: the same command with the right login is answered otherwise.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import CHALLENGES, Evidence
from davlock.diagnosis.finding import (
    AFTER_CHANGE,
    Alternative,
    Certainty,
    FindingFact,
    Quote,
    Remedy,
    RetryVerdict,
    Risk,
    Severity,
    Who,
)
from davlock.diagnosis.login_attempt import BASIC, BEARER, DIGEST, LoginAttempt, attempt, listed
from davlock.diagnosis.logins import login_of
from davlock.diagnosis.predicates.tokens import sent_tokens
from davlock.diagnosis.remedies import for_admin, intrusive, safe
from davlock.diagnosis.rule import Match, rfc, rule
from davlock.errors import NoResponseKind
from davlock.protocol.message import Headers

USER = ("-u", "USER")

BROWSER_FIRST = "917656"
"""The number in X-MSDAVEXT_Error that asks for a login (MS-WDV §2.2.3)."""

FORMS = "X-Forms_Based_Auth_Required"
"""Where Office finds the page to log in on (MS-OFBA §2.2.2)."""

APP_PASSWORDS = ("nextcloud", "owncloud")
"""Products that take nothing but an app password from a program where a second factor is set up; also their realms."""

_REPAIR = for_admin(intrusive("Repair WWW-Authenticate: Digest needs a realm and a nonce"))

READING = frozenset({"diagnose", "locks", "propfind", "watch", "ledger"})


@rule(
    id="401-not-authenticated",
    severity=Severity.ERROR,
    statuses=(401, 403, 407),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc(9110, "15.5.2"),),
)
def check(evidence: Evidence) -> Match | None:
    """401 or 407, or SharePoint's 403 that asks for a login."""
    refused = evidence.no_response
    if refused is not None and refused.kind is NoResponseKind.PROXY_LOGIN:
        return _before_the_server(evidence)
    if evidence.cause is None or evidence.response is None:
        return None
    if evidence.cause.status == 403 and _wants_a_browser(evidence.response.headers):
        return _sharepoint(evidence)
    if evidence.cause.status not in CHALLENGES:
        return None
    proxy = evidence.cause.status == 407
    tried = attempt(evidence, proxy=proxy)
    doubtful = not proxy and tried.sent is not None and bool(sent_tokens(evidence))
    if doubtful and _accepted_elsewhere(evidence):
        return None  # it is not the login that the server minds
    name = "Proxy-Authenticate" if proxy else "WWW-Authenticate"
    values = evidence.response.headers.get_all(name)
    headline, remedies = _by_proxy(tried) if proxy else _by_server(tried, evidence)
    realm = f" The login is for “{tried.realm[:80]}”." if tried.realm else ""
    return Match(
        certainty=Certainty.LIKELY if doubtful else Certainty.CERTAIN,
        headline=headline,
        explanation=f"The {'proxy' if proxy else 'server'} refused the request before it looked at locks.{realm}",
        retry=AFTER_CHANGE,
        evidence=(
            quotes.status_line(evidence),
            *(Quote(f"response header {name}", value, evidence.subject) for value in values),
            *quotes.office_error(evidence),
        ),
        facts=_facts(tried),
        alternatives=(
            Alternative("403-unlock-not-owner", "PROPFIND with the same credentials: it is answered if they are good"),
        )
        if doubtful
        else (),
        remedies=remedies,
    )


def _facts(tried: LoginAttempt) -> tuple[FindingFact, ...]:
    return (
        ("offered", tried.schemes),
        ("realm", tried.realm or None),
        ("sent", tried.sent or None),
        ("user", tried.asked_by.user or None),
    )


# -- the server's 401


def _by_server(tried: LoginAttempt, evidence: Evidence) -> tuple[str, tuple[Remedy, ...]]:
    """The headline, and the ways out: what was offered decides, then what was sent."""
    asked_by = tried.asked_by
    offers = f"it offers {tried.offered_words}"
    passwords = tuple(scheme for scheme in (BASIC, DIGEST) if scheme in tried.spoken)
    if tried.broken:
        return f"The server's Digest challenge is broken: it has no {listed(list(tried.broken))}", (_REPAIR,)
    if tried.offered and not tried.spoken:
        return f"The server offers {tried.offered_words}: davlock does not speak that", _unspoken(tried, evidence)
    if not tried.offered and tried.live and tried.sent is None and asked_by.scheme and asked_by.user:
        title = f"Leave out {asked_by.scheme}, and davlock sends Basic"
        return f"The server offers no way to log in, so {asked_by.scheme} sends nothing", (
            _again(tried, title, scheme=""),
        )
    # Of a login whose scheme is not known, nothing better can be said.
    other = tried.sent is not None and tried.offered and (tried.sent or asked_by.header)
    if tried.sent in tried.schemes or (tried.sent is not None and not other):
        return _refused(tried, evidence, f"({offers}; {tried.sent_words} was sent)")
    if not passwords and BEARER in tried.spoken:
        return f"The server wants a bearer token (it offers nothing else; {tried.sent_words} was sent)", _token(tried)
    if tried.live and asked_by.scheme and asked_by.user and passwords:
        fault = "sends nothing here" if tried.sent is None else "does not fit"
        wrong = f"The server offers {tried.offered_words}: {asked_by.scheme} {fault}"
        return wrong, (_again(tried, f"Leave out {asked_by.scheme}, and davlock takes what is offered", scheme=""),)
    if tried.sent is not None and asked_by.header:
        title = "Log in with -u in place of -H"
        return f"The server wants another login ({offers}; {tried.sent_words} was sent)", (_again(tried, title),)
    if tried.sent is None:
        none = "none was sent" if tried.known or tried.live else "no login is in the capture"
        sent = none if tried.sent_words == "none" else f"{tried.sent_words} was sent"
        return f"The server wants a login ({offers}; {sent})", (
            _again(tried, "Log in"),
            *_app_password(tried, evidence),
        )
    return (
        f"The server wants another kind of login ({offers}; {tried.sent_words} was sent)",
        (_again(tried, "Log in with -u, and davlock takes what is offered", scheme=""),),
    )


def _refused(tried: LoginAttempt, evidence: Evidence, seen: str) -> tuple[str, tuple[Remedy, ...]]:
    """It was sent as it is wanted, so it is wrong."""
    asked_by = tried.asked_by
    if tried.sent == BEARER:
        why = tried.parameter(BEARER, "error_description") or tried.parameter(BEARER, "error")
        said = f"The server did not accept the bearer token: {why[:120]}" if why else None
        return said or f"The server did not accept the bearer token {seen}", _token(tried)
    if asked_by.header:
        return f"The server did not accept the login {seen}", (_again(tried, "Log in with -u in place of -H"),)
    if not asked_by.user:
        return f"The server did not accept the login {seen}", (
            _again(tried, "Repeat it with the right name and password"),
            *_app_password(tried, evidence),
        )
    title = (
        f"Correct the password in {asked_by.kept_in}, then repeat"
        if asked_by.kept_in
        else "Repeat it with the right password"
    )
    return (
        f"The server did not accept the password of {asked_by.user} {seen}",
        (_again(tried, title), *_app_password(tried, evidence)),
    )


def _again(tried: LoginAttempt, title: str, *, scheme: str | None = None) -> Remedy:
    """The command that was typed, as the user that is known; for a capture, davlock diagnose."""
    asked_by = tried.asked_by
    login = asked_by.login if asked_by.user else USER
    return Remedy(Who.YOU, title, asked_by.again(login, scheme=scheme), _risk(tried), typed=tried.live)


def _token(tried: LoginAttempt) -> tuple[Remedy, ...]:
    title = "Put a valid token into DAVLOCK_OAUTH2_BEARER (or give it with --oauth2-bearer), then repeat"
    return (Remedy(Who.YOU, title, tried.asked_by.again((), scheme=""), _risk(tried), typed=tried.live),)


def _unspoken(tried: LoginAttempt, evidence: Evidence) -> tuple[Remedy, ...]:
    remedies = []
    for scheme, option in (("Negotiate", "--negotiate"), ("NTLM", "--ntlm")):
        if scheme in tried.schemes:
            who = tried.asked_by.user if scheme == "NTLM" else ""
            command = ("curl", option, "-u", who or (":" if scheme == "Negotiate" else "USER"))
            ask = (*command, "-X", "PROPFIND", "-H", "Depth: 0", evidence.target)
            remedies.append(safe(f"curl speaks {scheme}: see whether your login works", ask))
    return (
        *remedies[:1],
        for_admin(intrusive("Offer Basic over https, or app passwords, for programs")),
    )


def _app_password(tried: LoginAttempt, evidence: Evidence) -> tuple[Remedy, ...]:
    product = evidence.server.name if evidence.server is not None else ""
    name = next((name for name in APP_PASSWORDS if name in (product, tried.realm.strip().lower())), None)
    if name is None:
        return ()
    title = "With a second factor or single sign-on, use an app password (Settings, Security)"
    return (safe(f"{title}: {name.capitalize()} refuses your own there"),)


def _risk(tried: LoginAttempt) -> Risk:
    """What the person typed may write."""
    return Risk.SAFE if tried.asked_by.verb[1:2] and tried.asked_by.verb[1] in READING else Risk.INTRUSIVE


# -- the proxy's 407


def _before_the_server(evidence: Evidence) -> Match:
    """407 to CONNECT; nothing else of that answer is known."""
    tried = attempt(evidence, proxy=True)
    headline, remedies = _by_proxy(tried, "for https")
    return Match(
        certainty=Certainty.CERTAIN,
        headline=headline,
        explanation="The request did not reach the server: nothing is known of its locks.",
        retry=AFTER_CHANGE,
        evidence=(quotes.status_line(evidence),),
        remedies=remedies,
    )


def _by_proxy(tried: LoginAttempt, where: str = "") -> tuple[str, tuple[Remedy, ...]]:
    asked_by = tried.asked_by
    name = f"The proxy {asked_by.proxy_host}" if asked_by.proxy_host else "The proxy"
    sent = "none was sent" if tried.sent is None else f"{tried.sent_words} was sent"
    seen = f"({where or f'it offers {tried.offered_words}'}; {sent})"
    if tried.offered and BASIC not in tried.spoken:
        admin = for_admin(intrusive("Offer Basic at the proxy, for programs"))
        return f"{name} offers {tried.offered_words}: davlock speaks only Basic to a proxy", (admin,)
    verb = "wants a login" if tried.sent is None else "did not accept the login"
    variable = f"DAVLOCK_PROXY=http://USER:PASSWORD@{asked_by.proxy_host or 'PROXY'}"
    title = f"Put the proxy's login into the environment, as {variable}, then repeat"
    command = asked_by.again(proxy=False) if tried.live else None
    return f"{name} {verb} {seen}", (Remedy(Who.YOU, title, command, _risk(tried), typed=tried.live),)


# -- a login in a browser


def _wants_a_browser(headers: Headers) -> bool:
    """By SharePoint's number for it, or its hint for Office. Other numbers are about the document."""
    number = (headers.get(quotes.OFFICE_ERROR) or "").partition(";")[0].strip()
    return number == BROWSER_FIRST or FORMS in headers


def _accepted_elsewhere(evidence: Evidence) -> bool:
    """Whether the same credentials were good for another request in these exchanges."""
    sent = login_of(evidence.headers)
    return any(
        exchange.status is not None and exchange.status not in CHALLENGES and login_of(exchange.request.headers) == sent
        for exchange in evidence.exchanges
    )


def _sharepoint(evidence: Evidence) -> Match:
    return Match(
        certainty=Certainty.CERTAIN,
        headline="The server wants a login in a browser first",
        explanation="Nothing is said about locks: the request was refused before that.",
        retry=AFTER_CHANGE,
        evidence=(
            quotes.status_line(evidence),
            *quotes.office_error(evidence),
            *quotes.response_header(evidence, FORMS),
        ),
        remedies=(
            intrusive("Open the site in a browser and sign in, then connect again"),
            safe("Or use a login that works without a browser: an app password"),
        ),
    )
