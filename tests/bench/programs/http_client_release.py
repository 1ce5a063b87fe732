"""Release the locks of a collection with http.client, in threads; each is read before and after. ``URL THREADS``"""

import http.client
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import local
from urllib.parse import urlsplit

from lxml import etree

BODY = b'<?xml version="1.0"?><D:propfind xmlns:D="DAV:"><D:prop><D:lockdiscovery/></D:prop></D:propfind>'

url = urlsplit(sys.argv[1])
threads = local()


def ask(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """The body of the answer."""
    if not hasattr(threads, "connection"):
        threads.connection = http.client.HTTPConnection(url.netloc)
    connection: http.client.HTTPConnection = threads.connection
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    return connection.getresponse().read()


def tokens(path: str, depth: str) -> dict[str, str]:
    """The locks, by path."""
    root = etree.fromstring(ask("PROPFIND", path, BODY, Depth=depth))
    found = {}
    for element in root.iterfind("{DAV:}response"):
        token = element.findtext(".//{DAV:}locktoken/{DAV:}href")
        if token is not None:
            found[element.findtext("{DAV:}href") or ""] = token
    return found


def release(path: str) -> bool:
    """Whether the lock is gone."""
    token = tokens(path, "0")[path]
    ask("UNLOCK", path, Lock_Token=f"<{token}>")
    return not tokens(path, "0")


with ThreadPoolExecutor(int(sys.argv[2])) as pool:
    print(sum(pool.map(release, tokens(url.path, "1"))), "locks released")
