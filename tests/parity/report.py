# SPDX-License-Identifier: Apache-2.0
"""Write build/parity.md: the number of each bundle's facts, and each difference with its reason."""

import dataclasses
import json


def clear(results):
    results.mkdir(parents=True, exist_ok=True)
    for old in results.glob("*.json"):
        old.unlink()


def save(results, name, crun, differences, alone=None):
    """Save one row's result, for write() at the end."""
    (results / f"{name}.json").write_text(json.dumps({
        "facts": len(crun), "alone": alone,
        "differences": [dataclasses.asdict(difference) for difference in differences]}))


def cell(text):
    text = "(no such fact)" if text is None else text or "(empty)"
    return "`" + text.replace("|", "\\|").replace("`", "'") + "`"


def detail(name, result):
    lines = [f"\n## {name}\n"]
    if result["alone"]:
        lines.append(f"crun does not run it: {result['alone']}\n")
    if result["differences"]:
        lines += ["| fact | crun | coldinit | why |", "|---|---|---|---|"]
    lines += [f"| {cell(d['fact'])} | {cell(d['crun'])} | {cell(d['coldinit'])} | "
              f"{d['reason'] or '**not explained**'} |" for d in result["differences"]]
    return lines


def write(results, rows, out):
    """Write the table of this session's rows, if there are any."""
    found = [(row, json.loads((results / f"{row.name}.json").read_text()))
             for row in rows if (results / f"{row.name}.json").exists()]
    if not found:
        return
    lines = ["# coldinit beside crun", "",
             "The same bundle on the same kernel, seen by one program inside.", "",
             "| bundle | what it is about | facts | differences |", "|---|---|---|---|"]
    for row, result in found:
        count = "crun fails" if result["alone"] else len(result["differences"])
        lines.append(f"| {row.name} | {row.concern} | {result['facts']} | {count} |")
    for row, result in found:
        if result["differences"] or result["alone"]:
            lines += detail(row.name, result)
    out.write_text("\n".join(lines) + "\n")
