"""Secrets in a text that is no HTTP: what lets somebody in is hidden wherever it stands."""

import re

from davlock.capture.secret import HIDDEN, SECRET_FIELDS, SECRET_NAMES, without_passwords, without_query_secrets

_NAMES = "|".join(sorted(re.escape(name) for name in (*SECRET_FIELDS, "set-cookie")))
_FIELD = re.compile(
    rf"(?P<name>\b(?:{_NAMES})['\"\]]*\s{{0,3}}(?:[:=]|=>)\s{{0,3}}['\"\[]{{0,2}}(?:(?:Basic|Bearer|Digest|Negot"
    rf"iate|NTLM|Token)\s{{1,3}})?)"
    r"(?P<value>(?:\w+=\"[^\"\n]*\"|[^'\"\n#])[^'\n#]*)",
    re.IGNORECASE,
)
_BEARER = re.compile(r"(\bBearer\s{1,3}|\bBasic\s{1,3}(?=[A-Za-z0-9+/]{6,}={0,2}\b))[\w.~+/=-]{6,}", re.IGNORECASE)
_USER = re.compile(r"(?P<option>(?:^|\s)(?:-u\s?|--user[= ]|--proxy-user[= ])['\"]?)(?P<value>[^\s'\":]+:[^\s'\"]+)")
_GLUED = re.compile(
    r"(?P<option>\s-[A-Za-z]{0,4}u\s?['\"]?)(?P<value>[^\s'\":/]+:[^\s'\"/]+)(?=['\"]?(?:\s|$))", re.MULTILINE
)
_PASSWORD = re.compile(
    rf"(?P<name>\b{SECRET_NAMES}['\"]?"
    r"\s{0,2}[:=]\s{0,2}['\"]?)"
    r"(?P<value>[^\s'\"&,;]{1,400})",
    re.IGNORECASE,
)


def without_paste_secrets(text: str) -> str:
    """``text`` without the logins, cookies, tokens of a login and passwords in it."""
    # First: the words below do not know where a parameter of a URL ends.
    text = without_query_secrets(text)
    text = _FIELD.sub(lambda match: f"{match['name']}{HIDDEN}", text)
    text = _BEARER.sub(lambda match: f"{match[1]}{HIDDEN}", text)
    for option in (_USER, _GLUED):
        text = option.sub(lambda match: f"{match['option']}{HIDDEN}", text)
    text = _PASSWORD.sub(lambda match: f"{match['name']}{HIDDEN}", text)
    return without_passwords(text)
