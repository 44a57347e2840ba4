"""Scenarios that were run as JUnit XML: a suite for each, and in it a case for each expectation on each call."""

from __future__ import annotations

from xml.etree import ElementTree

from bridge.carrier.checking import CheckedCall, CheckReport
from bridge.cli.output import printable


def write_junit(reports: list[CheckReport]) -> bytes:
    """The file's content. Source: the format as Jenkins, GitLab and GitHub's reporters read it."""
    suites = ElementTree.Element("testsuites", name="offhook check")
    for report in reports:
        suites.append(_suite(report))
    ElementTree.indent(suites)
    content: bytes = ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True)
    return content


def _suite(report: CheckReport) -> ElementTree.Element:
    checks = [check for call in report.calls for check in call.checks]
    suite = ElementTree.Element(
        "testsuite",
        name=report.scenario,
        tests=str(len(checks)),
        failures=str(sum(not check.passed for check in checks)),
        errors="0",
        time=f"{report.seconds:.3f}",
    )
    for number, call in enumerate(report.calls, 1):
        suite.extend(_cases(report.scenario, number if len(report.calls) > 1 else None, call))
    return suite


def _cases(scenario: str, number: int | None, call: CheckedCall) -> list[ElementTree.Element]:
    cases = []
    for check in call.checks:
        name = check.name if number is None else f"{check.name} (caller {number})"
        seconds = f"{call.report.seconds:.3f}"
        case = ElementTree.Element("testcase", classname=f"offhook.{scenario}", name=name, time=seconds)
        if not check.passed:
            ElementTree.SubElement(case, "failure", message=printable(check.text))
            if call.report.recording:
                ElementTree.SubElement(case, "system-out").text = f"Recording: {call.report.recording}"
        cases.append(case)
    return cases
