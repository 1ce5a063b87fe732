"""A list for people before it is drawn: rows, what all of them have in common, and what to read last.

It knows no terminal. :mod:`davlock.render.draw_rows` draws it with rich; a page in HTML or Markdown can do the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import unquote

from davlock.protocol.url import origin, path_of, same_origin, same_resource
from davlock.protocol.visible import columns, visible
from davlock.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RowColumn:
    """One column. It is left out where no row has anything in it.

    ``common`` are the words for the head where all rows have the same, with ``{}`` for it: ``depth {}``. A column
    without them stays. ``whole``: its cells are never folded. ``right``: they end at the same place. ``good`` and
    ``bad`` are how cells begin that are good or bad news.

    On a narrow terminal, a ``spare`` column goes first, ``dated`` cells lose the year, and a ``path`` is folded behind
    a slash.
    """

    title: str
    common: str = ""
    whole: bool = False
    right: bool = False
    spare: bool = False
    dated: bool = False
    path: bool = False
    good: str = ""
    bad: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowList:
    """``head`` says what is listed, ``foot`` what to read at the end.

    ``lines`` stand below the rows, never wrapped: what a person copies. ``commands`` are argument lists, to be printed
    whole below everything. ``heavy`` lists have a line below the titles.
    """

    head: str = ""
    columns: tuple[RowColumn, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    lines: Iterable[str] = ()
    foot: tuple[str, ...] = ()
    commands: tuple[tuple[str, ...], ...] = ()
    heavy: bool = True


def row_list(
    columns: Sequence[RowColumn],
    rows: Iterable[Sequence[str]],
    *,
    head: str = "",
    lines: Iterable[str] = (),
    foot: Iterable[str] = (),
    commands: Iterable[tuple[str, ...]] = (),
    heavy: bool = True,
) -> RowList:
    """Returns a list without empty columns; what is the same in all rows stands in brackets in the head.

    A row that has only its first cell, such as a folder in a tree, does not count.
    """
    cells = [tuple(row) for row in rows]
    kept: list[int] = []
    shared: list[str] = []
    for place, column in enumerate(columns):
        different = {row[place] for row in cells if any(row[1:])}
        if column.common and head and len(different) == 1 and different != {""}:
            shared.append(column.common.format(*different))
        elif any(different):
            kept.append(place)
    return RowList(
        head=f"{head} ({', '.join(shared)})" if shared else head,
        columns=tuple(columns[place] for place in kept),
        rows=tuple(tuple(row[place] for place in kept) for row in cells),
        lines=lines,
        foot=tuple(foot),
        commands=tuple(commands),
        heavy=heavy,
    )


@dataclass(frozen=True, slots=True)
class AlignedLines:
    """A line for each pair, the second parts below each other, made as it is asked for: a token can be long."""

    pairs: tuple[tuple[str, str], ...]

    def __iter__(self) -> Iterator[str]:
        width = max((columns(visible(first)) for first, _ in self.pairs), default=0)
        for first, second in self.pairs:
            yield f"{first}{' ' * (width - columns(visible(first)))}  {second}"


# -- paths


def place_below(url: str, target: str | None) -> str:
    """Returns ``url`` as a person reads it below ``target``: a relative path, or ``./`` for the target itself.

    Elsewhere on the same server it is an absolute path, on another server the whole URL. Names are decoded, unless
    that would change where they end.
    """
    if not target:
        return url
    above = target.rstrip("/") + "/"
    if url.startswith(above):
        return decoded_path(url[len(above) :]) or "./"
    if same_resource(url, target):
        return "./"
    return decoded_path(path_of(url)) if same_origin(url, target) else url


def file_or_place(url: str, target: str | None) -> str:
    """As :func:`place_below`; the target itself has its name where it is no folder."""
    place = place_below(url, target)
    return last_name(url) if place == "./" and target and not url.endswith("/") and not target.endswith("/") else place


def common_folder(urls: Sequence[str]) -> str:
    """Returns the deepest collection that all ``urls`` are in; empty if they are on several servers, or there are none.

    A collection is in the one above it.
    """
    if not urls or any(not same_origin(url, urls[0]) for url in urls):
        return ""
    paths = [path_of(url).rstrip("/").split("/")[:-1] for url in urls]
    shared = next((place for place, names in enumerate(zip(*paths)) if len(set(names)) > 1), min(map(len, paths)))  # noqa: B905
    return origin(urls[0]) + "/".join(paths[0][:shared]) + "/"


def last_name(url: str) -> str:
    """Returns the last name of a URL, decoded, with the slash of a collection; the URL itself where it has none."""
    path = path_of(url)
    name = path.rstrip("/").rpartition("/")[2]
    return decoded_path(name) + ("/" if path.endswith("/") else "") if name else url


def decoded_path(path: str) -> str:
    """Returns ``path`` with its names decoded where that leaves them readable and whole."""
    return "/".join(map(_plain_name, path.split("/"))) if "%" in path else path


def _plain_name(name: str) -> str:
    try:
        plain = unquote(name, errors="strict")
    except UnicodeDecodeError:
        return name
    return plain if plain.isprintable() and not any(sign in plain for sign in "/%?#") else name
