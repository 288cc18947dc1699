# SPDX-License-Identifier: Apache-2.0
"""The code blocks of pages, and what a shown output means."""

import re
from dataclasses import dataclass

FENCE = re.compile(r"( *)(`{3,}|~{3,}) *([\w+-]*)")
QUOTE = re.compile(r"^(?: {0,3}> ?)+")
ENDS = re.compile(r"\s*$|#|\||<|`{3}|~{3}|---|===")  # a line behind which no paragraph goes on
PROGRAMS = ("sh", "console", "python")  # the languages of what a reader runs
DOCUMENTS = ("xml", "yaml", "ini", "dockerfile")  # files for other programs

# Numbers of one run. They are compared by their shape only.
VARIES = re.compile(r'"(?:us|init|mounts|cmdline|modules|manifest|devices|network|spec|exec|exit)":\d+'
                    r'|/dev/vfio/\d+|"group":"\d+"|\b\d+(?:\.\d+)? (?:µs|ms|s)\b')
ANY = "..."  # in a shown output: any text; in a line that is nothing else: any lines


@dataclass(frozen=True)
class Block:
    """@line: the number of its first line; @language: "" without a fence, or if the fence has none."""

    page: str
    line: int
    language: str
    text: str

    @property
    def first(self):
        """Its first line, which is its name in table.py."""
        return next((line.strip() for line in self.text.split("\n") if line.strip()), "")


def parse(page, text):
    """Return: the Blocks of a page. A line that is indented by four or more begins one, unless it goes on a paragraph."""
    found, lines, at = [], [QUOTE.sub("", line) for line in text.split("\n")], 0
    while at < len(lines):
        fence = FENCE.match(lines[at])
        if fence:
            end = next((n for n in range(at + 1, len(lines)) if closes(lines[n], fence[2])), len(lines))
            indent = len(fence[1])
            body = [line[indent:] if not line[:indent].strip() else line for line in lines[at + 1:end]]
            found.append(Block(page, at + 2, fence[3], "\n".join(body)))
            at = end + 1
        elif is_indented(lines[at]) and (at == 0 or ENDS.match(lines[at - 1])):
            end = next((n for n in range(at, len(lines)) if lines[n].strip() and not is_indented(lines[n])), len(lines))
            found.append(Block(page, at + 1, "", "\n".join(lines[at:end])))
            at = end
        else:
            at += 1
    return found


def closes(line, fence):
    """Is @line the end of a block that began with @fence?"""
    text = line.strip()
    return len(text) >= len(fence) and set(text) == {fence[0]}


def is_indented(line):
    return line.startswith(("    ", "\t"))


def read(page, top="."):
    """Return: the Blocks of a file."""
    with open(f"{top}/{page}", encoding="utf-8") as file:
        return parse(page, file.read())


def find(page, first, top="."):
    """Return: the one Block of @page whose first line is @first."""
    [block] = [block for block in read(page, top) if block.first == first]
    return block


def dialogue(text):
    """Return: the commands of a console block, each with the lines that it prints: (command, [line...])."""
    steps = []
    for line in text.split("\n"):
        if steps and not steps[-1][1] and steps[-1][0].endswith("\\"):
            steps[-1] = (f"{steps[-1][0]}\n{line}", [])
        elif line.startswith("$ "):
            steps.append((line[2:], []))
        elif not steps:
            raise ValueError(f'a console block begins with "$ ", not with {line!r}')
        else:
            steps[-1][1].append(line)
    return [(command, strip_end(shown)) for command, shown in steps]


def strip_end(lines):
    """Return: @lines without the empty ones at their end."""
    end = next((n for n in range(len(lines), 0, -1) if lines[n - 1].strip()), 0)
    return lines[:end]


def line_pattern(line):
    """Return: the regular expression for one shown line."""
    pieces, at = [], 0
    for number in VARIES.finditer(line):
        pieces += [literal(line[at:number.start()]), re.sub(r"\d+", r"\\d+", re.escape(number.group()))]
        at = number.end()
    return "".join([*pieces, literal(line[at:])])


def literal(text):
    return ".*".join(map(re.escape, text.split(ANY)))


def difference(shown, printed):
    """Compare what a page shows with what was printed, two lists of lines. Return: the error, "" if there is none."""
    pattern = "".join(r"(?:.*\n)*?" if line.strip() == ANY else f"{line_pattern(line.rstrip())}[ \t]*\n" for line in shown)
    text = "".join(f"{line}\n" for line in printed)
    if re.fullmatch(pattern, text):
        return ""
    return "the page shows:\n" + "".join(f"  {line}\n" for line in shown) + "but this was printed:\n" + \
        "".join(f"  {line}\n" for line in printed)
