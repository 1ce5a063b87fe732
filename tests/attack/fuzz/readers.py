"""All readers that are attacked, by name."""

from tests.attack.fuzz import of_headers
from tests.attack.fuzz.reader import Reader

READERS: dict[str, Reader] = {reader.name: reader for reader in (*of_headers.READERS,)}
