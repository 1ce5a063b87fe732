"""The If header: RFC 4918's own examples, what must be refused and where, and what it says of a resource."""

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from davlock.errors import LocalProtocolError
from davlock.protocol.headers import EntityTag
from davlock.protocol.if_header import (
    NO_LOCK,
    UNMAPPED,
    Condition,
    IfHeader,
    IfList,
    IfSyntaxError,
    Mismatch,
    ResourceState,
    parse_if,
)
from davlock.protocol.lock import LockToken

T1 = LockToken("urn:uuid:181d4fae-7d8c-11d0-a765-00a0c91e6bf2")
T2 = LockToken("urn:uuid:58f202ac-22cf-11d1-b12d-002035b29092")


def held(token: LockToken) -> Condition:
    return Condition(False, token)


def tag(value: str, *, weak: bool = False, negated: bool = False) -> Condition:
    return Condition(negated, etag=EntityTag(value, weak))


def lists(*found: tuple[str | None, list[Condition]]) -> IfHeader:
    return IfHeader(tuple(IfList(resource, tuple(conditions)) for resource, conditions in found))


VALID = [
    (
        "RFC 4918 §10.4.6: no-tag lists",
        f'(<{T1}>\r\n ["I am an ETag"])\r\n (["I am another ETag"])',
        lists((None, [held(T1), tag("I am an ETag")]), (None, [tag("I am another ETag")])),
    ),
    (
        "RFC 4918 §10.4.7: Not",
        f"(Not <{T1}>\r\n <{T2}>)",
        lists((None, [Condition(True, T1), held(T2)])),
    ),
    (
        "RFC 4918 §10.4.8: a list that is always true",
        f"(<{T1}>)\r\n (Not <DAV:no-lock>)",
        lists((None, [held(T1)]), (None, [Condition(True, NO_LOCK)])),
    ),
    (
        "RFC 4918 §10.4.9: tagged lists",
        f'</resource1>\r\n (<{T1}>\r\n [W/"A weak ETag"]) (["strong ETag"])',
        lists(("/resource1", [held(T1), tag("A weak ETag", weak=True)]), ("/resource1", [tag("strong ETag")])),
    ),
    (
        "RFC 4918 §10.4.10: a lock token of a collection",
        f"<http://www.example.com/specs/>\r\n (<{T1}>)",
        lists(("http://www.example.com/specs/", [held(T1)])),
    ),
    (
        "RFC 4918 §10.4.11: an unmapped URL",
        '</specs/rfc2518.doc> (["4217"])',
        lists(("/specs/rfc2518.doc", [tag("4217")])),
    ),
    (
        "RFC 4918 §10.4.11: the same, negated",
        '</specs/rfc2518.doc> (Not ["4217"])',
        lists(("/specs/rfc2518.doc", [tag("4217", negated=True)])),
    ),
    (
        "no white space at all",
        '</a>(<t:1>["e"])(Not<t:2>)',
        lists(("/a", [held(LockToken("t:1")), tag("e")]), ("/a", [Condition(True, LockToken("t:2"))])),
    ),
    ("white space around every word", " \t( <t:1> )\r\n", lists((None, [held(LockToken("t:1"))]))),
    (
        "literals compare without case (RFC 2616 §2.1)",
        '(nOT <t:1> not[w/"e"])',
        lists((None, [Condition(True, LockToken("t:1")), tag("e", weak=True, negated=True)])),
    ),
    (
        "two resources",
        "</a> (<t:1>) </b> (<t:2>)",
        lists(("/a", [held(LockToken("t:1"))]), ("/b", [held(LockToken("t:2"))])),
    ),
    ("rclone's token is a number", "(<1795350197>)", lists((None, [held(LockToken("1795350197"))]))),
    (
        "an entity tag without quotes, as clients copy it from WsgiDAV",
        "([2181754-1795350206-6])",
        lists((None, [tag("2181754-1795350206-6")])),
    ),
    ("brackets inside an entity tag", '(["a]b)"] [""])', lists((None, [tag("a]b)"), tag("")]))),
    ("w/ in lower case before blanks", '([w/"a b"])', lists((None, [tag("a b", weak=True)]))),
    (
        "a resource tag that was not escaped",
        "</Übersicht.odt> (<t:1>)",
        lists(("/Übersicht.odt", [held(LockToken("t:1"))])),
    ),
]


