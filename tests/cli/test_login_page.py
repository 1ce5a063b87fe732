"""A login page with 200 is no answer: no verb takes it for one, and each quotes its title."""

import pytest

from tests.cli.answers import TOKEN, active_lock, element, methods, multistatus
from tests.cli.command import Done, run
from tests.saying import Say, Saying
from tests.transport.scripted import response

TITLE = "Sign in to Example"
LOGIN = response(
    "200 OK",
    f'<!DOCTYPE html><html><head><title>{TITLE}</title></head><body><form action="/login">'
    '<input type="password" name="p"></form></body></html>'.encode(),
    "Content-Type: text/html; charset=utf-8",
)
WELCOME = response("200 OK", b"<html><head><title>Welcome</title></head><body>It works</body></html>")
BARE = response("200 OK", b"<html><body>Hello</body></html>", "Content-Type: text/html")

VERBS = {
    "diagnose": ("diagnose",),
    "attempt": ("diagnose", "--attempt", "lock"),
    "locks": ("locks",),
    "propfind": ("propfind",),
    "wait": ("wait", "-w", "0"),
    "lock": ("lock",),
    "lock --create": ("lock", "--create"),
    "refresh": ("refresh", "--token", TOKEN),
    "put": ("put", "-"),
    "put --token": ("put", "--token", TOKEN, "-"),
}
CHANGING = ("lock", "refresh", "unlock", "put", "put --token")


def said(say: Say, page: bytes, verb: str, *, reads: bytes | None = None) -> tuple[Done, Saying]:
    """``page`` to everything; with ``reads``, that to PROPFIND."""
    answers = {"OPTIONS": response("200 OK", b"", "Allow: GET, HEAD, OPTIONS")}
    server = say(answers | ({} if reads is None else {"PROPFIND": reads}), page)
    arguments = VERBS.get(verb) or ("unlock", "--token", TOKEN)
    return run(*arguments, "--no-ledger", "--json", f"{server.url}/a.txt", stdin=b"x"), server


@pytest.mark.parametrize("verb", [*VERBS, "unlock"])
def test_a_login_page_everywhere_is_not_dav(say: Say, verb: str) -> None:
    done, _ = said(say, LOGIN, verb)
    assert (done.code, done.ids) == (6, ["not-dav"])
    assert TITLE in str(done.result["findings"][0])


@pytest.mark.parametrize("verb", ["lock", "diagnose"])
def test_the_first_line_names_the_page(say: Say, verb: str) -> None:
    server = say({}, LOGIN)
    assert (
        run(verb, f"{server.url}/a.txt", tty=True)
        .out.splitlines()[0]
        .endswith(f": a login page (“{TITLE}”) came instead of a WebDAV answer.")
    )


FREE = multistatus(element("/a.txt", more="<D:resourcetype/>"))
TAKEN = multistatus(element("/a.txt", locks=active_lock(), more="<D:resourcetype/>"))


@pytest.mark.parametrize("page", [LOGIN, WELCOME], ids=["login", "welcome"])
@pytest.mark.parametrize("verb", CHANGING)
def test_a_page_in_answer_to_a_change_is_no_success(say: Say, verb: str, page: bytes) -> None:
    """Reading works, and what would change something gets the page: nothing is locked, released or written."""
    done, _ = said(say, page, verb, reads=FREE if verb == "lock" else TAKEN)
    assert (done.code, done.ids[0]) == (6, "not-dav")
    assert not {"lock-granted", "unlocked", "fake-lock", "unlock-had-no-effect"} & set(done.ids)
    assert (TITLE if page is LOGIN else "Welcome") in done.result["findings"][0]["headline"]


def test_a_page_without_a_title_is_no_write_where_propfind_gets_it_too(say: Say) -> None:
    assert said(say, BARE, "put")[0].code == 6
    done, _ = said(say, BARE, "put")
    assert done.ids == ["not-dav"]


def test_a_page_of_success_is_a_write(say: Say) -> None:
    page = response("200 OK", b"<html><head><title>200 OK</title></head><body>Saved</body></html>")
    done, _ = said(say, page, "put", reads=FREE)
    assert (done.code, done.ids) == (0, [])


def test_an_attempt_that_gets_a_page_leaves_nothing_to_release(say: Say) -> None:
    done, server = said(say, LOGIN, "attempt", reads=FREE)
    assert done.ids[0] == "not-dav"
    assert "UNLOCK" not in methods(server.requests)
