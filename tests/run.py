# SPDX-License-Identifier: Apache-2.0
"""Run test suites and count: tests/run.py BUILD_DIR [--only=T] [--cases=N] SUITE...

Suites: lint, unit, fuzz, trees, boot, boot-all, parity, parity-all, faults, workloads, install,
install-all. Each test program is one line: its place in the suite, its name while it runs, then its result. The output of
a program that fails is shown whole. The last line is "N passed, N failed".

--only=T runs the programs whose name contains T. For boot and parity, T is a file (test_devices.py), a test
of a file (test_devices.py::test_x), or an expression of pytest's -k.
"""
import functools
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree

BUILD = os.path.abspath(sys.argv[1])
LINT_SECONDS = 600
UNIT_SECONDS = 120
GROWTH_SECONDS = 600
TOOL_SECONDS = 60
BOOT_SECONDS = 40 * 60
BOOT_ALL_SECONDS = 120 * 60
INSTALL_SECONDS = 60 * 60
FAULTS_SECONDS = 180 * 60
FLOWS = ('rich', 'terminal', 'disks', 'virtiofs', 'services')


def run(argv, seconds):
    """Run a program. Return: its exit status (1 if it does not end in time) and its output."""
    try:
        done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                              timeout=seconds, check=False)
        return done.returncode, done.stdout.decode(errors='replace')
    except subprocess.TimeoutExpired as late:
        return 1, (late.stdout or b'').decode(errors='replace') + f'\nnot ended after {seconds} s\n'
    except OSError as error:
        return 1, f'{error}\n'


# --- suites --------------------------------------------------------------------------------------
#
# A suite yields pairs: the name of a test program, and a function that runs it and returns how many
# of its tests passed, how many failed, and the output. @only is --only's value, @scratch a folder.

def one(error):
    """Return: the result of a program that is one test; @error is '' if it passed."""
    return (0, 1, error) if error else (1, 0, '')


def script(argv, seconds):
    """A program whose exit status counts."""
    status, output = run(argv, seconds)
    return int(status == 0), int(status != 0), output


def tap(argv, seconds):
    """A program whose lines of TAP count. It must keep to its plan."""
    status, output = run(argv, seconds)
    passed = len(re.findall(r'^ok ', output, re.M))
    failed = len(re.findall(r'^not ok ', output, re.M))
    planned = sum(int(n) for n in re.findall(r'^1\.\.(\d+)', output, re.M))
    if '# SKIP' in output or planned != passed + failed or (status and not failed) or not planned:
        failed += 1
    return passed, failed, output


def programs(folder, prefix, only):
    """Return: name and path of the programs that a folder has sources of."""
    names = sorted(n[:-2] for n in os.listdir(f'tests/{folder}') if n.startswith(prefix) and n.endswith('.c'))
    return [(f'tests/{folder}/{name}', os.path.join(BUILD, 'tests', folder, name)) for name in names if only in name]


def lint(only, _):
    """Each script of tests/lint is one test."""
    for name in sorted(n for n in os.listdir('tests/lint') if '.' not in n and n != '__pycache__' and only in n):
        yield f'lint/{name}', functools.partial(script, [os.path.join('tests/lint', name), BUILD], LINT_SECONDS)


def unit(only, scratch):
    """The unit tests, the growth of what they test, and the OCI runtime spec's schema on their results."""
    os.environ['COLDINIT_RESULTS'] = scratch
    for name, path in programs('unit', 'test_', only):
        yield name, functools.partial(tap, [path], UNIT_SECONDS)
    if not only:  # it needs the results of all
        yield 'tests/unit/oci_schema.py', functools.partial(tap, ['tests/unit/oci_schema.py', scratch], UNIT_SECONDS)
    if only in 'growth':
        yield 'tests/unit/growth.py', functools.partial(tap, ['tests/unit/growth.py', BUILD], GROWTH_SECONDS)


def fuzz(only, _):
    """Each fuzz target on its corpus, without new inputs."""
    for name, path in programs('fuzz', 'fuzz_', only):
        corpus = os.path.join('tests/fuzz/corpus', os.path.basename(path)[len('fuzz_'):])
        if os.listdir(corpus):
            yield name, functools.partial(script, [path, '-runs=0', corpus], UNIT_SECONDS)
        else:
            yield name, functools.partial(one, f'{corpus} is empty\n')


def trees(only, _):
    """Each recorded tree is one test: the config.json that a boot would make, or its error."""
    if only in 'tool':
        yield 'tool: messages and exit statuses', lambda: one(tool_error())
    for name in sorted(os.listdir('tests/trees')):
        where = os.path.join('tests/trees', name)
        if os.path.isdir(where) and only in name:
            yield f'trees/{name}', lambda tree=where: one(tree_error(tree))


