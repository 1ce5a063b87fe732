"""The conditions of DAV:error that are not about locks: DeltaV, CalDAV, CardDAV and ACL.

Each entry has the RFC and its section, what is wrong, and what helps.
"""

from davlock.values import dataclass

CALDAV, CARDDAV = "{urn:ietf:params:xml:ns:caldav}", "{urn:ietf:params:xml:ns:carddav}"


@dataclass(frozen=True, slots=True)
class DavCondition:
    """One condition. ``means`` and ``helps`` are sentences: a headline and the title of a remedy."""

    rfc: int
    section: str
    means: str
    helps: str


_NEW_REPORT = "Ask at a URL that lists it in supported-report-set."
_ONE_UID = "Write to the URL named, or change the UID."

CONDITIONS: dict[str, DavCondition] = {
    # RFC 3253, versioning
    "supported-report": DavCondition(3253, "3.6", "The resource does not offer this report.", _NEW_REPORT),
    "checked-in": DavCondition(3253, "4.3", "The resource is not checked in.", "Check it in first."),
    "checked-out": DavCondition(3253, "4.4", "The resource is not checked out.", "Check it out first."),
    "must-be-checked-in": DavCondition(3253, "4.3", "The resource must be checked in.", "Check it in first."),
    "must-be-checked-out": DavCondition(3253, "4.4", "The resource must be checked out.", "Check it out first."),
    "must-be-checked-in-version-controlled-resource": DavCondition(
        3253, "4.3", "Only a version-controlled resource that is checked in can be checked out.", "Check it in first."
    ),
    "must-be-checked-out-version-controlled-resource": DavCondition(
        3253, "4.5", "Only a version-controlled resource that is checked out allows this.", "Check it out first."
    ),
    "must-be-checked-out-resource": DavCondition(
        3253, "4.4", "Only a resource that is checked out can be checked in.", "Check it out first."
    ),
    "cannot-modify-version-controlled-content": DavCondition(
        3253, "3.10", "The content is under version control and checked in.", "Check it out, write, and check it in."
    ),
    "cannot-modify-version-controlled-property": DavCondition(
        3253, "3.12", "The property is under version control and checked in.", "Check the resource out first."
    ),
    "cannot-modify-version": DavCondition(3253, "3.11", "A version never changes.", "Write to the resource itself."),
    "cannot-rename-version": DavCondition(3253, "3.15", "A version keeps its name.", "Move the resource itself."),
    "one-checkout-per-activity-per-history": DavCondition(
        3253, "13.11", "The activity has this resource checked out already.", "Check that one in, or use it."
    ),
    "checkout-of-version-with-descendant-is-forbidden": DavCondition(
        3253, "4.1", "The server does not check out a version that has a successor.", "Check out the newest version."
    ),
    "checkout-of-checked-out-version-is-forbidden": DavCondition(
        3253, "4.1", "Someone has checked out this version.", "Wait until they check it in."
    ),
    "version-history-is-tree": DavCondition(
        3253, "4.4", "A predecessor version is missing or not an ancestor.", "Update first, then check in."
    ),
    "merge-must-be-complete": DavCondition(3253, "11.1", "A merge is not complete.", "Finish the merge first."),
    "baselines-from-same-history": DavCondition(3253, "12.1", "The baselines are of two histories.", "Use one."),
    "label-must-exist": DavCondition(3253, "8.2", "The label does not exist.", "List the labels of the versions."),
    "no-version-delete": DavCondition(3253, "3.13", "The server keeps every version.", "Delete the resource itself."),
    "activity-location-ok": DavCondition(
        3253, "13.5", "The server creates no activities at this URL.", "Use activity-collection-set."
    ),
    "number-of-matches-within-limits": DavCondition(
        3744, "9.3", "The answer would be too long.", "Ask for a smaller part."
    ),
    "valid-sync-token": DavCondition(
        6578, "3.2", "The server no longer knows the sync token.", "Start again with an empty sync token."
    ),
    # RFC 3744, access control. 403-no-permission covers who may do what.
    "no-ace-conflict": DavCondition(3744, "8.1.1", "Two entries of the list contradict each other.", "Remove one."),
    "no-protected-ace-conflict": DavCondition(
        3744, "8.1.1", "An entry contradicts one that the server protects.", "Leave the protected entry as it is."
    ),
    "no-inherited-ace-conflict": DavCondition(
        3744, "8.1.1", "An entry contradicts an inherited one.", "Change the collection that it is inherited from."
    ),
    "limited-number-of-aces": DavCondition(3744, "8.1.1", "The list has too many entries.", "Use fewer, or groups."),
    "deny-before-grant": DavCondition(3744, "8.1.1", "Denials must come before grants.", "Change the order."),
    "grant-only": DavCondition(3744, "8.1.1", "The server accepts only grants.", "Remove the denials."),
    "no-invert": DavCondition(3744, "8.1.1", "The server accepts no inverted entries.", "Name the principals."),
    "no-abstract": DavCondition(3744, "8.1.1", "The privilege is abstract.", "Use a privilege that it contains."),
    "not-supported-privilege": DavCondition(
        3744, "8.1.1", "The server does not know the privilege.", "Read supported-privilege-set."
    ),
    "missing-required-principal": DavCondition(
        3744, "8.1.1", "The list lacks a principal that the server requires.", "Add it."
    ),
}

