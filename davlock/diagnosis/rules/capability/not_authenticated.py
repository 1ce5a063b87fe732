"""the server wants a login, or did not accept yours.

What happened: the server or a proxy wants to know who you are (401; a proxy says 407). You sent no login, or it did not
accept yours. The server did not look at locks yet. SharePoint and OneDrive answer 403 with X-MSDAVEXT_Error if you must
sign in with a browser first. Nextcloud and ownCloud answer PasswordLoginForbidden if they want an app password.

How sure we are: certain: the status says so. Likely if you sent a login and a lock token: some servers answer 401 to
the token of another user.

What to do: the finding says which ways to log in the server offers, and which one was sent. With -u USER davlock
chooses between Basic and Digest itself; --oauth2-bearer sends a token, --negotiate a Kerberos ticket. davlock does not
support NTLM. With a second factor or single sign-on, Nextcloud and others accept only an app password from programs;
Fastmail and Yandex Disk always do.

How to confirm: the same command works with the right login.
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
from davlock.diagnosis.login_attempt import BASIC, BEARER, DIGEST, NEGOTIATE, LoginAttempt, attempt, listed
from davlock.diagnosis.logins import login_of
from davlock.diagnosis.predicates.applications import application_refusal
from davlock.diagnosis.predicates.tokens import sent_tokens
from davlock.diagnosis.remedies import for_admin, intrusive, safe
from davlock.diagnosis.rule import Match, rfc, rule
from davlock.errors import NoResponseKind
from davlock.protocol.message import Headers
from davlock.protocol.url import host_of

BROWSER_FIRST = "917656"
"""The number in X-MSDAVEXT_Error that asks for a login (MS-WDV §2.2.3)."""

FORMS = "X-Forms_Based_Auth_Required"
"""The header field that shows Office the login page (MS-OFBA §2.2.2)."""

APP_PASSWORDS = {"nextcloud": "Nextcloud", "owncloud": "ownCloud"}
"""Products that accept only app passwords from programs if a second factor is set up: their realms, and their names."""

ALWAYS_APP_PASSWORDS = {
    # www.fastmail.com/help/technical/servernamesandports.html: "You cannot use your regular Fastmail password."
    ".fastmail.com": "Use an app password, not your own (Fastmail: Settings, Security)",
    # yandex.com/dev/disk/doc/en/concepts/quickstart: one of the type "Files", for Basic.
    ".yandex.com": "Use an app password of the type Files (Yandex ID)",
    ".yandex.ru": "Use an app password of the type Files (Yandex ID)",
}
"""Hosts that accept nothing else from programs, and where to get one."""

APP_PASSWORD_WANTED = "PasswordLoginForbidden"  # noqa: S105 -- the name of an exception
"""The exception of Nextcloud and ownCloud for the usual password if it must be an app password."""

_OFFER_BASIC = for_admin(intrusive("Offer Basic over https, or app passwords"))

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
    """Matches 401 or 407, or SharePoint's 403 that asks for a login."""
    refused = evidence.no_response
    if refused is not None and refused.kind is NoResponseKind.PROXY_LOGIN:
        return _before_the_server(evidence)
    if evidence.cause is None or evidence.response is None:
        return None
    if evidence.cause.status == 403 and _wants_a_browser(evidence.response.headers):
        return _sharepoint(evidence)
    if evidence.cause.status not in CHALLENGES or application_refusal(evidence) is not None:
        return None  # an account that is locked: one more login can make it longer
    proxy = evidence.cause.status == 407
    tried = attempt(evidence, proxy=proxy)
    doubtful = not proxy and tried.sent is not None and bool(sent_tokens(evidence))
    if doubtful and _accepted_elsewhere(evidence):
        return None  # the login is good, so the server objects to something else
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
            *(quotes.body(evidence) if _wants_app_password(evidence) else ()),
        ),
        facts=_facts(tried),
        alternatives=(
            Alternative("403-unlock-not-owner", "PROPFIND with the same login: it works if the login is good"),
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
    """Returns the headline and the remedies: what the server offers decides, then what was sent."""
    asked_by = tried.asked_by
    if tried.sent is not None and _wants_app_password(evidence):
        who = f" from {asked_by.user}" if asked_by.user else ""
        return f"The server accepts only an app password{who}, not the usual one (two factors)", (
            _again(tried, "Create an app password (Settings, Security), then use it"),
        )
    offers = f"it offers {tried.offered_words}"
    passwords = tuple(scheme for scheme in (BASIC, DIGEST) if scheme in tried.spoken)
    if tried.broken:
        return f"The server's Digest challenge is broken: it has no {listed(list(tried.broken))}", (_REPAIR,)
    if NEGOTIATE in tried.schemes and tried.sent == NEGOTIATE:
        return f"The server did not accept your Kerberos ticket ({offers})", (safe("Check it with klist", ("klist",)),)
    if tried.offered and not tried.spoken:
        if NEGOTIATE in tried.schemes:
            wants = f"The server wants a Kerberos ticket (it offers {tried.offered_words})"
            return wants, (
                _again(tried, "With a ticket (kinit), log in with --negotiate", ticket=True),
                _OFFER_BASIC,
            )
        return f"The server offers only {tried.offered_words}, which davlock does not support", _unspoken(
            tried, evidence
        )
    if not tried.offered and tried.live and tried.sent is None and asked_by.scheme and asked_by.user:
        title = f"Leave out {asked_by.scheme}: davlock then sends Basic"
        return f"The server offers no way to log in, so {asked_by.scheme} sent nothing", (
            _again(tried, title, scheme=""),
        )
    # If the scheme of the login is not known, nothing better can be said.
    other = tried.sent is not None and tried.offered and (tried.sent or asked_by.header)
    if tried.sent in tried.schemes or (tried.sent is not None and not other):
        return _refused(tried, evidence, f"({offers}; {tried.sent_words} was sent)")
    if not passwords and BEARER in tried.spoken:
        return f"The server wants a bearer token (it offers nothing else; {tried.sent_words} was sent)", _token(tried)
    if tried.live and asked_by.scheme and asked_by.user and passwords:
        fault = "sent nothing" if tried.sent is None else "does not fit"
        wrong = f"The server offers {tried.offered_words}, so {asked_by.scheme} {fault}"
        return wrong, (_again(tried, f"Leave out {asked_by.scheme}: davlock picks what is offered", scheme=""),)
    if tried.sent is not None and asked_by.header:
        title = _instead_of_header(asked_by.kept_in)
        return f"The server wants another kind of login ({offers}; {tried.sent_words} was sent)", (
            _again(tried, title),
        )
    if tried.sent is None:
        none = "none was sent" if tried.known or tried.live else "no login is in the capture"
        sent = none if tried.sent_words == "none" else f"{tried.sent_words} was sent"
        return f"The server wants a login ({offers}; {sent})", (
            _again(tried, "Log in"),
            *_app_password(tried, evidence),
        )
    return (
        f"The server wants another kind of login ({offers}; {tried.sent_words} was sent)",
        (_again(tried, "Log in with -u: davlock picks what is offered", scheme=""),),
    )


def _instead_of_header(kept_in: str) -> str:
    """What to do about an Authorization that the server does not take."""
    if kept_in:
        return f"Correct Authorization in {kept_in}, then try again"
    return "Log in with -u instead of -H"


def _refused(tried: LoginAttempt, evidence: Evidence, seen: str) -> tuple[str, tuple[Remedy, ...]]:
    """Returns headline and remedies for a login of the right kind: its name, password or token is wrong."""
    asked_by = tried.asked_by
    if tried.sent == BEARER:
        why = tried.parameter(BEARER, "error_description") or tried.parameter(BEARER, "error")
        said = f"The server did not accept the bearer token: {why[:120]}" if why else None
        return said or f"The server did not accept the bearer token {seen}", _token(tried)
    if asked_by.header:
        return f"The server did not accept the login {seen}", (_again(tried, _instead_of_header(asked_by.kept_in)),)
    if not asked_by.user:
        return f"The server did not accept the login {seen}", (
            _again(tried, "Try again with the right name and password"),
            *_app_password(tried, evidence),
        )
    title = (
        f"Correct the password in {asked_by.kept_in}, then try again"
        if asked_by.kept_in
        else "Try again with the right password"
    )
    return (
        f"The server did not accept the password of {asked_by.user} {seen}",
        (_again(tried, title), *_app_password(tried, evidence)),
    )


def _again(tried: LoginAttempt, title: str, *, scheme: str | None = None, ticket: bool = False) -> Remedy:
    """Returns the typed command again. If davlock does not know the user name, no command would work as it is."""
    asked_by = tried.asked_by
    if ticket:
        command = asked_by.again(("--negotiate",), scheme="")
        return Remedy(Who.YOU, title, command, _risk(tried), typed=tried.live)
    if not asked_by.user:
        if title.startswith("Log in") and not asked_by.header:
            title = "Log in: add -u and your user name to the command" if tried.live else "Log in"
        return Remedy(Who.YOU, title, None, _risk(tried))
    return Remedy(Who.YOU, title, asked_by.again(asked_by.login, scheme=scheme), _risk(tried), typed=tried.live)


def _token(tried: LoginAttempt) -> tuple[Remedy, ...]:
    title = f"Put a valid token into {tried.asked_by.kept_in or 'DAVLOCK_OAUTH2_BEARER'}, then try again"
    return (Remedy(Who.YOU, title, tried.asked_by.again((), scheme=""), _risk(tried), typed=tried.live),)


def _unspoken(tried: LoginAttempt, evidence: Evidence) -> tuple[Remedy, ...]:
    remedies = []
    if "NTLM" in tried.schemes:
        login = tried.asked_by.user
        ask = ("curl", "--ntlm", "-u", login, "-X", "PROPFIND", "-H", "Depth: 0", evidence.target)
        remedies.append(safe("Test your login with curl --ntlm", ask if login else None))
    return (
        *remedies,
        _OFFER_BASIC,
    )


def _app_password(tried: LoginAttempt, evidence: Evidence) -> tuple[Remedy, ...]:
    host = f".{host_of(evidence.target)}"
    for end, title in ALWAYS_APP_PASSWORDS.items():
        if host.endswith(end):
            return (safe(title),)
    product = evidence.server.name if evidence.server is not None else ""
    name = next((name for name in APP_PASSWORDS if name in (product, tried.realm.strip().lower())), None)
    if name is None:
        return ()
    return (safe(f"With two factors: use an app password ({APP_PASSWORDS[name]}: Settings, Security)"),)


def _wants_app_password(evidence: Evidence) -> bool:
    error = evidence.error
    return error is not None and (error.exception or "").rpartition("\\")[2] == APP_PASSWORD_WANTED


def _risk(tried: LoginAttempt) -> Risk:
    """Returns the risk of repeating the typed command, which may write."""
    return Risk.SAFE if tried.asked_by.verb[1:2] and tried.asked_by.verb[1] in READING else Risk.INTRUSIVE


# -- the proxy's 407


def _before_the_server(evidence: Evidence) -> Match:
    """Returns the match for 407 to CONNECT; nothing else of that answer is known."""
    tried = attempt(evidence, proxy=True)
    headline, remedies = _by_proxy(tried, "for https")
    return Match(
        certainty=Certainty.CERTAIN,
        headline=headline,
        explanation="Your request did not reach the server, so nothing is known about its locks.",
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
        admin = for_admin(intrusive("Offer Basic at the proxy"))
        return f"{name} offers {tried.offered_words}; davlock supports only Basic for a proxy", (admin,)
    verb = "wants a login" if tried.sent is None else "did not accept the login"
    variable = f"DAVLOCK_PROXY=http://USER:PASSWORD@{asked_by.proxy_host or 'PROXY'}"
    title = f"Set {variable}, then try again"
    command = asked_by.again(proxy=False) if tried.live else None
    return f"{name} {verb} {seen}", (Remedy(Who.YOU, title, command, _risk(tried), typed=tried.live),)


# -- a login in a browser


def _wants_a_browser(headers: Headers) -> bool:
    """Whether SharePoint's number says so, or its hint for Office. Other numbers are about the document."""
    number = (headers.get(quotes.OFFICE_ERROR) or "").partition(";")[0].strip()
    return number == BROWSER_FIRST or FORMS in headers


def _accepted_elsewhere(evidence: Evidence) -> bool:
    """Whether the same login was good for another of these requests."""
    sent = login_of(evidence.headers)
    return any(
        exchange.status is not None and exchange.status not in CHALLENGES and login_of(exchange.request.headers) == sent
        for exchange in evidence.exchanges
    )


def _sharepoint(evidence: Evidence) -> Match:
    return Match(
        certainty=Certainty.CERTAIN,
        headline="The server wants you to sign in with a browser first",
        explanation="It refused the request before it looked at locks.",
        retry=AFTER_CHANGE,
        evidence=(
            quotes.status_line(evidence),
            *quotes.office_error(evidence),
            *quotes.response_header(evidence, FORMS),
        ),
        remedies=(
            intrusive("Sign in with a browser, then try again"),
            safe("Use an app password, which needs no browser"),
        ),
    )
