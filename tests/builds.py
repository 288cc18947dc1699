# SPDX-License-Identifier: Apache-2.0
"""Run make from a test."""
import fcntl
import os
import subprocess

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class BuildError(Exception):
    """make has failed. The text is its output."""


def environment(foreign):
    """The environment for a make that is no part of the one that runs the tests.

    Of the outer make's flags only the variables of its command line (CC=...) remain; with @foreign, for
    another architecture, not even these.
    """
    env = dict(os.environ)
    flags = env.pop('MAKEFLAGS', '')
    if ' -- ' in f' {flags}' and not foreign:
        env['MAKEFLAGS'] = ' -- ' + f' {flags}'.split(' -- ', 1)[1]
    for name in ('MFLAGS', 'MAKELEVEL'):
        env.pop(name, None)
    return env


def make(*targets, top=TOP, **variables):
    """Make @targets in the tree @top, with variables of make's command line. Return: its output."""
    words = ['make', '-j2', '-C', str(top), *(f'{name}={value}' for name, value in variables.items()), *targets]
    done = subprocess.run(words, env=environment('ARCH' in variables), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    output = done.stdout.decode(errors='replace')
    if done.returncode:
        raise BuildError(f'{" ".join(words)}: status {done.returncode}\n{output}')
    return output


def make_in(build, *files, **variables):
    """Make @files of the build folder @build; a word that begins with "-" is an option of make.

    One process at a time does that: the workers of pytest-xdist share the folder.
    """
    folder = str(build).removeprefix(TOP + os.sep)  # as the Makefile calls it
    os.makedirs(build, exist_ok=True)
    with open(os.path.join(build, '.lock'), 'w', encoding='utf-8') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return make(*(file if file[0] == '-' else f'{folder}/{file}' for file in files), O=folder, **variables)
