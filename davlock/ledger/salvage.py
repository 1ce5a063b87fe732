"""Rows out of a damaged SQLite file: by SQLite first, then from the pages themselves.

The format is that of https://www.sqlite.org/fileformat2.html: section numbers below are from there. Nothing here trusts
a length or a page number of the file, and every row is checked afterwards like any other.
"""

import re
import sqlite3
import struct
from collections.abc import Iterator, Sequence

from davlock.ledger.columns import FEWEST, STORED, completed, names_of
from davlock.ledger.database import most_rows, select_rows, sort_out
from davlock.ledger.entry import NAME

UNREADABLE = (sqlite3.Error, MemoryError, UnicodeError)
"""What sqlite3 raises for a damaged file."""

TRIES = 20_000
"""Row numbers that are tried one by one where SQLite cannot read on."""

LONGEST_CHAIN = 4096
"""Pages that one row, or the list of free pages, can go on over."""

MOST_ORDERS = 8
"""Orders of the columns that are tried: old text of the schema can stay in a page."""

LONGEST_SCHEMA = 16 * 1024
"""Bytes of a CREATE TABLE statement that are read."""

_LEAF = 0x0D
_INDEX_PAGES = {0x0A: 8, 0x02: 12}
"""Bytes of the header of a page of an index (§1.6): a leaf, and one that points to others."""

_HEADER = 100
"""Bytes of the header of the file, in front of the first page's own."""

_WAL_HEADER, _FRAME_HEADER = 32, 24
_INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
"""Bytes of an integer by its serial type (§2.1)."""

_STATEMENT = re.compile(rb"CREATE\s+TABLE[^(]{1,80}\(", re.IGNORECASE)

Row = tuple[int, dict[str, object]]
Record = tuple[int, list[object]]
"""A row as it stands in a page: its number, and its values without their names."""


def rows_by_number(connection: sqlite3.Connection) -> Iterator[Row]:
    """Every row that SQLite can read, past those that it cannot."""
    last, tries = -1, 0
    try:
        most = most_rows(connection)
    except UNREADABLE:
        return  # the file is no database any more
    for _ in range(most + TRIES):
        if tries == TRIES:
            return
        try:
            row = next(select_rows(connection, where=f"WHERE rowid > {last} ORDER BY rowid LIMIT 1"), None)
        except UNREADABLE:
            last, tries = last + 1, tries + 1
            continue
        if row is None:
            return
        if row[0] <= last:  # a damaged page leads back
            last, tries = last + 1, tries + 1
            continue
        yield row
        last = row[0]


def rows_in_pages(data: bytes, log: bytes = b"") -> Iterator[Row]:
    """Every row in the pages of a file, with the newest pages of its write-ahead log. Pages that are free are left out
    if the file says which they are.

    The order of the columns is that of the CREATE TABLE in the file. Where that text is damaged or old, the order
    under which most rows are whole counts.
    """
    pages, used = _pages(data, log)
    records = [record for number in used for record in _records(pages, number)]
    best: tuple[int, list[Row]] = (-1, [])
    for order in _orders(records, [pages[number] for number in used]):
        rows = [
            (number, completed(dict(zip(order, values, strict=False))))
            for number, values in records
            if FEWEST <= len(values) <= len(order)
        ]
        whole = len(sort_out(iter(rows)).entries)
        if whole > best[0]:
            best = whole, rows
    yield from best[1]


def count_in_index(data: bytes, log: bytes = b"") -> int:
    """How many rows the index of run ids lists: also those whose own page cannot be read."""
    pages, used = _pages(data, log)
    return sum(_listed(pages[number], _HEADER if number == 1 else 0) for number in used)


def _pages(data: bytes, log: bytes) -> tuple[dict[int, bytes], list[int]]:
    """All pages by their numbers, and the numbers of those that are in use."""
    size = _page_size(data)
    pages = {number: data[at : at + size] for number, at in enumerate(range(0, len(data), size), 1)}
    pages.update(_pages_in_log(log))
    free = _free_pages(pages)
    return pages, [number for number in sorted(pages) if number not in free]


