"""Responses of a form that was met before, read without building a tree of them.

The thousands of responses of a listing have a few forms: they differ in some of their texts. The markup of a form was
parsed once, so it is known to be well-formed, and so is every response that has it. Of its texts, those whose place is
known (href, token, lock root, owner, timeout) may be others each time. For all others, what they say together was read
once, too. Whatever is not as sure as that is parsed: :class:`NotAlone` says that even this must be left to
the parser of the whole body.
"""

from collections.abc import Callable
from dataclasses import fields
from functools import lru_cache
from operator import itemgetter
from typing import Any

from lxml import etree

from davlock.errors import RemoteProtocolError
from davlock.late_pattern import late_pattern
from davlock.protocol.deviation import Deviation
from davlock.protocol.lock import ActiveLock, LockRoot, LockToken, Owner, Timeout
from davlock.protocol.lockdiscovery import NOT_A_URI, known_timeout, shown_token
from davlock.protocol.response_element import PropStat, ResponseElement, parse_response
from davlock.protocol.url import resolve_raw_path
from davlock.protocol.xml_elements import dav_name
from davlock.values import dataclass

FreeHref = Callable[[etree._Element], str | None]

MOST_FORMS = 64
"""Forms of one kind of listing, and combinations of other texts in one form, that are remembered."""

LONGEST = 2 * 1024
"""Bytes of a response beyond which its form is not remembered."""

# A text that is more than white space, and the ends of the tags around it. The rest is the form.
_TEXTS = late_pattern(r">(\s*[^<\s][^<]*)<")

_ESCAPES = {"lt": "<", "gt": ">", "quot": '"', "apos": "'", "amp": "&"}
_ESCAPE = late_pattern("&(lt|gt|quot|apos|amp);|&")


class NotAlone(Exception):
    """This part of a body is not one whole response: only the parser of the whole body can read it."""


Reading = str | ResponseElement | None
"""The href of a response that is passed over; or a response, ``None`` where it has no usable href."""


Read = tuple[Reading, tuple[Deviation, ...]]
"""With what had to be forgiven."""


@dataclass(frozen=True, slots=True)
class _LockPlaces:
    """Where the texts of one lock stand, by their numbers in the form; ``None`` where it has no such text."""

    propstat: int
    token: int | None
    root: int | None
    timeout: int | None
    owner: int | None
    owner_xml: tuple[str, str]
    """What stands before and behind the owner's text in its XML."""