@pytest.mark.parametrize(("text", "header"), [row[1:] for row in VALID], ids=[row[0] for row in VALID])
def test_valid(text: str, header: IfHeader) -> None:
    assert parse_if(text) == header
    assert parse_if(str(header)) == header


INVALID = [
    ("empty", "", 0, "'(' or '<'"),
    ("white space only", "  ", 2, "'(' or '<'"),
    ("a word", "garbage", 0, "'(' or '<'"),
    ("an empty list", "()", 1, "state token"),
    ("an empty list after a good one", "(<t:1>) ()", 9, "entity tag"),
    ("a token without brackets", "(opaquelocktoken:1)", 1, "state token '<…>'"),
    ("Not before nothing", "(Not)", 1, "state token"),
    ("Not before the end of the list", "(Not )", 5, "state token"),
    ("Not twice", "(Not Not <t:1>)", 5, "state token"),
    ("Not that is the start of a word", "(Nothing)", 1, "state token"),
    ("a list that does not end", "(<t:1>", 6, "or ')'"),
    ("a token that does not end", "(<t:1)", 1, "without white space"),
    ("a token with white space", "(<t: 1>)", 1, "without white space"),
    ("an empty token", "(<>)", 1, "without white space"),
    ("an entity tag that does not end", '(["e)', 1, "entity tag"),
    ("white space between bracket and entity tag", '([ "e" ])', 1, "without white space"),
    ("an empty entity tag without quotes", "([])", 1, "entity tag"),
    ("an empty resource tag", "<>", 0, "resource tag"),
    ("a resource tag with no list", "</a>", 4, "'('"),
    ("two resource tags in a row", "</a> </b> (<t:1>)", 5, "'('"),
    ("a resource tag at the end", "</a> (<t:1>) </b>", 17, "'('"),
    ("untagged, then tagged", "(<t:1>) </b> (<t:2>)", 8, "have no tag"),
    ("junk after an untagged list", "(<t:1>) junk", 8, "'(' or the end"),
    ("junk after a tagged list", "</a> (<t:1>) junk", 13, "'(', '<' or the end"),
    ("a closing parenthesis too many", "(<t:1>))", 7, "'(' or the end"),
    ("two headers joined (§10.4.2 allows one)", "(<t:1>), (<t:2>)", 7, "the end"),
    ("a control character in a token", "(<t:\x1b1>)", 1, "state token"),
]


@pytest.mark.parametrize(
    ("text", "position", "expected"), [row[1:] for row in INVALID], ids=[row[0] for row in INVALID]
)
def test_invalid(text: str, position: int, expected: str) -> None:
    with pytest.raises(IfSyntaxError) as caught:
        parse_if(text)
    assert caught.value.position == position
    assert expected in caught.value.expected
    assert caught.value.where == "If"
    assert str(position) in caught.value.why


def test_the_message_says_what_was_found() -> None:
    with pytest.raises(IfSyntaxError, match=r"^If: expected '\(' or '<' at character 0, found 'garbage'$"):
        parse_if("garbage")
    with pytest.raises(IfSyntaxError, match=r"at character 6, found the end$"):
        parse_if("(<t:1>")


def test_untagged_gives_each_token_its_own_list() -> None:
    header = IfHeader.untagged(T1, T2, T1)
    assert str(header) == f"(<{T1}>) (<{T2}>)"
    assert not header.tagged


def test_tagged_lists_share_one_tag() -> None:
    header = IfHeader.tagged_with("https://dav.example/a%20b", T1, T2)
    assert str(header) == f"<https://dav.example/a%20b> (<{T1}>) (<{T2}>)"
    assert header.tagged


def test_headers_for_two_resources_add_up() -> None:
    header = IfHeader.tagged_with("/a", T1) + IfHeader.tagged_with("/b", T2) + IfHeader.tagged_with("/a", T2)
    assert str(header) == f"</a> (<{T1}>) </b> (<{T2}>) </a> (<{T2}>)"
    assert parse_if(str(header)) == header


INJECTIONS = [
    "",
    "t:1>) (Not <DAV:no-lock",
    "a<b",
    "a b",
    "a\tb",
    "a\r\nX-Evil: 1",
    "a\nb",
    "a\x00b",
    "a\x1bb",
    "a\x7fb",
    "a\x85b",
    "a\u2028b",
]