def pytest(name, folder, seconds, slow, only):
    """The tests of a folder, by pytest, whose progress is shown as it comes."""
    words = [] if slow or only else ['-m', 'not slow']
    words += [] if '::' in only else ['-n', '2', '--dist', 'loadgroup']
    if '.py' in only:
        folder = f'{folder}/{only}'
    elif only:
        words += ['-k', only]
    with tempfile.TemporaryDirectory() as where:
        report = os.path.join(where, 'junit.xml')
        print(flush=True)
        try:
            done = subprocess.run([sys.executable, '-m', 'pytest', '-q', '-p', 'no:cacheprovider',
                                   f'--junitxml={report}', *words, folder], stdin=subprocess.DEVNULL, timeout=seconds,
                                  check=False, env=dict(os.environ, COLDINIT_BUILD=BUILD))
        except subprocess.TimeoutExpired:
            return 0, 1, f'{name}: not ended after {seconds} s\n'
        if not os.path.exists(report):
            return 0, 1, f'{name}: pytest ended with {done.returncode}\n'
        result = xml.etree.ElementTree.parse(report).getroot().find('testsuite')
    total, failed = int(result.get('tests')), int(result.get('failures')) + int(result.get('errors'))
    failed += int(result.get('skipped'))  # a skipped test shows nothing
    if done.returncode and not failed:
        failed += 1
    return max(total - failed, 0), failed, ''


def by_pytest(name, folder, seconds=BOOT_SECONDS, slow=False):
    """Return: a suite of one program, pytest on @folder."""
    return lambda only, _: [(name, lambda: pytest(name, folder, seconds, slow, only))]


def counted(argv, seconds):
    """A program whose last line is "N passed, N failed", and whose progress is shown as it comes."""
    print(flush=True)
    last = ''
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        timer = threading.Timer(seconds, process.kill)
        timer.start()
        for last in process.stdout:
            print('    ' + last, end='', flush=True)
        timer.cancel()
    found = re.fullmatch(r'(\d+) passed, (\d+) failed\n', last)
    passed, failed = map(int, found.groups()) if found else (0, 1)
    return passed, failed + (process.returncode != 0 and not failed), ''


def faults(only, _):
    """Failed system calls of each flow, and failed allocations."""
    cases = [word.replace('cases', 'n') for word in sys.argv if word.startswith('--cases=')]
    for flow in FLOWS:
        if only in flow:
            argv = [sys.executable, 'tests/faults/faults.py', BUILD, *cases, flow]
            yield f'faults/{flow}', functools.partial(counted, argv, FAULTS_SECONDS)
    if only in 'allocations':
        argv = [sys.executable, 'tests/faults/allocations.py', BUILD]
        yield 'faults/allocations', functools.partial(counted, argv, FAULTS_SECONDS)


SUITES = {
    'lint': lint, 'unit': unit, 'fuzz': fuzz, 'trees': trees,
    'boot': by_pytest('boot', 'tests/boot'),
    'boot-all': by_pytest('boot-all', 'tests/boot', seconds=BOOT_ALL_SECONDS, slow=True),
    'parity': by_pytest('parity', 'tests/parity'),
    'workloads': by_pytest('workloads', 'tests/workloads', slow=True),
    'parity-all': by_pytest('parity-all', 'tests/parity', slow=True),
    'faults': faults,
    'install': by_pytest('install', 'tests/install', seconds=INSTALL_SECONDS),
    'install-all': by_pytest('install-all', 'tests/install', seconds=INSTALL_SECONDS, slow=True),
}


# --- the command-line tool -----------------------------------------------------------------------

def coldinit(where, *words):
    """Run the tool in a folder. Files that it leaves in its temporary directory count as an error.

    Return: status, stdout and stderr.
    """
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run([os.path.join(BUILD, 'coldinit'), *words], cwd=where, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, env=dict(os.environ, TMPDIR=scratch), timeout=TOOL_SECONDS,
                              check=False)
        left = os.listdir(scratch)
    return done.returncode, done.stdout, done.stderr + ''.join(f'left behind: {name}\n' for name in left)


def plan(where, *options):
    """Plan one recorded tree with its manifest and its command line; it has at least one of them."""
    words = ['plan', '--root', 'tree.txt', '--config', 'config.json', *options]
    if os.path.exists(os.path.join(where, 'manifest.json')):
        words += ['--manifest', 'manifest.json']
    if os.path.exists(os.path.join(where, 'cdi')):
        words += ['--cdi', 'cdi']
    if os.path.exists(os.path.join(where, 'cmdline')):
        with open(os.path.join(where, 'cmdline'), encoding='utf-8') as file:
            words += ['--cmdline', file.read()]
    return coldinit(where, *words)


def read_json(*path):
    """Return: a document of a tree's folder."""
    with open(os.path.join(*path), encoding='utf-8') as file:
        return json.load(file)


