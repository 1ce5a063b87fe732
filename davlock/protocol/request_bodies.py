"""The XML bodies that davlock sends: LOCK's lockinfo and PROPFIND's list of properties."""

from functools import lru_cache

from lxml import etree

from davlock.protocol.lock import LockScope
from davlock.protocol.xml_elements import DAV


def lockinfo(scope: LockScope, owner: str | None) -> bytes:
    """The body of a LOCK that asks for a new lock (RFC 4918 §14.11). ``owner`` is plain text."""
    # Declared once, one prefix, no DOCTYPE, no default namespace: the form that every recorded server reads.
    root = etree.Element(f"{{{DAV}}}lockinfo", nsmap={"D": DAV})
    etree.SubElement(etree.SubElement(root, f"{{{DAV}}}lockscope"), f"{{{DAV}}}{scope.value}")
    etree.SubElement(etree.SubElement(root, f"{{{DAV}}}locktype"), f"{{{DAV}}}write")
    if owner is not None:
        etree.SubElement(root, f"{{{DAV}}}owner").text = owner
    return _document(root)


@lru_cache(maxsize=64)
def propfind(names: tuple[str, ...] = ()) -> bytes:
    """The body of a PROPFIND for ``names`` in Clark notation (``{DAV:}getetag``); none of them means allprop."""
    root = etree.Element(f"{{{DAV}}}propfind", nsmap={"D": DAV})
    if not names:
        etree.SubElement(root, f"{{{DAV}}}allprop")
    else:
        prop = etree.SubElement(root, f"{{{DAV}}}prop")
        for name in names:
            etree.SubElement(prop, name)
    return _document(root)


def _document(root: etree._Element) -> bytes:
    """With the declaration in double quotes: copyparty looks for exactly that, and answers 500 to libxml2's own."""
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + etree.tostring(root)
