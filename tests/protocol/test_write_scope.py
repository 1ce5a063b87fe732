"""What is inside the tree that was typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from davlock.errors import LocalProtocolError
from davlock.protocol.write_scope import WriteScope, inside, refuse_dots, why_outside

TREE = "https://dav.example/team/"


@pytest.mark.parametrize(
    "url",
    [
        "https://dav.example/team/",
        "https://dav.example/team",
        "https://dav.example/team/report.odt",
        "https://dav.example:443/team/a/b/",
        "HTTPS://DAV.example/team/a",
        "https://dav.example/t%65am/a",
        "https://dav.example/team/a%2fb",
        "https://dav.example/team/...",
        "https://dav.example/team/..a",
        "https://dav.example/team/100%25.txt",
        "https://dav.example/team//a",
        "https://dav.example/team/caf%C3%A9",
        "https://dav.example/team/%e6%9d%b1%e4%ba%ac%ef%bc%8f%e5%a4%a7%e9%98%aa.txt",
        "https://dav.example/team/\u6771\uff0f\u5927.txt",
        "https://dav.example/team/1%e2%81%842.txt",
        "https://dav.example/team/%c0%c1lvaro.txt",
        "https://dav.example/team/a%a0b",
        "https://dav.example/team/a%c2%a0b",
        "https://dav.example/team/%e2%80%a6",
        "https://dav.example/team/%f0%9f%94%92.txt",
    ],
)
def test_inside(url: str) -> None:
    assert why_outside(TREE, url) == ""


@pytest.mark.parametrize(
    "url",
    [
        "https://dav.example/",
        "https://dav.example/team2/a",
        "https://dav.example/tea",
        "https://other.example/team/a",
        "http://dav.example/team/a",
        "https://dav.example:8443/team/a",
        "https://dav.example/team/../secret",
        "https://dav.example/team/%2e%2e/secret",
        "https://dav.example/team/.%2E/secret",
        "https://dav.example/team/a%2f..%2f..%2fsecret",
        "https://dav.example/team/%2f../secret",
        "https://dav.example/team/..%5csecret",
        "https://dav.example/team/a%5c..%5c..%5cb",
        "https://dav.example/team/a\\b",
        "https://dav.example/team/%252e%252e/secret",
        "https://dav.example/team/%25252e%25252e/secret",
        "https://dav.example/team/..;/secret",
        "https://dav.example/team/%c0%ae%c0%ae/secret",
        "https://dav.example/team/./a",
        "https://dav.example/team/..%c0%af..%c0%afsecret",
        "https://dav.example/team/a%c0%af..",
        "https://dav.example/team/..%C0%2Fsecret",
        "https://dav.example/team/..%c1%9c..%c1%9csecret",
        "https://dav.example/team/..%c1%1csecret",
        "https://dav.example/team/..%e0%80%afsecret",
        "https://dav.example/team/..%e0%81%9csecret",
        "https://dav.example/team/%e0%80%ae%e0%80%ae/secret",
        "https://dav.example/team/..%f0%80%80%afsecret",
        "https://dav.example/team/%f8%80%80%80%ae./secret",
        "https://dav.example/team/..%fc%80%80%80%80%afsecret",
        "https://dav.example/team/a%c0%80",
        "https://dav.example/team/..%25c0%25afsecret",
        "https://dav.example/team/..%u002fsecret",
        "https://dav.example/team/..%u2216secret",
        "https://dav.example/team/..%U2215secret",
        "https://dav.example/team/..%25u005csecret",
        "https://dav.example/team/%u002e%u002E/secret",
        "https://dav.example/team/%uff0e%uff0e%uff0fsecret",
        "https://dav.example/team/..%ef%bc%8fsecret",
        "https://dav.example/team/..%ef%bc%bcsecret",
        "https://dav.example/team/%ef%bc%8e%EF%BC%8E/secret",
        "https://dav.example/team/\uff0e\uff0e/secret",
        "https://dav.example/team/\u6771\uff0f../secret",
        "https://dav.example/team/..\u2215secret",
        "https://dav.example/team/%e2%80%a5/secret",
        "https://dav.example/team/%e2%80%a4./secret",
        "https://dav.example/team/..%c2%a0/secret",
        "https://dav.example/team/..%a0/secret",
        "https://dav.example/team/..%e3%80%80/secret",
        "https://dav.example/team/..\u00a0/secret",
        "https://dav.example/team/.%e2%80%8b./secret",
        "https://dav.example/team/..%ef%bb%bf/secret",
        "https://dav.example/team/%c2%ad../secret",
        "https://dav.example/team/..%e1%9a%80/secret",
        "https://dav.example/team/..%01/secret",
        "https://dav.example/team/..%7f/secret",
        "https://dav.example/team/a%00",
        "https://dav.example/team/a?delete=1",
        "https://dav.example/TEAM/a",
        "/team/a",
        "team/a",
        "",
        "https://[/team/a",
    ],
)
def test_outside(url: str) -> None:
    assert why_outside(TREE, url) != ""


def test_an_escaped_slash_does_not_reach_below_the_tree() -> None:
    """Some servers keep it in a name: /team%2Fdocs/ is then no part of /team/docs/, or the other way round."""
    assert not inside("https://dav.example/team/docs/", "https://dav.example/team%2Fdocs/x")
    assert not inside("https://dav.example/team/docs/", "https://dav.example/team%2fdocs%2fx")
    assert not inside("https://dav.example/team%2Fdocs/", "https://dav.example/team/docs/x")
    assert inside("https://dav.example/team%2Fdocs/", "https://dav.example/team%2fdocs/x")


def test_a_scope_of_one_url_is_not_the_one_with_an_escaped_slash() -> None:
    scope = WriteScope(url="https://dav.example/team/a.txt", below=False)
    assert scope.why_not("UNLOCK", "https://dav.example/team%2Fa.txt") != ""


def test_what_was_typed_counts_as_it_was_typed() -> None:
    odd = "https://dav.example/team/a%5Cb"
    assert inside(odd, odd)
    assert not inside(odd, f"{odd}/c")


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("/../a", "write https://dav.example/a"),
        ("/x/%2e%2E/a?b=..", "write https://dav.example/a?b=.."),
        ("/x/y/./..", "write https://dav.example/x/"),
        ("/.", "write https://dav.example/"),
        ("/x/..%2fa", "write the URL of that place without . and .."),
        ("/x/%252e%252e/a", "write the URL of that place without . and .."),
        ("/x/..%5ca", "write the URL of that place without . and .."),
        ("/x/..;y/a", "write the URL of that place without . and .."),
        ("/x/a%5Cb", None),
        ("/..a/b.../%2f", None),
        ("", None),
    ],
)
def test_dots_in_the_url_to_write_to(path: str, hint: str | None) -> None:
    url = f"https://dav.example{path}"
    if hint is None:
        refuse_dots(url)
    else:
        with pytest.raises(LocalProtocolError) as raised:
            refuse_dots(url)
        assert raised.value.hint == hint


def test_a_scope_of_one_url_is_that_url() -> None:
    scope = WriteScope(url="https://dav.example/team/a.txt", below=False)
    assert scope.why_not("UNLOCK", "https://dav.example/team/%61.txt") == ""
    assert scope.why_not("UNLOCK", "https://dav.example/team/a.txt/b") != ""
    assert scope.why_not("UNLOCK", "https://dav.example/team/") != ""


def test_roots_above_are_for_unlock_alone() -> None:
    scope = WriteScope(url="https://dav.example/team/a.txt", roots=True)
    assert scope.why_not("UNLOCK", "https://dav.example/team/") == ""
    assert scope.why_not("UNLOCK", "https://dav.example/") == ""
    assert scope.why_not("LOCK", "https://dav.example/team/") != ""
    assert scope.why_not("UNLOCK", "https://other.example/team/") != ""
    assert scope.why_not("UNLOCK", "https://dav.example/kids/") != ""


PIECES = (
    "a . .. / % %2 %2e %2f %20 %25 %5c %c3%a9 %c0%ae %e0%80%ae %e0%a4 %3b ; \\ ? # é \u2024 x @ : %41 %00 %7f %E0 %C0"
    " %c0%af %c1%9c %c1 %ef%bc%8f %ef%bc%8e %ef %bc %8f %c2%a0 %a0 \u00a0 \uff0f \uff0e \u6771 %e6%9d%b1 %e1%bb%87 %u"
    " %u2216"
    " %u002e %e3%80%80 %e3%80%81 \u3000 %e2%80%8b \u200b \udca0 %c2%ad \u00ad %f0%9f%94%92 %f0%80%80%af %e1%9a%80"
    " %85 %01 \x01"
)


@given(st.lists(st.sampled_from(PIECES.split(" ")), max_size=12).map("".join))
def test_the_short_way_says_what_the_long_way_says(path: str) -> None:
    url = TREE + path
    long_way = why_outside("https://dav.example:443/team/", url)  # the same tree, which the short way does not know
    assert bool(why_outside(TREE, url)) == bool(long_way)
