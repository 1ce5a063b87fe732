"""The locks of one URL with http.client and lxml, nothing else: the least that Python does. ``URL``"""

import http.client
import json
import sys
from urllib.parse import urlsplit

from lxml import etree

BODY = b'<?xml version="1.0"?><D:propfind xmlns:D="DAV:"><D:prop><D:lockdiscovery/></D:prop></D:propfind>'

url = urlsplit(sys.argv[1])
connection = http.client.HTTPConnection(url.netloc)
connection.request("PROPFIND", url.path, BODY, {"Depth": "0", "Content-Type": "application/xml"})
root = etree.fromstring(connection.getresponse().read())
print(json.dumps([lock.findtext("{DAV:}locktoken/{DAV:}href") for lock in root.iter("{DAV:}activelock")]))