@pytest.mark.parametrize("text", [*INJECTIONS, "tökén"])
def test_what_would_break_the_header_cannot_be_built(text: str) -> None:
    with pytest.raises(LocalProtocolError):
        IfHeader.untagged(LockToken(text))
    with pytest.raises(LocalProtocolError):
        IfHeader.tagged_with(text, T1)


@pytest.mark.parametrize("text", INJECTIONS)
def test_nor_in_parts(text: str) -> None:
    with pytest.raises(LocalProtocolError):
        Condition(True, LockToken(text))
    with pytest.raises(LocalProtocolError):
        IfList(text, (held(T1),))


def test_headers_that_have_no_meaning_cannot_be_built() -> None:
    with pytest.raises(LocalProtocolError, match="either"):
        Condition(False)
    with pytest.raises(LocalProtocolError, match="either"):
        Condition(False, T1, EntityTag("e"))
    with pytest.raises(LocalProtocolError, match="needs a condition"):
        IfList(None, ())
    with pytest.raises(LocalProtocolError, match="needs a list"):
        IfHeader.untagged()
    with pytest.raises(LocalProtocolError, match="both tagged and untagged"):
        IfHeader.untagged(T1) + IfHeader.tagged_with("/a", T1)


def test_submitted_tokens() -> None:
    header = parse_if(f'</a> (<{T2}> ["e"]) (Not <urn:x>) </b> (<{T1}>) (<{T2}>) (<DAV:no-lock>) (Not <DAV:no-lock>)')
    assert header.tokens == (T2, T1)


LOCKED = ResourceState(frozenset({T1.uri}), EntityTag("e"))
UNLOCKED = ResourceState(frozenset(), EntityTag("e"))
WEAK = ResourceState(frozenset(), EntityTag("e", weak=True))

EVALUATED = [
    ("the token is held", f"(<{T1}>)", LOCKED, True, []),
    ("another token is held", f"(<{T2}>)", LOCKED, False, [(0, 0, Mismatch.TOKEN_NOT_HELD)]),
    ("tokens compare byte for byte", f"(<{T1.uri.upper()}>)", LOCKED, False, [(0, 0, Mismatch.TOKEN_NOT_HELD)]),
    ("nothing is held", f"(<{T1}>)", UNLOCKED, False, [(0, 0, Mismatch.TOKEN_NOT_HELD)]),
    ("Not, and it is held", f"(Not <{T1}>)", LOCKED, False, [(0, 0, Mismatch.TOKEN_HELD)]),
    ("Not, and it is not held", f"(Not <{T2}>)", LOCKED, True, []),
    ("the entity tag matches", '(["e"])', LOCKED, True, []),
    ("the entity tag differs", '(["f"])', LOCKED, False, [(0, 0, Mismatch.ETAG_DIFFERS)]),
    ("Not, and the entity tag matches", '(Not ["e"])', LOCKED, False, [(0, 0, Mismatch.ETAG_MATCHES)]),
    ("Not, and the entity tag differs", '(Not ["f"])', LOCKED, True, []),
    ("weakness does not matter", '(["e"] [W/"e"])', WEAK, True, []),
    ("no entity tag", '(["e"])', UNMAPPED, False, [(0, 0, Mismatch.NO_ETAG)]),
    ("one list of two is enough", f'(<{T2}>) (["e"])', LOCKED, True, [(0, 0, Mismatch.TOKEN_NOT_HELD)]),
    ("every condition of a list counts", f'(<{T1}> ["f"])', LOCKED, False, [(0, 1, Mismatch.ETAG_DIFFERS)]),
    (
        "each failure says where it is",
        f'(<{T1}> Not ["e"] <{T2}>) (<DAV:no-lock> ["f"])',
        LOCKED,
        False,
        [
            (0, 1, Mismatch.ETAG_MATCHES),
            (0, 2, Mismatch.TOKEN_NOT_HELD),
            (1, 0, Mismatch.NO_LOCK),
            (1, 1, Mismatch.ETAG_DIFFERS),
        ],
    ),
    (
        "DAV:no-lock is never held",
        "(<DAV:no-lock>)",
        ResourceState(frozenset({"DAV:no-lock"})),
        False,
        [(0, 0, Mismatch.NO_LOCK)],
    ),
    (
        "Not DAV:no-lock is always true",
        f"(<{T2}>) (Not <DAV:no-lock>)",
        UNMAPPED,
        True,
        [(0, 0, Mismatch.TOKEN_NOT_HELD)],
    ),
]


