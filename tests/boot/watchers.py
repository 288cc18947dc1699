# SPDX-License-Identifier: Apache-2.0
"""Actions on a running guest when a text appears on its console."""


def after(*steps):
    """Return: a function for boot(watch=). Each of @steps is a text and a function of the guest.

    A function is called once, when its text appears on the console after the text of the step before.
    """
    left, shown = list(steps), ""

    def watch(guest, text):
        nonlocal shown
        shown += text
        if left and left[0][0] in shown:
            shown = ""
            left.pop(0)[1](guest)
    return watch


def typist(*keys):
    """Return: the same, with a text to type instead of each function."""
    def typing(text):
        return lambda guest: guest.type(text)

    return after(*((words, typing(text)) for words, text in keys))


def monitored(act):
    """Return: a function of the guest that calls @act with the monitor of its QEMU."""
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