def tree_error(where):
    """Return: the error in the plan of one recorded tree, '' if there is none."""
    status, out, messages = plan(where)
    error = os.path.join(where, 'expected.error')
    if os.path.exists(error):
        with open(error, encoding='utf-8') as file:
            expected = file.read()
        good = (status, out, messages) == (1, '', expected)
        return '' if good else f'status {status}, {out!r}, and on stderr:\n{messages}expected: status 1 and\n{expected}'
    warnings = all(line.startswith('coldinit: ') for line in messages.splitlines())
    if status or not warnings:
        return f'status {status}: {messages}'
    import jsonpatch  # $(O)/host/test installs it
    import oci_schema
    expected = read_json(where, 'expected.json')
    if json.loads(out) != expected:
        return f'not the expected config.json:\n{out}'
    faults = oci_schema.faults(oci_schema.checker(), expected)
    if faults:
        return 'not valid by the OCI runtime spec: ' + '\n'.join(faults)
    status, patch, messages = plan(where, '--diff')
    if status or jsonpatch.apply_patch(read_json(where, 'config.json'), json.loads(patch)) != expected:
        return f'--diff: status {status}: {messages}this patch makes another config.json:\n{patch}'
    return ''


def tool_error():
    """Return: the error in the tool's messages and exit statuses, '' if there is none."""
    with open(os.path.join(BUILD, 'version.h'), encoding='utf-8') as file:
        version = re.search('"(.*)"', file.read())[1]
    with tempfile.TemporaryDirectory() as root:
        os.makedirs(os.path.join(root, 'sys/devices'))
        with open(os.path.join(root, 'config.json'), 'w', encoding='utf-8') as file:
            file.write('{"ociVersion": "1.1.0", "root": {"path": "r"}, "process": {"args": ["a"], "cwd": "/"}, '
                       '"linux": {"namespaces": [{"type": "pid"}], "resources": {"devices": [{"allow": false}]}}}')
        with open(os.path.join(root, 'cdi.json'), 'w', encoding='utf-8') as file:
            file.write('{"ociVersion": "1.1.0", "root": {"path": "r"}, "process": {"args": ["a"], "cwd": "/"}, '
                       '"annotations": {"cdi.k8s.io/a": "a/b=c"}}')
        good = ['plan', '--root', root, '--config', 'config.json']
        cases = [  # status, words, beginning of stdout, beginning of stderr
            (0, ['--help'], 'usage: ', ''), (0, ['check', '-h'], 'usage: ', ''), (0, ['help'], 'usage: ', ''),
            (0, ['--version'], f'coldinit {version}\n', ''),
            (2, [], '', 'a command is missing'), (2, ['frob'], '', 'no such command'),
            (2, ['check'], '', 'check needs a file'), (2, ['record', 'x'], '', 'x: no such option'),
            (2, ['plan', '--root', root], '', 'plan needs --root and --config'),
            (2, ['plan', '--root'], '', '--root: needs a value'),
            (2, [*good, '--root', root], '', '--root: given twice'),
            (1, ['check', 'missing'], '', 'missing: No such file'),
            (1, ['record', '--root', 'missing'], '', 'missing: No such file'),
            (1, ['plan', '--root', 'missing', '--config', 'config.json'], '', 'missing: No such file'),
            (1, ['plan', '--root', root, '--config', 'missing'], '', 'missing: No such file'),
            (1, [*good[:-1], 'cdi.json', '--cdi', 'missing'], '', 'missing: No such file'),
            (0, ['record', '--root', root], '', ''), (0, [*good, '--diff'], '[]', ''), (0, good, '{', ''),
        ]
        for status, words, output, messages in cases:
            found = coldinit(root, *words)
            if (found[0] != status or not found[1].startswith(output) or not found[2].startswith(messages)
                    or bool(found[2]) != bool(messages) or (status == 1 and found[2].count('\n') != 1)):
                return f'coldinit {" ".join(words)}: {found}\n'
    return ''


# --- the runner ----------------------------------------------------------------------------------

def run_suite(name, only, scratch):
    """Run a suite. Return: how many of its tests passed and how many failed."""
    tests = list(SUITES[name](only, scratch))
    print(f'{name} ({len(tests)}):', flush=True)
    sums = [0, 0]
    for number, (program, function) in enumerate(tests, 1):
        print(f'  [{number:2}/{len(tests)}] {program}: ', end='', flush=True)
        start = time.monotonic()
        passed, failed, output = function()
        sums = [sums[0] + passed, sums[1] + failed]
        print(f'{"FAIL" if failed else "ok"}, {passed} passed, {failed} failed, {time.monotonic() - start:.1f} s',
              flush=True)
        if failed:
            print(output, flush=True)
    return sums


def main():
    """Run the suites and print the sums."""
    only = next((word[len('--only='):] for word in sys.argv[2:] if word.startswith('--only=')), '')
    names = [word for word in sys.argv[2:] if not word.startswith('--')]
    results = []
    for name in names:
        with tempfile.TemporaryDirectory() as scratch:
            results.append(run_suite(name, only, scratch))
    passed, failed = (sum(column) for column in zip(*results))
    if not passed and not failed:
        print(f'no test{f" that matches {only}" if only else ""}')
    print(f'{passed} passed, {failed} failed')
    return 1 if failed or not passed else 0


if __name__ == '__main__':
    sys.exit(main())
