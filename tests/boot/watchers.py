# SPDX-License-Identifier: Apache-2.0
"""What to do with a running guest when its console says something."""


def after(*steps):
    """For boot(watch=): each of @steps is words of the console and a function of the guest.

    A function is called once, when the console has said its words after those before it.
    """
    left, heard = list(steps), ""

    def watch(guest, text):
        nonlocal heard
        heard += text
        if left and left[0][0] in heard:
            heard = ""
            left.pop(0)[1](guest)
    return watch


def typist(*keys):
    """The same with a text to type instead of each function."""
    def typing(text):
        return lambda guest: guest.type(text)

    return after(*((words, typing(text)) for words, text in keys))


def monitored(act):
    """A function of the guest that calls @act with its QEMU's monitor."""
    def step(guest):
        monitor = guest.monitor()
        try:
            act(monitor)
        finally:
            monitor.close()
    return step


def ctrl_alt_delete(guest):
    monitored(lambda monitor: monitor.press("ctrl", "alt", "delete"))(guest)


def power_button(guest):
    monitored(lambda monitor: monitor.command("system_powerdown"))(guest)