@pytest.mark.parametrize(
    ("text", "state", "true", "failures"), [row[1:] for row in EVALUATED], ids=[r[0] for r in EVALUATED]
)
def test_evaluate(text: str, state: ResourceState, true: bool, failures: list[tuple[int, int, Mismatch]]) -> None:
    header = parse_if(text)
    result = header.evaluate(lambda resource: state)
    assert result.true is true
    assert [(f.list_index, f.condition_index, f.why) for f in result.failures] == failures
    for failure in result.failures:
        assert failure.condition == header.lists[failure.list_index].conditions[failure.condition_index]


def test_a_strong_comparison_refuses_weak_tags() -> None:
    result = parse_if('(["e"])').evaluate({None: WEAK}, strong=True)
    assert not result.true
    assert [failure.why for failure in result.failures] == [Mismatch.ETAG_WEAK]
    assert parse_if('(["e"])').evaluate({None: LOCKED}, strong=True).true
    assert parse_if('(Not [W/"e"])').evaluate({None: LOCKED}, strong=True).true


def test_each_list_is_judged_by_its_own_resource() -> None:
    header = parse_if(f"</a> (<{T1}>) </b> (<{T1}>) </c> (Not <{T1}>)")
    asked: list[str | None] = []

    def state(resource: str | None) -> ResourceState:
        asked.append(resource)
        return LOCKED if resource == "/b" else UNLOCKED

    result = header.evaluate(state)
    assert asked == ["/a", "/b", "/c"]
    assert result.true
    assert [failure.list_index for failure in result.failures] == [0]


def test_an_unmapped_url_has_no_state() -> None:
    """RFC 4918 §10.4.11's examples: false, and true with Not."""
    assert not parse_if('</specs/rfc2518.doc> (["4217"])').evaluate({}).true
    assert parse_if('</specs/rfc2518.doc> (Not ["4217"])').evaluate({}).true


_URI = st.text(st.sampled_from(string.ascii_letters + string.digits + ":/?#@!$&'()*+,;=-._~%[]"), min_size=1)
_TOKENS = st.builds(LockToken, _URI | st.just("DAV:no-lock"))
_ETAGS = st.builds(
    EntityTag, st.text(st.characters(exclude_characters='"\x7f', exclude_categories=["Cc", "Cs"])), st.booleans()
)
_CONDITIONS = st.builds(Condition, st.booleans(), _TOKENS) | st.builds(Condition, st.booleans(), etag=_ETAGS)


def _lists(resources: st.SearchStrategy[str | None]) -> st.SearchStrategy[IfHeader]:
    one = st.builds(IfList, resources, st.lists(_CONDITIONS, min_size=1, max_size=4).map(tuple))
    return st.builds(IfHeader, st.lists(one, min_size=1, max_size=4).map(tuple))


@given(_lists(st.none()) | _lists(st.sampled_from(["/a", "/b"]) | _URI))
def test_every_header_parses_back_equal(header: IfHeader) -> None:
    assert parse_if(str(header)) == header


@given(st.text() | st.text(st.sampled_from('<>()[]"Notw/ \t\r\n,a:é\x00')))
@example('([w/"a b"])')
@example("(" * 5000)
@example("(<t:1>)" * 2000)
def test_any_text_is_a_header_that_parses_back_or_a_syntax_error(text: str) -> None:
    try:
        header = parse_if(text)
    except IfSyntaxError as error:
        at = error.position
    else:
        at = 0
        assert parse_if(str(header)) == header
    assert 0 <= at <= len(text)


@given(st.text())
def test_no_token_can_add_a_line_or_a_list(text: str) -> None:
    try:
        header = IfHeader.untagged(LockToken(text))
    except LocalProtocolError:
        return
    assert str(header).isprintable()
    assert parse_if(str(header)) == header


@pytest.mark.parametrize("tag", ["\x85a", "\u2028", "\xa0"])
def test_an_entity_tag_that_begins_with_what_looks_like_white_space(tag: str) -> None:
    """HTTP knows blank and tab alone."""
    header = parse_if(f"(<urn:a> [{tag}])")
    (condition,) = (condition for condition in header.lists[0].conditions if condition.etag is not None)
    assert condition.etag == EntityTag(tag)
    assert parse_if(str(header)) == header