def _records(pages: dict[int, bytes], number: int) -> Iterator[Record]:
    """What the page holds, if it is a leaf of a table."""
    page = pages[number]
    at = _HEADER if number == 1 else 0
    if len(page) < at + 8 or page[at] != _LEAF:
        return
    (cells,) = struct.unpack_from(">H", page, at + 3)
    for cell in range(cells):
        record = _record(pages, page, at + 8 + 2 * cell)
        if record is not None:
            yield record


def _listed(page: bytes, at: int) -> int:
    """The run ids in one page of the index."""
    header = _INDEX_PAGES.get(page[at]) if len(page) >= at + 12 else None
    if header is None:
        return 0
    (cells,) = struct.unpack_from(">H", page, at + 3)
    count = 0
    for cell in range(cells):
        try:
            (start,) = struct.unpack_from(">H", page, at + header + 2 * cell)
            length, start = _varint(page, start + header - 8)  # a pointer to a page comes first where there is one
            values = _values(page[start : start + length])
        except (struct.error, IndexError, ValueError):
            continue
        count += len(values) == 2 and isinstance(values[0], str) and NAME.fullmatch(values[0]) is not None
    return count


def _orders(records: Sequence[Record], pages: Sequence[bytes]) -> list[tuple[str, ...]]:
    """In which order the columns may be: that of the schema first, and davlock's own last."""
    texts = [str(values[4]) for _, values in records if len(values) == 5 and values[:2] == ["table", "locks"]]
    texts += [text for page in pages for text in _statements(page)]
    orders = [names_of(columns) for text in texts[:MOST_ORDERS] if (columns := columns_in(text))]
    return list(dict.fromkeys([*orders, STORED]))


def _statements(page: bytes) -> Iterator[str]:
    """Each CREATE TABLE in the page up to its last parenthesis, also where the cell around it is damaged."""
    for match in _STATEMENT.finditer(page):
        depth = 1
        for at in range(match.end(), min(len(page), match.start() + LONGEST_SCHEMA)):
            depth += {0x28: 1, 0x29: -1}.get(page[at], 0)
            if depth == 0:
                yield page[match.start() : at + 1].decode(errors="replace")
                break


def columns_in(statement: str) -> tuple[str, ...]:
    """The columns that a CREATE TABLE makes, as SQLite reads it; none where it does not make the table of locks."""
    if len(statement) > LONGEST_SCHEMA:
        return ()
    connection = sqlite3.connect(":memory:")
    try:
        connection.set_authorizer(_allow_a_table_alone)
        connection.execute(statement)
        return tuple(str(name) for _, name, *_ in connection.execute("PRAGMA table_info(locks)"))
    except (*UNREADABLE, ValueError):
        return ()
    finally:
        connection.close()


def _allow_a_table_alone(action: int, *_: object) -> int:
    """The statement comes from the file: it must not select, call or attach anything."""
    return sqlite3.SQLITE_OK if action in _TO_MAKE_A_TABLE else sqlite3.SQLITE_DENY


_TO_MAKE_A_TABLE = {
    *(sqlite3.SQLITE_CREATE_TABLE, sqlite3.SQLITE_CREATE_INDEX, sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE),
    *(sqlite3.SQLITE_READ, sqlite3.SQLITE_PRAGMA),
}


def _page_size(data: bytes) -> int:
    """§1.3.2; 4096, as davlock's own files have it, where the header is damaged."""
    size = int.from_bytes(data[16:18], "big")
    size = 65536 if size == 1 else size
    return size if size >= 512 and size & (size - 1) == 0 else 4096


