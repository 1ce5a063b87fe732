"""The properties of resources as a list for people."""

from davlock.protocol.natural_order import natural_key
from davlock.render.result import Result
from davlock.render.row_list import RowColumn, RowList, place_below, row_list
from davlock.render.tables import without_declarations

_DAV = "{DAV:}"


def property_list(result: Result) -> RowList:
    """Returns the properties of each resource, whose place stands in the first of its rows alone."""
    entries = sorted(result.properties or (), key=lambda entry: natural_key(place_below(entry.url, result.target)))
    several = len({entry.url for entry in entries}) > 1
    rows, before = [], None
    for entry in entries:
        place = place_below(entry.url, result.target) if several and entry.url != before else ""
        before = entry.url
        status = str(entry.status) if entry.status is not None else "none"
        value = without_declarations(entry.property.xml or entry.property.text)
        rows.append((place, entry.property.name.removeprefix(_DAV), status, value))
    columns = (
        RowColumn(title="FILE"),
        RowColumn(title="PROPERTY"),
        RowColumn(title="STATUS", common="status {}", whole=True),
        RowColumn(title="VALUE"),
    )
    where = "on and below" if several else "of"
    number = f"{len(entries)} {'property' if len(entries) == 1 else 'properties'}"
    return row_list(columns, rows, head=f"{number} {where} {result.target}")
