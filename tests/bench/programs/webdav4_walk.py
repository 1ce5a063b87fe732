"""All of a tree with the client of webdav4, a collection after the other; it reads no locks. ``URL``"""

import sys
from urllib.parse import urljoin, urlsplit

from webdav4.client import Client

base = urljoin(sys.argv[1], "/")
client = Client(base)
todo, resources = [urlsplit(sys.argv[1]).path.strip("/")], 1
while todo:
    for one in client.ls(todo.pop()):
        resources += 1
        if one["type"] == "directory":
            todo.append(one["name"])
print(resources, "resources")