def _pages_in_log(log: bytes) -> dict[int, bytes]:
    """The pages of finished transactions (§4.1)."""
    if len(log) < _WAL_HEADER:
        return {}
    size, salt = int.from_bytes(log[8:12], "big"), log[16:24]
    if not 512 <= size <= 65536:
        return {}
    pages: dict[int, bytes] = {}
    pending: dict[int, bytes] = {}
    for at in range(_WAL_HEADER, len(log) - _FRAME_HEADER - size + 1, _FRAME_HEADER + size):
        number, committed = struct.unpack_from(">II", log, at)
        if log[at + 8 : at + 16] != salt:
            break
        pending[number] = log[at + _FRAME_HEADER : at + _FRAME_HEADER + size]
        if committed:
            pages.update(pending)
            pending.clear()
    return pages


def _free_pages(pages: dict[int, bytes]) -> set[int]:
    """§1.5."""
    free: set[int] = set()
    trunk = int.from_bytes(pages.get(1, b"")[32:36], "big")
    for _ in range(LONGEST_CHAIN):
        page = pages.get(trunk, b"")
        if trunk <= 1 or trunk in free or len(page) < 8:
            break
        after, count = struct.unpack_from(">II", page)
        if 8 + 4 * count > len(page):
            break  # it is not a record
        free |= {trunk, *struct.unpack_from(f">{count}I", page, 8)}
        trunk = after
    return free


def _record(pages: dict[int, bytes], page: bytes, pointer: int) -> Record | None:
    """What stands in one cell of a leaf (§1.6); ``None`` where it cannot be read."""
    try:
        (at,) = struct.unpack_from(">H", page, pointer)
        length, at = _varint(page, at)
        number, at = _varint(page, at)
        return number, _values(_payload(pages, page, at, length))
    except (struct.error, IndexError, ValueError):
        return None


def _payload(pages: dict[int, bytes], page: bytes, at: int, length: int) -> bytes:
    """What a cell holds, with the pages that it goes on over. Raises ValueError where they are not there."""
    usable = len(page) - pages[1][20] if len(pages.get(1, b"")) > 20 else len(page)
    most = usable - 35
    local = length
    if length > most:
        least = (usable - 12) * 32 // 255 - 23
        fits = least + (length - least) % (usable - 4)
        local = fits if fits <= most else least
    payload = page[at : at + local]
    after = int.from_bytes(page[at + local : at + local + 4], "big") if length > local else 0
    for _ in range(LONGEST_CHAIN):
        if len(payload) >= length:
            return payload
        more = pages.get(after, b"")
        after = int.from_bytes(more[:4], "big")
        if len(more) <= 4:
            break
        payload += more[4 : 4 + min(usable - 4, length - len(payload))]
    raise ValueError("the row goes on where no page is")


def _values(payload: bytes) -> list[object]:
    """The columns of a record (§2.1). Raises IndexError or ValueError if it is not a record."""
    end, at = _varint(payload, 0)
    kinds = []
    while at < end:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    values: list[object] = []
    at = end
    for kind in kinds:
        value, at = _value(payload, at, kind)
        values.append(value)
    return values


def _value(payload: bytes, at: int, kind: int) -> tuple[object, int]:
    if kind == 0:
        return None, at
    if kind in (8, 9):
        return kind - 8, at
    length = _INTEGERS.get(kind) or (8 if kind == 7 else (kind - 12) // 2)
    data = payload[at : at + length]
    if length < 0 or len(data) < length:
        raise ValueError("the value ends beyond the row")
    if kind in _INTEGERS:
        return int.from_bytes(data, "big", signed=True), at + length
    if kind == 7:
        return struct.unpack(">d", data)[0], at + length
    try:
        return (data.decode() if kind % 2 else data), at + length
    except UnicodeDecodeError:
        return data, at + length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of up to nine bytes, and what comes after it."""
    number = 0
    for position in range(9):
        byte = data[at + position]
        if position == 8:
            return number << 8 | byte, at + 9
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            break
    return number, at + position + 1
