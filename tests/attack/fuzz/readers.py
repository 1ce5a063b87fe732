"""All readers that are attacked, by name."""

from tests.attack.fuzz import of_bodies, of_captures, of_files, of_headers, of_words
from tests.attack.fuzz.reader import Reader

READERS: dict[str, Reader] = {
    reader.name: reader
    for reader in (*of_headers.READERS, *of_bodies.READERS, *of_captures.READERS, *of_words.READERS, *of_files.READERS)
}
