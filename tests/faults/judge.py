# SPDX-License-Identifier: Apache-2.0
"""Judge a boot with a failed system call."""

import re

SLOW_SECONDS = 2.5  # more than without a fault, if nothing of the verdict says why

# reboot(2) in a PID namespace ends its init with one of these signals.
ENDS = (1, 2)


def normal(text):
    return re.sub(r"\d+", "N", text)


class Reference:
    """Boots without a fault: facts that they agree on, their warnings, and how long they take.

    fast: their clock counts instructions, so that a longer boot means a wait.
    """

    def __init__(self, boots, fast):
        self.fast = fast
        all_facts = [boot.facts() for boot in boots]
        self.facts = {name: value for name, value in all_facts[0].items()
                      if all(facts.get(name) == value for facts in all_facts)}
        self.unsteady = set().union(*all_facts) - set(self.facts)
        self.verdicts = [boot.verdicts()[0] for boot in boots]
        self.warnings = {normal(line) for verdict in self.verdicts for line in verdict.get("warnings", [])}
        self.seconds = max(boot.seconds for boot in boots)
        self.problems = [f"a boot without a fault: {verdict}" for verdict in self.verdicts
                         if (verdict["outcome"], verdict["status"]) != ("exited", 0)]
        if "end" not in self.facts:
            self.problems.append("a boot without a fault has printed no facts")

    def new_warnings(self, verdict):
        return [line for line in verdict.get("warnings", []) if normal(line) not in self.warnings]

    def differences(self, boot):
        facts = boot.facts()
        names = (set(self.facts) | set(facts)) - self.unsteady
        return sorted(name for name in names if facts.get(name) != self.facts.get(name))


def text_problem(text):
    """Return: what is wrong with an error's text, or None."""
    if not text.strip() or re.search(r":\s*$", text):
        return "an empty text"
    if "No error information" in text or "Success" in text:
        return "a text without its errno"
    return None


def end_problem(boot):
    """Return: why there is no verdict to look at, or None."""
    if boot.limit:
        return f"hang: {boot.hung}"
    if boot.crashes:
        return "crash"
    if not boot.verdicts():
        return "no verdict"
    if len(boot.verdicts()) > 1:
        return "more than one verdict"
    if boot.verdicts()[0] is None:
        return "a verdict that is no JSON object"
    if "coldinit itself has failed" in str(boot.verdicts()[0]):
        return "crash"
    if boot.status not in ENDS:
        return f"PID 1 has ended with {boot.status:#x}"
    return None


def judge(boot, reference):
    """Return: the kind of result, and for a bad or slow one what is wrong."""
    problem = end_problem(boot)
    if problem:
        return "bad", problem
    verdict = boot.verdicts()[0]
    warnings, differences = reference.new_warnings(verdict), reference.differences(boot)
    for text in [*warnings, *([verdict.get("error", "")] if verdict["outcome"] == "failed" else [])]:
        if text_problem(text):
            return "bad", f"{text_problem(text)}: {text!r}"
    if verdict["outcome"] == "failed":
        return "failed", verdict["error"]
    if reference.fast and boot.seconds > reference.seconds + SLOW_SECONDS and not warnings:
        return "slow", (f"{boot.seconds:.1f} s instead of {reference.seconds:.1f} s, and no warning: "
                        f"{verdict.get('timeline_us')}, {verdict.get('warnings')}")
    if warnings:
        return "warned", warnings[0]
    if differences or (verdict["outcome"], verdict["status"]) != ("exited", 0):
        return "bad", f"silent: {verdict['outcome']} {verdict['status']}, other facts: {differences[:6]}"
    return "same", ""

