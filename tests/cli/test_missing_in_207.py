"""A name that is missing, said by a 404 inside a 207: the same as a 404, for every verb."""

from collections.abc import Callable

import httpx
import pytest

from tests.cli.answers import OPTIONS, TOKEN, element, granted, methods, multistatus
from tests.cli.command import Done, run
from tests.saying import Say
from tests.transport.scripted import response

NOT_FOUND = response("404 Not Found")

IN_ITS_OWN_STATUS = multistatus(
    "<D:response><D:href>/a.txt</D:href><D:status>HTTP/1.1 404 Not Found</D:status></D:response>"
)
GONE = multistatus("<D:response><D:href>/a.txt</D:href><D:status>HTTP/1.1 410 Gone</D:status></D:response>")
IN_ALL_PROPERTIES = multistatus(
    element("/a.txt", more="<D:resourcetype/><D:getetag/><D:supportedlock/>", status="404 Not Found")
)
FORMS = {"own status": IN_ITS_OWN_STATUS, "gone": GONE, "every property": IN_ALL_PROPERTIES}

VERBS = {
    "diagnose": ("diagnose",),
    "attempt": ("diagnose", "--attempt", "lock"),
    "locks": ("locks",),
    "listing": ("locks", "--depth", "1"),
    "propfind": ("propfind",),
    "lock": ("lock",),
    "wait": ("wait", "-w", "0"),
    "unlock": ("unlock", "--token", TOKEN),
    "refresh": ("refresh", "--token", TOKEN),
}


def world(missing: bytes) -> Callable[[httpx.Request], bytes]:
    """A root collection, and a name in it that answers PROPFIND with ``missing``; LOCK would make it."""

    def answer(request: httpx.Request) -> bytes:
        if request.method == "PROPFIND":
            root = multistatus(element("/", more="<D:resourcetype><D:collection/></D:resourcetype>"))
            return root if request.url.path == "/" else missing
        if request.method == "OPTIONS":
            return OPTIONS
        return granted() if request.method == "LOCK" and b"lockinfo" in request.content else NOT_FOUND

    return answer


def said(say: Say, missing: bytes, verb: str) -> tuple[Done, list[str]]:
    server = say(world(missing))
    done = run(*VERBS[verb], "--no-ledger", "--json", f"{server.url}/a.txt")
    return done, methods(server.requests)


@pytest.mark.parametrize("form", FORMS)
def test_no_lock_is_sent_to_a_name_that_is_missing(say: Say, form: str) -> None:
    done, sent = said(say, FORMS[form], "lock")
    assert (done.code, done.ids, sent) == (1, ["404-not-found"], ["PROPFIND"])
    assert "--create" in done.err


def test_no_lock_is_sent_where_nothing_tells_whether_it_is_missing(say: Say) -> None:
    """403 for the name alone: there may be nothing there."""
    answer = multistatus("<D:response><D:href>/a.txt</D:href><D:status>HTTP/1.1 403 Forbidden</D:status></D:response>")
    done, sent = said(say, answer, "lock")
    assert (done.code, sent) == (1, ["PROPFIND"])
    assert "--create" in done.err


BESIDE = {
    "the collection above": element("/", more="<D:resourcetype><D:collection/></D:resourcetype>"),
    "another name": element("/b.txt", more="<D:resourcetype/>"),
    "a member": element("/a.txt/b", more="<D:resourcetype/>"),
    "the name elsewhere": element("/other/a.txt", more="<D:resourcetype/>"),
    "another name that is missing": element("/b.txt", more="<D:resourcetype/>", status="404 Not Found"),
}


@pytest.mark.parametrize("verb", ["lock", "attempt"])
@pytest.mark.parametrize("form", BESIDE)
def test_no_lock_is_sent_where_the_answer_is_about_another_resource(say: Say, verb: str, form: str) -> None:
    done, sent = said(say, multistatus(BESIDE[form]), verb)
    assert "LOCK" not in sent
    assert "404-not-found" not in done.ids
    if verb == "lock":
        assert done.code == 1
        assert "could not find out whether there is anything at this URL; --create locks it all the same" in done.err


@pytest.mark.parametrize("verb", ["diagnose", "attempt"])
@pytest.mark.parametrize("form", BESIDE)
def test_nothing_is_called_unlocked_by_an_answer_about_another_resource(say: Say, verb: str, form: str) -> None:
    done, _ = said(say, multistatus(BESIDE[form]), verb)
    assert done.code != 0
    assert "no-lock" not in done.ids


@pytest.mark.parametrize("href", ["", "http://inner.example:8080/a.txt", "/%61.txt", "//a.txt", "/a.txt/"])
def test_a_resource_that_is_spelt_otherwise_is_locked(say: Say, href: str) -> None:
    assert "LOCK" in said(say, multistatus(element(href, more="<D:resourcetype/>")), "lock")[1]


def test_lockdiscovery_alone_answered_404_means_nothing_of_the_kind(say: Say) -> None:
    """Apache answers so of files that exist, as soon as their last lock has run out."""
    answer = multistatus(element("/a.txt", status="404 Not Found"))
    assert "LOCK" in said(say, answer, "lock")[1]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("verb", VERBS)
def test_it_is_told_as_a_404_is(say: Say, verb: str, form: str) -> None:
    done, sent = said(say, FORMS[form], verb)
    plain, asked = said(say, NOT_FOUND, verb)
    assert (done.code, done.ids, sent) == (plain.code, plain.ids, asked)


@pytest.mark.parametrize("form", FORMS)
def test_a_write_that_left_nothing_is_not_believed(say: Say, form: str) -> None:
    """PUT is answered 204, and the name is still missing."""
    server = say({"PROPFIND": FORMS[form]}, response("204 No Content"))
    done = run("put", "--no-ledger", "--json", "-", f"{server.url}/a.txt", stdin=b"x")
    assert done.code == 3
    assert done.result["verdict"] != "blocked"
