"""The locks of a tree with the session of webdav-rfc4918, a collection after the other. ``URL``"""

import sys
from urllib.parse import urljoin

from webdav.session import Session

todo, locks = [sys.argv[1]], 0
with Session() as session:
    while todo:
        here = todo.pop()
        for one in session.propfind(here, depth=1, props=["resourcetype", "lockdiscovery"]).multistatus.entries:
            locks += len(one.properties.active_locks)
            href = urljoin(here, one.href)
            if one.properties.collection and href != here:
                todo.append(href)
print(locks, "locks")
