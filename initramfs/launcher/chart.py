# SPDX-License-Identifier: Apache-2.0
"""Draw a boot as an SVG from its verdict: phases, the wait for each device, the container. Pure, except write()."""

import re
from dataclasses import dataclass
from html import escape

from qemu import LaunchError

WIDTH, LEFT, RIGHT, TOP, ROW = 900, 210, 110, 64, 24
NAMES = {"init": "kernel, before init", "exec": "container's start"}
COLOURS = {"init": "#8a8f98", "device": "#e08e45", "container": "#3f8f5b", "failed": "#c0392b"}
PHASE = "#3b6ea5"
FAINT = "#d9dce1"
NAME_MAX, HEADLINE_MAX = 24, 98  # characters that fit
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, "Characters"


@dataclass(frozen=True)
class Bar:
    """One row. @start, @end: microseconds since the kernel's start."""

    name: str
    start: int
    end: int
    colour: str
    indent: bool = False


def duration(us):
    """Return: a time that people read."""
    if us < 1000:
        return f"{us} µs"
    return f"{us / 1000:.1f} ms" if us < 1_000_000 else f"{us / 1_000_000:.2f} s"


def device_bars(verdict, start):
    """Return: the wait for each device; all begin at @start."""
    return [Bar(device.get("id") or device.get("type", "device"), start, start + device.get("us", 0), COLOURS["device"],
                indent=True) for device in verdict.get("devices", [])]


def bars(verdict):
    """Return: the rows for a verdict."""
    timeline, found, before = verdict.get("timeline_us", {}), [], 0
    for phase, end in timeline.items():
        if phase == "exit":
            if "exec" in timeline:
                found.append(Bar("container", before, end, COLOURS["container"]))
            continue
        found.append(Bar(NAMES.get(phase, phase), before, end, COLOURS.get(phase, PHASE)))
        if phase == "devices":
            found += device_bars(verdict, before)
        before = end
    if verdict.get("outcome") == "failed":
        # The phase has no end in the timeline; that of the devices lasted at least as long as the longest wait.
        waits = device_bars(verdict, before) if verdict.get("phase") == "devices" and "devices" not in timeline else []
        end = max([timeline.get("exit", before), *(bar.end for bar in waits)])
        found += [Bar(f"failed: {verdict.get('phase', '')}", before, end, COLOURS["failed"]), *waits]
    return found


def window(rows):
    """Return: the part of the time that is drawn. The kernel, and a container that runs long, are cut."""
    inside = [bar for bar in rows if bar.name not in ("container", NAMES["init"])]
    first, last = min((bar.start for bar in inside), default=0), max((bar.end for bar in inside), default=1)
    quarter = max((last - first) // 4, 1)
    start, end = max(first - quarter, 0), min(last + quarter, max((bar.end for bar in rows), default=1))
    return start, max(end, start + 1)


def step(length):
    """Return: the distance of the axis's marks: 1, 2 or 5 of a power of ten, at most ten of them."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if length <= 10 * size * factor:
                return size * factor
        size *= 10


def xml_text(content):
    """Return: a text for XML, with what it cannot contain replaced."""
    return escape(NOT_XML.sub("\ufffd", content))


def short(content, most):
    """Return: a text of at most @most characters; the whole is in a bar's title, or in the verdict."""
    return content if len(content) <= most else f"{content[:most - 1]}…"


def text(x, y, content, **attributes):
    words = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<text x="{x:.1f}" y="{y:.1f}"{words}>{xml_text(content)}</text>'


@dataclass(frozen=True)
class Axis:
    """@first, @last: the microseconds that are drawn."""

    first: int
    last: int

    def x(self, us):
        return LEFT + (us - self.first) * (WIDTH - LEFT - RIGHT) / (self.last - self.first)

    def draw(self, height):
        """Return: the lines and numbers of the time axis."""
        lines, distance = [], step(self.last - self.first)
        for at in range(-(-self.first // distance) * distance, self.last + 1, distance):
            x = self.x(at)
            lines.append(f'<line x1="{x:.1f}" y1="{TOP - 6}" x2="{x:.1f}" y2="{height - 12}" stroke="{FAINT}"/>')
            lines.append(text(x, TOP - 12, mark(at, distance), text_anchor="middle", fill="#666"))
        return lines


def mark(us, distance):
    """Return: a time with as many digits as marks of this distance need."""
    digits = next((n for n in range(6) if distance % 10 ** (6 - n) == 0), 6)
    return f"{us / 1_000_000:.{digits}f} s"


def arrow(x, y, height, direction):
    return f"M{x:.1f} {y} l{direction * 9} {height / 2:.1f} l{-direction * 9} {height / 2:.1f} z"


def row(bar, y, axis):
    """Return: the lines of one bar. Where it is cut, it has an arrow."""
    start, end = max(bar.start, axis.first), max(min(bar.end, axis.last), axis.first)
    x, width, tall = axis.x(start), max(axis.x(end) - axis.x(start), 1.5), ROW - 10 if bar.indent else ROW - 6
    label = f"{bar.name}: {duration(bar.end - bar.start)}, from {duration(bar.start)} to {duration(bar.end)}"
    lines = ["<g>", f"<title>{xml_text(label)}</title>",
             text(LEFT - 24, y + 15, short(bar.name, NAME_MAX), text_anchor="end", fill="#666" if bar.indent else "#222"),
             f'<rect x="{x:.1f}" y="{y + 3}" width="{width:.1f}" height="{tall}" rx="1" fill="{bar.colour}"/>']
    cuts = [arrow(x, y + 3, tall, -1)] if start > bar.start else []
    cuts += [arrow(x + width, y + 3, tall, 1)] if end < bar.end else []
    lines += [f'<path d="{path}" fill="{bar.colour}"/>' for path in cuts]
    lines.append(text(x + width + (14 if end < bar.end else 6), y + 16, duration(bar.end - bar.start), fill="#222"))
    return [*lines, "</g>"]


def headline(verdict):
    """Return: the result in one line."""
    if verdict.get("outcome") == "failed":
        return f"failed: {verdict.get('error', '')}"
    end = f"exit status {verdict.get('status')}" if verdict.get("outcome") == "exited" else verdict.get("signal", "")
    ready = verdict.get("timeline_us", {}).get("exec", 0)
    return f"container started {duration(ready)} after the kernel; {end}"


def draw(verdict):
    """Return: the SVG."""
    rows = bars(verdict)
    axis = Axis(*window(rows))
    height = TOP + ROW * len(rows) + 20
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
             'font-family="system-ui, sans-serif" font-size="12" role="img">',
             "<title>The boot of a guest under coldinit</title>",
             f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
             text(16, 24, short(headline(verdict), HEADLINE_MAX), font_size="15", fill="#111"), *axis.draw(height)]
    for number, bar in enumerate(rows):
        lines += row(bar, TOP + ROW * number, axis)
    return "\n".join([*lines, "</svg>"]) + "\n"


def write(path, verdict):
    try:
        path.write_text(draw(verdict), encoding="utf-8")
    except OSError as error:
        raise LaunchError(f"--chart {path}: {error.strerror}") from None
