"""The locks of a tree with http.client and lxml, in threads with a connection each. ``URL THREADS``"""

import http.client
import queue
import sys
import threading
from urllib.parse import urlsplit

from lxml import etree

BODY = (
    b'<?xml version="1.0"?><D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/><D:lockdiscovery/></D:prop></D:propfind>'
)

url = urlsplit(sys.argv[1])
todo: queue.Queue[str] = queue.Queue()
counts: list[int] = []


def work() -> None:
    connection = http.client.HTTPConnection(url.netloc)
    while True:
        here = todo.get()
        connection.request("PROPFIND", here, BODY, {"Depth": "1", "Content-Type": "application/xml"})
        root = etree.fromstring(connection.getresponse().read())
        counts.append(sum(1 for _ in root.iter("{DAV:}activelock")))
        for element in root.iterfind("{DAV:}response"):
            href = element.findtext("{DAV:}href") or ""
            if element.find(".//{DAV:}collection") is not None and href != here:
                todo.put(href)
        todo.task_done()


todo.put(url.path)
for _ in range(int(sys.argv[2])):
    threading.Thread(target=work, daemon=True).start()
todo.join()
print(sum(counts), "locks")