_OF_CALDAV: dict[str, tuple[str, str, str]] = {
    "no-uid-conflict": ("5.3.2.1", "Another item of the calendar has this UID.", _ONE_UID),
    "supported-calendar-data": ("5.3.2.1", "The server does not accept this media type.", "Send text/calendar."),
    "valid-calendar-data": ("5.3.2.1", "The data is not valid iCalendar.", "Correct the data."),
    "valid-calendar-object-resource": (
        "5.3.2.1",
        "The data breaks a rule for calendar objects, such as one UID a resource and no METHOD.",
        "Correct the data.",
    ),
    "supported-calendar-component": (
        "5.3.2.1",
        "The calendar does not accept this component, such as VTODO.",
        "Write to a calendar that lists it in supported-calendar-component-set.",
    ),
    "calendar-collection-location-ok": (
        "5.3.2.1",
        "A calendar cannot be here, for example inside another one.",
        "Use the URL of calendar-home-set.",
    ),
    "max-resource-size": ("5.3.2.1", "The data is larger than the server accepts.", "Send less: max-resource-size."),
    "min-date-time": ("5.3.2.1", "A date is earlier than the server accepts.", "Use a later date."),
    "max-date-time": ("5.3.2.1", "A date is later than the server accepts.", "Use an earlier date."),
    "max-instances": ("5.3.2.1", "The event repeats more often than the server accepts.", "Limit the repetition."),
    "max-attendees-per-instance": ("5.3.2.1", "The event has more attendees than the server accepts.", "Invite fewer."),
    "initialize-calendar-collection": ("5.3.1.1", "The server could not create the calendar.", "Try another name."),
    "valid-filter": ("7.8", "The filter of the query is not valid.", "Correct the filter."),
    "supported-filter": ("7.8", "The server does not know a part of the filter.", "Use a simpler filter."),
    "unique-scheduling-object-resource": ("3.2.4.1", "The event exists in another calendar of the user.", _ONE_UID),
    "same-organizer-in-all-components": ("3.2.4.2", "One event names two organizers.", "Name one organizer."),
    "allowed-organizer-scheduling-object-change": ("3.2.4.3", "The organizer may not change that.", "Change less."),
    "allowed-attendee-scheduling-object-change": ("3.2.4.3", "An attendee may not change that.", "Change less."),
}

_OF_CARDDAV: dict[str, tuple[str, str, str]] = {
    "no-uid-conflict": ("6.3.2.1", "Another card of the address book has this UID.", _ONE_UID),
    "supported-address-data": ("6.3.2.1", "The server does not accept this media type.", "Send text/vcard."),
    "valid-address-data": ("6.3.2.1", "The data is not a valid vCard.", "Correct the data."),
    "addressbook-collection-location-ok": (
        "6.3.2.1",
        "An address book cannot be here, for example inside another one.",
        "Use the URL of addressbook-home-set.",
    ),
    "max-resource-size": (
        "6.3.2.1",
        "The card is larger than the server accepts.",
        "Use a smaller photo.",
    ),
    "supported-filter": ("8.6", "The server does not know a part of the filter.", "Use a simpler filter."),
    "supported-collation": ("8.3", "The server does not know the collation.", "Use i;unicode-casemap."),
}

_SCHEDULING = 6638

for _name, (_section, _means, _helps) in _OF_CALDAV.items():
    _rfc = _SCHEDULING if _section.startswith("3.2.4") else 4791
    CONDITIONS[CALDAV + _name] = DavCondition(_rfc, _section, _means, _helps)
for _name, (_section, _means, _helps) in _OF_CARDDAV.items():
    CONDITIONS[CARDDAV + _name] = DavCondition(6352, _section, _means, _helps)
