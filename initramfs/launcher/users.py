# SPDX-License-Identifier: Apache-2.0
"""Users and groups of an image, from its /etc/passwd and /etc/group."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from qemu import LaunchError

LINKS_MAX = 40
SIZE_MAX = 1 << 20
NUMBER_MAX = (1 << 32) - 2  # -1 means no change, chown(2)


def number(text):
    """Return: a user's or group's number, None if @text is none."""
    found = int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else NUMBER_MAX + 1
    return found if found <= NUMBER_MAX else None


@dataclass(frozen=True)
class User:
    uid: int
    gid: int
    groups: list = field(default_factory=list)
    home: str = "/"


@dataclass(frozen=True)
class Users:
    """@passwd: name, uid, gid, home of each user; @group: name, gid, members of each group."""

    passwd: list
    group: list

    def document(self):
        return {"passwd": self.passwd, "group": self.group}

    @staticmethod
    def of_document(document):
        return Users(document["passwd"], document["group"])

    def entry(self, text):
        for name, uid, gid, home in self.passwd:
            if text == name or number(text) == uid:
                return name, uid, gid, home
        if number(text) is None:
            known = ", ".join(name for name, *_ in self.passwd[:12]) or "none"
            raise LaunchError(f"user {text} is not in the image's /etc/passwd, which has: {known}")
        return None, number(text), 0, "/"

    def gid(self, text):
        for name, gid, _ in self.group:
            if text == name:
                return gid
        if number(text) is not None:
            return number(text)
        raise LaunchError(f"group {text} is not in the image's /etc/group")

    def find(self, text):
        """Return: the User of USER[:GROUP], each by name or number; "" is root.

        Its groups have the first one too: a program that gives that up by setgid(2) must not gain what a file denies
        to the group.
        """
        user, colon, group = text.partition(":")
        name, uid, gid, home = self.entry(user or "0")
        if colon and group:  # then only that group, as Docker does
            gid = self.gid(group)
            return User(uid, gid, [gid], home)
        groups = {number for _, number, members in self.group if name and name in members}
        return User(uid, gid, sorted(groups | {gid}), home)


def resolve(root, path):
    """Follow the links of @path as the container would, so that none leads out of @root. Return: the path."""
    left, at, links = path.strip("/").split("/"), [], 0
    while left:
        word = left.pop(0)
        if word in ("", "."):
            continue
        if word == "..":
            at = at[:-1]
            continue
        here = os.path.join(root, *at, word)
        if not os.path.islink(here):
            at.append(word)
            continue
        links += 1
        if links > LINKS_MAX:
            raise LaunchError(f"{path} of the image has too many links")
        target = os.readlink(here)
        if target.startswith("/"):
            at = []
        left = target.split("/") + left
    return os.path.join(root, *at)


def rows(root, path):
    """Return: the fields of each line of a file in @root, at least 6, as lines may end early; none if it is missing."""
    file = Path(resolve(root, path))
    if not file.is_file():
        return []
    with file.open("rb") as data:
        text = data.read(SIZE_MAX).decode(errors="replace")
    lines = [line.strip(" \t\r") for line in text.split("\n")]  # splitlines() also ends lines at \f and the like
    return [[*line.split(":"), *[""] * 5] for line in lines if line and not line.startswith("#")]


def read(root):
    """Return: the Users of the tree @root."""
    passwd = [[row[0], number(row[2]), number(row[3]), row[5] or "/"] for row in rows(root, "etc/passwd")
              if None not in (number(row[2]), number(row[3]))]
    group = [[row[0], number(row[2]), [m for m in row[3].split(",") if m]] for row in rows(root, "etc/group")
             if number(row[2]) is not None]
    return Users(passwd, group)
