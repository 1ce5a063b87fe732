"""JUnit XML, as Jenkins, GitLab and GitHub's actions read it: one test suite a target, one test case a check.

Jenkins makes a package and a class of ``classname`` and keeps the history of a test under both names. GitLab shows
``classname`` and ``name``, takes two cases that agree in both for one, and shows of a failed or skipped case only the
text within the element: so that text repeats the message. Both turn red for ``failure`` and ``error`` alone.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lxml import etree

from davlock import __version__
from davlock.checks.results import Checked, Level, Mark, Run, mark
from davlock.protocol.url import without_credentials
from davlock.render.check_words import details, name, reason, remarks, start_time, target
from davlock.render.sinks import one_line

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_SKIPPED = (Mark.BELOW, Mark.EXPECTED, Mark.UNKNOWN, Mark.SKIPPED)


def document(runs: Sequence[Run], *, fail_level: Level) -> str:
    """Returns the report. A failure below ``fail_level``, or one that the baseline names, is a skipped test."""
    root = etree.Element("testsuites", name="davlock check")
    for run in runs:
        root.append(_suite(run, fail_level, several=len(runs) > 1))
    for counted in ("tests", "failures", "errors"):
        root.set(counted, str(sum(int(suite.attrib[counted]) for suite in root)))
    root.set("time", _seconds(sum(run.elapsed_ms for run in runs)))
    # Characters beyond ASCII become references, so the text is the same in any encoding.
    text = etree.tostring(root, encoding="us-ascii", xml_declaration=False, pretty_print=True).decode()
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'


def _suite(run: Run, fail_level: Level, *, several: bool) -> "Element":
    where = f" ({target(run)})" if several else ""
    cases = [_case(run, checked, fail_level, where) for checked in run.checked]
    if run.stopped:
        cases.append(_stopped(run, where))
    suite = etree.Element("testsuite", name=target(run), tests=str(len(cases)))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("time", _seconds(run.elapsed_ms))
    suite.set("timestamp", start_time(run).strftime("%Y-%m-%dT%H:%M:%S"))
    properties = etree.SubElement(suite, "properties")
    properties_ = {
        "target": target(run),
        "scratch": one_line(without_credentials(run.scratch or "")),
        "fail-level": fail_level.value,
    }
    for key, value in {"davlock": __version__, **properties_}.items():
        etree.SubElement(properties, "property", name=key, value=value)
    suite.extend(cases)
    if remarks(run):
        etree.SubElement(suite, "system-err").text = "\n".join(remarks(run))
    return suite


def _case(run: Run, checked: Checked, fail_level: Level, where: str) -> "Element":
    case = etree.Element(
        "testcase",
        name=name(checked) + where,
        classname=f"davlock.{one_line(checked.about.group)}",
        time=_seconds(checked.elapsed_ms),
    )
    what, why = mark(checked, fail_level), reason(checked, fail_level)
    text = "\n".join([*([why] if why else []), *details(run, checked)])
    if what is Mark.FAILED:
        message = why or "failed"
        etree.SubElement(case, "failure", message=message, type=checked.about.level.value).text = text
    elif what in _SKIPPED:
        etree.SubElement(case, "skipped", message=why or "skipped").text = text
    elif what is Mark.WARNED:
        etree.SubElement(case, "system-out").text = f"warning: {text}"
    elif what is Mark.FIXED:
        etree.SubElement(case, "system-out").text = text
    return case


def _stopped(run: Run, where: str) -> "Element":
    """Returns a case that makes a stopped run red."""
    case = etree.Element("testcase", name=f"the checks are run{where}", classname="davlock.run", time="0.000")
    why = one_line(run.stopped)
    etree.SubElement(case, "error", message=why, type="stopped").text = why
    return case


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.3f}"