@dataclass(frozen=True, slots=True)
class _LockMeaning:
    """A lock without the texts whose places are known."""

    places: _LockPlaces
    shown: tuple[LockToken | None, LockRoot | None, Timeout | None, Owner | None]
    others: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What a response says by its form and all texts but those whose places are known."""

    free: bool
    others: dict[str, Any]
    propstats: tuple[PropStat, ...]
    locks: tuple[tuple[tuple[_LockMeaning, ...], dict[str, Any]], ...]
    """For each propstat, its locks, and all else in it."""
    forgiven: tuple[Deviation, ...]


class _Form:
    """One form. ``meanings`` are those that were met, by the texts that decide."""

    def __init__(self, href: int, locks: tuple[_LockPlaces, ...], texts: int) -> None:
        placed = {href}
        for lock in locks:
            placed |= {place for place in (lock.token, lock.root, lock.timeout, lock.owner) if place is not None}
        self.href = href
        self.locks = locks
        self.placed = tuple(placed)
        self.owners = frozenset(lock.owner for lock in locks if lock.owner is not None)
        deciding = [number for number in range(texts) if number not in placed]
        self.decide: Callable[[list[str]], object] = itemgetter(*deciding) if deciding else lambda texts: None
        self.meanings: dict[object, _Meaning] = {}


class Forms:
    """Reads the responses of listings that begin with ``opening``; ``free_href`` as in :class:`MultistatusParser`."""

    def __init__(self, opening: bytes, ending: bytes, end_of_response: bytes, free_href: FreeHref) -> None:
        self._opening = opening
        self._ending = ending
        self._end_of_response = end_of_response
        self._free_href = free_href
        self._met: set[int] = set()
        self._forms: dict[tuple[str, ...], _Form | None] = {}

    def read(self, part: bytes, base: str, known: set[Deviation]) -> Read:
        """What ``part`` says, which is a response without its end tag.

        What is not in ``known`` is not forgiven by form, so that it is noted in its order. Raises NotAlone.
        """
        try:
            pieces = _TEXTS.split(part.decode())
        except UnicodeDecodeError:
            raise NotAlone from None
        texts = pieces[1::2]
        shape = tuple(pieces[::2])
        form = self._forms.get(shape)
        if form is None:
            if shape not in self._forms and len(part) <= LONGEST:
                form = self._learn(shape, len(texts))
            if form is None:
                return self._parsed(part, base)
        deciding = form.decide(texts)
        meaning = form.meanings.get(deciding)
        if meaning is None:
            meaning = self._meaning(form, shape, texts)
            if meaning is None:
                return self._parsed(part, base)
            if len(form.meanings) >= MOST_FORMS:
                form.meanings.clear()
            form.meanings[deciding] = meaning
        if not _made_plain(texts, form.placed, form.owners):
            return self._parsed(part, base)
        if meaning.free:
            return texts[form.href], ()
        read = _filled(form, meaning, texts, base, known)
        return read if read is not None else self._parsed(part, base)

    def _parsed(self, part: bytes, base: str) -> Read:
        """The same by libxml2."""
        element = self._element(part)
        href = self._free_href(element)
        if href is not None:
            return href, ()
        forgiven: list[Deviation] = []
        return parse_response(element, base, forgiven, False), tuple(forgiven)

    def _element(self, part: bytes) -> etree._Element:
        document = self._opening + part + self._end_of_response + self._ending
        root = _root(document)
        if root is None or len(root) != 1 or dav_name(root[0].tag) != "response":
            raise NotAlone
        return root[0]

    def _learn(self, shape: tuple[str, ...], texts: int) -> _Form | None:
        """Where the texts stand in a form that is met for the second time; ``None`` where nobody can see that."""
        if hash(shape) not in self._met:  # a hostile server makes up new ones
            if len(self._met) >= MOST_FORMS:
                self._met.clear()
            self._met.add(hash(shape))
            return None
        if len(self._forms) >= MOST_FORMS:
            self._forms.clear()
        self._forms[shape] = form = self._form(shape, texts)
        return form

    def _form(self, shape: tuple[str, ...], texts: int) -> _Form | None:
        marks = [f"Second-{1_000_000 + number}" for number in range(texts)]  # also a timeout, which is read
        element = parse_response(self._element(_joined(shape, marks)), "", [], False)
        if element is None or len(element.hrefs) != 1 or element.hrefs[0] not in marks:
            return None
        number_of = {mark: number for number, mark in enumerate(marks)}
        locks: list[_LockPlaces] = []
        for at, propstat in enumerate(element.propstats):
            for lock in propstat.locks or ():
                owner = lock.owner
                xml = owner.xml.split(owner.text) if owner is not None and owner.text else ["", ""]
                shown = (
                    lock.token.uri if lock.token is not None else None,
                    lock.root.as_sent if lock.root is not None else None,
                    lock.timeout.as_sent if lock.timeout is not None else None,
                    (owner.text or None) if owner is not None else None,
                )
                if len(xml) != 2 or any(text is not None and text not in number_of for text in shown):
                    return None
                token, root, timeout, words = (None if text is None else number_of[text] for text in shown)
                locks.append(_LockPlaces(at, token, root, timeout, words, (xml[0], xml[1])))
        return _Form(number_of[element.hrefs[0]], tuple(locks), texts)

    def _meaning(self, form: _Form, shape: tuple[str, ...], texts: list[str]) -> _Meaning | None:
        """What the deciding texts say, with others in the known places."""
        usual = list(texts)
        for number in form.placed:
            usual[number] = "/"
        for places in form.locks:
            for place, text in ((places.token, "urn:x"), (places.timeout, "Second-1")):
                if place is not None:
                    usual[place] = text
        xml = self._element(_joined(shape, usual))
        free = self._free_href(xml) is not None
        forgiven: list[Deviation] = []
        element = parse_response(xml, "", forgiven, False)
        if element is None or element.hrefs != ("/",):
            return None
        waiting = iter(form.locks)
        locks = tuple(
            (
                tuple(
                    _LockMeaning(next(waiting), _shown(lock), _others(lock, *_SHOWN)) for lock in propstat.locks or ()
                ),
                _others(propstat, "locks"),
            )
            for propstat in element.propstats
        )
        return _Meaning(free, _others(element, "hrefs", "propstats"), element.propstats, locks, tuple(forgiven))


_SHOWN = ("token", "root", "timeout", "owner")


def _shown(lock: ActiveLock) -> tuple[LockToken | None, LockRoot | None, Timeout | None, Owner | None]:
    return lock.token, lock.root, lock.timeout, lock.owner


def _others(value: ActiveLock | PropStat | ResponseElement, *names: str) -> dict[str, Any]:
    """All fields but those with these ``names``."""
    return {field.name: getattr(value, field.name) for field in fields(value) if field.name not in names}


def _joined(shape: tuple[str, ...], texts: list[str]) -> bytes:
    between = ("", *(f">{text}<" for text in texts))
    return "".join(text + piece for text, piece in zip(between, shape, strict=True)).encode()


def _made_plain(texts: list[str], places: tuple[int, ...], owners: frozenset[int]) -> bool:
    """Make those ``texts`` what libxml2 makes of them, less the white space at their ends; false if it must do that.

    The XML of an owner keeps its white space.
    """
    for place in places:
        text = texts[place].strip(" \t\r\n")
        if text != texts[place] and place in owners:
            return False
        if "]]>" in text or not text.isprintable():  # no character that XML forbids is printable
            return False
        if "&" in text:
            if any(match[1] is None for match in _ESCAPE.finditer(text)):
                return False
            text = _ESCAPE.sub(lambda match: _ESCAPES[match[1]], text)
        text = text.strip()
        if not text:
            return False
        texts[place] = text
    return True


def _filled(form: _Form, meaning: _Meaning, texts: list[str], base: str, known: set[Deviation]) -> Read | None:
    """A response with these texts in the known places; ``None`` where libxml2 must read it."""
    propstats = meaning.propstats
    if form.locks:
        made = []
        for propstat, (locks, others) in zip(propstats, meaning.locks, strict=True):
            if not locks:
                made.append(propstat)
                continue
            filled = []
            for lock in locks:
                if (with_texts := _filled_lock(lock, texts, base, known)) is None:
                    return None
                filled.append(with_texts)
            made.append(PropStat(locks=tuple(filled), **others))
        propstats = tuple(made)
    return ResponseElement(hrefs=(texts[form.href],), propstats=propstats, **meaning.others), meaning.forgiven


def _filled_lock(lock: _LockMeaning, texts: list[str], base: str, known: set[Deviation]) -> ActiveLock | None:
    places = lock.places
    token, root, timeout, owner = lock.shown
    if places.token is not None:
        token = shown_token(texts[places.token])
        if token is None or not (token.is_uri or NOT_A_URI in known):
            return None
    if places.root is not None:
        as_sent = texts[places.root]
        root = LockRoot(resolve_raw_path(base, as_sent), as_sent)
    if places.timeout is not None:
        try:
            timeout, forgiven = known_timeout(texts[places.timeout])
        except RemoteProtocolError:
            return None
        if forgiven and not known.issuperset(forgiven):
            return None
    if places.owner is not None:
        text = texts[places.owner]
        if "&" in text or "<" in text or ">" in text:
            return None
        before, behind = places.owner_xml
        owner = Owner(text, f"{before}{text}{behind}" if before or behind else text)
    return ActiveLock(token=token, root=root, timeout=timeout, owner=owner, **lock.others)


def _root(document: bytes) -> etree._Element | None:
    """The root of a document in UTF-8, whatever it says of itself; ``None`` where anything is wrong with it."""
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
        huge_tree=True,
    )
    try:
        return etree.fromstring(document, parser)
    except etree.XMLSyntaxError:
        return None


@lru_cache(maxsize=4)
def forms_of(opening: bytes, prefix: bytes, free_href: FreeHref) -> Forms | None:
    """The forms of listings that begin with ``opening``, whose root has ``prefix`` with its colon, if any.

    ``None`` where the beginning is not that of a multistatus in the DAV: namespace.
    """
    ending = b"</" + prefix + b"multistatus>"
    root = _root(opening + ending)
    if root is None or root.tag != "{DAV:}multistatus":
        return None
    return Forms(opening, ending, b"</" + prefix + b"response>", free_href)
