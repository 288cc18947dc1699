#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Print the tables of all keys of the manifest, in Markdown, from configs/manifest.schema.json: manifest_keys.py

With --write it replaces them in docs/manifest.md.
"""

import json
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
PAGE = TOP / "docs/manifest.md"
BEGIN, END = "<!-- docs/manifest_keys.py wrote this -->\n", "<!-- its end -->\n"

# Tables in this order: heading, the path to the object in the schema.
OBJECTS = [
    ("The manifest", ()), ("`devices[]`", ("$defs", "device")), ("`devices[].expect`", ("$defs", "device", "properties", "expect")),
    ("`container`", ("properties", "container")),
    ("`services[]`", ("$defs", "service")), ("`services[].user`", ("$defs", "service", "properties", "user")),
    ("`services[].ready`", ("$defs", "service", "properties", "ready")), ("`policy`", ("properties", "policy")),
    ("`storages[]`", ("$defs", "storage")), ("`storages[].fs_group`", ("$defs", "storage", "properties", "fs_group")),
    ("`storages[].verity`", ("$defs", "storage", "properties", "verity")),
    ("`interfaces[]`", ("$defs", "interface")), ("`IPAddresses[]`", ("$defs", "ip_address")), ("`routes[]`", ("$defs", "route")),
    ("`arp_neighbors[]`", ("$defs", "neighbor")), ("`toIPAddress`", ("$defs", "neighbor", "properties", "toIPAddress")),
    ("`kernel_modules[]`", ("$defs", "module")),
]


def snake(name):
    """Return: a key without capitals and underlines: both spellings of it are equal then."""
    return name.replace("_", "").lower()


def resolve(schema, part):
    """Return: @part with the definition that it refers to."""
    if "$ref" not in part:
        return part
    found = schema
    for word in part["$ref"].removeprefix("#/").split("/"):
        found = found[word]
    return {**resolve(schema, found), **{name: value for name, value in part.items() if name != "$ref"}}


def kind(part):
    """Return: what a value may be."""
    if "enum" in part:
        return ", ".join(f"`{json.dumps(value).strip(chr(34))}`" for value in part["enum"])
    kinds = {part[name] if name == "type" else "string" for name in ("type", "pattern") if name in part}
    kinds |= {kind(choice) for choice in part.get("anyOf", []) if "const" not in choice and "$ref" not in choice}
    found = {"array": "list"}.get(part.get("type"), " or ".join(sorted(kinds)) or "string")
    if "minimum" in part and part["minimum"] != part.get("maximum"):
        found += f", {part['minimum']} to {part['maximum']}"
    return f"{part['maximum']}" if part.get("minimum") == part.get("maximum", "") else found


def rows(schema, described):
    """Yield: a row for each key that is not another spelling of one before."""
    seen, required = set(), described.get("required", [])
    for name, part in described["properties"].items():
        if snake(name) in seen:
            continue
        seen.add(snake(name))
        part = resolve(schema, part)
        default = "required" if name in required else \
            f"`{json.dumps(part['default'])}`" if part.get("default", "") not in ("", [], {}) else ""
        yield f"| `{name}` | {kind(part)} | {default} | {part['description']} |"


def tables():
    """Return: the text."""
    schema = json.loads((TOP / "configs/manifest.schema.json").read_text())
    lines = []
    for heading, path in OBJECTS:
        described = schema
        for word in path:
            described = described[word]
        lines += [f"### {heading}", "", "| key | value | default | |", "|---|---|---|---|", *rows(schema, described), ""]
    return "\n".join(lines)


def replaced(page, text):
    """Return: the page with these tables."""
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    if "--write" in sys.argv[1:]:
        PAGE.write_text(replaced(PAGE.read_text(), tables()))
    else:
        print(tables())
