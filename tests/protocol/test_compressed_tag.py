"""Entity tags that differ in nothing but compression."""

import pytest

from davlock.protocol.compressed_tag import content_tag, is_compressed, parse_suffixed_list, same_content
from davlock.protocol.headers import parse_etag

PLAIN = parse_etag('"abc-1f"')

COMPRESSED = [
    '"abc-1f-gzip"',
    '"abc-1f--gzip"',
    '"abc-1f;gzip"',
    '"abc-1f:gzip"',
    '"abc-1f.gzip"',
    '"abc-1f-br"',
    '"abc-1f--br"',
    '"abc-1f;br"',
    '"abc-1f-zstd"',
    '"abc-1f-x-gzip"',
    '"abc-1f-bzip2"',
    '"abc-1f-GZIP"',
    '"abc-1f-gzip-gzip"',
    'W/"abc-1f-gzip"',
    'W/"abc-1f;br"',
]


@pytest.mark.parametrize("text", COMPRESSED)
def test_a_compressed_answer_has_the_same_content(text: str) -> None:
    assert same_content(PLAIN, parse_etag(text))
    assert same_content(parse_etag(text), PLAIN)
    assert is_compressed(parse_etag(text))


def test_a_weak_tag_has_the_same_content() -> None:
    assert same_content(PLAIN, parse_etag('W/"abc-1f"'))
    assert not is_compressed(parse_etag('W/"abc-1f"'))


@pytest.mark.parametrize("text", ['"abc-2f"', '"abc-2f-gzip"', '"abc-1fgzip"', '"abc-1f-gz"', '"gzip"', '"-gzip"'])
def test_another_tag_has_another_content(text: str) -> None:
    assert not same_content(PLAIN, parse_etag(text))


def test_a_tag_that_is_a_suffix_alone_keeps_its_text() -> None:
    assert content_tag(parse_etag('"-gzip"')) == "-gzip"


@pytest.mark.parametrize("text", ['"abc"-gzip', '"abc";br', '"abc"--gzip, "d"'])
def test_a_suffix_behind_the_quote_is_read_as_one_before_it(text: str) -> None:
    condition = parse_suffixed_list(text)
    assert content_tag(condition.tags[0]) == "abc"
    assert is_compressed(condition.tags[0])


def test_many_suffixes_are_taken_off_in_little_time() -> None:
    many = ";gzip" * 200_000  # minutes, if each of them were looked for from the beginning
    assert content_tag(parse_etag(f'"abc-1f{many}"')) == "abc-1f"
    assert content_tag(parse_etag(f'"{many}"')) == many
    assert not is_compressed(parse_etag(f'"{many}x"'))
