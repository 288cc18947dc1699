# SPDX-License-Identifier: Apache-2.0
"""Run test suites and count: tests/run.py BUILD_DIR lint|unit|fuzz|trees|boot|boot-all|parity|parity-all...

What passes is one line a program; what fails is shown whole. The last line is "N passed, N failed".
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

BUILD = os.path.abspath(sys.argv[1])
UNIT_SECONDS = 120
BOOT_SECONDS = 40 * 60
BOOT_ALL_SECONDS = 120 * 60


def run(argv, seconds, **kwargs):
    """A program's exit status and output; a program that does not end has failed."""
    try:
        done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                              timeout=seconds, check=False, **kwargs)
        return done.returncode, done.stdout.decode(errors='replace')
    except subprocess.TimeoutExpired as late:
        return 1, (late.stdout or b'').decode(errors='replace') + f'\nnot ended after {seconds} s\n'


def tell(name, passed, failed, output):
    """One program's line, and all that it printed if it failed."""
    print(f'  {"FAIL" if failed else "ok":5} {name} ({passed} passed, {failed} failed)', flush=True)
    if failed:
        print(output, flush=True)
    return passed, failed


def programs(folder, prefix):
    """The programs of a suite; a suite without any would pass without showing anything."""
    where = os.path.join(BUILD, 'tests', folder)
    found = sorted(n for n in os.listdir(where) if n.startswith(prefix) and os.access(os.path.join(where, n), os.X_OK))
    sources = sorted(n[:-2] for n in os.listdir(f'tests/{folder}') if n.startswith(prefix) and n.endswith('.c'))
    return [os.path.join(where, n) for n in found if n in sources]


def one_unit(path, *arguments, seconds=UNIT_SECONDS):
    """A cmocka program: its TAP lines count, and the plan must have been kept."""
    status, output = run([path, *arguments], seconds)
    passed = len(re.findall(r'^ok ', output, re.M))
    failed = len(re.findall(r'^not ok ', output, re.M))
    planned = sum(int(n) for n in re.findall(r'^1\.\.(\d+)', output, re.M))
    if '# SKIP' in output or planned != passed + failed or (status and not failed) or not planned:
        failed += 1
    return tell(os.path.relpath(path, BUILD), passed, failed, output)


def unit():
    """All unit tests, and the OCI runtime spec's schema on what they have made of config.json files."""
    with tempfile.TemporaryDirectory() as where:
        os.environ['COLDINIT_RESULTS'] = where
        results = [one_unit(p) for p in programs('unit', 'test_')]
        results.append(one_unit('tests/unit/oci_schema.py', where))
    return results + [one_unit('tests/unit/growth.py', BUILD, seconds=600)]


def fuzz():
    """Each fuzz target on its corpus, without new inputs."""
    results = []
    for path in programs('fuzz', 'fuzz_'):
        corpus = os.path.join('tests/fuzz/corpus', os.path.basename(path)[len('fuzz_'):])
        inputs = len(os.listdir(corpus))
        status, output = run([path, '-runs=0', corpus], UNIT_SECONDS)
        good = status == 0 and inputs > 0
        results.append(tell(f'{os.path.relpath(path, BUILD)} on {inputs} inputs', int(good), int(not good), output))
    return results


def lint():
    """Each script in tests/lint is one test: its exit status counts."""
    results = []
    for name in sorted(n for n in os.listdir('tests/lint') if '.' not in n and n != '__pycache__'):
        status, output = run([os.path.join('tests/lint', name), BUILD], 600)
        results.append(tell(f'lint/{name}', int(status == 0), int(status != 0), output))
    return results


def coldinit(where, *words):
    """Run the tool. What it leaves in its temporary directory is a failure, too."""
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run([os.path.join(BUILD, 'init'), *words], cwd=where, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, env=dict(os.environ, TMPDIR=scratch), timeout=60, check=False)
        left = os.listdir(scratch)
    return done.returncode, done.stdout, done.stderr + ''.join(f'left over: {name}\n' for name in left)


def plan(where, *options):
    """Plan one recorded tree for its manifest and its command line, of which it has at least one."""
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
    """A document of a tree's directory."""
    with open(os.path.join(*path), encoding='utf-8') as file:
        return json.load(file)


def one_tree(where):
    """What is wrong with the plan of one recorded tree, '' if nothing."""
    status, out, said = plan(where)
    error = os.path.join(where, 'expected.error')
    if os.path.exists(error):
        with open(error, encoding='utf-8') as file:
            expected = file.read()
        good = (status, out, said) == (1, '', expected)
        return '' if good else f'status {status}, {out!r}, and said:\n{said}expected status 1 and:\n{expected}'
    warnings = all(line.startswith('coldinit: ') for line in said.splitlines())
    if status or not warnings:
        return f'status {status}: {said}'
    import jsonpatch  # not before $(O)/host/test is there
    import oci_schema
    expected = read_json(where, 'expected.json')
    if json.loads(out) != expected:
        return f'another config.json than the expected one:\n{out}'
    faults = oci_schema.faults(oci_schema.checker(), expected)
    if faults:
        return 'not good by the OCI runtime spec: ' + '\n'.join(faults)
    status, patch, said = plan(where, '--diff')
    if status or jsonpatch.apply_patch(read_json(where, 'config.json'), json.loads(patch)) != expected:
        return f'--diff, status {status}: {said}a patch that makes another config.json:\n{patch}'
    return ''


def tool():
    """What is wrong with the tool's own words and exit statuses, '' if nothing."""
    with open(os.path.join(BUILD, 'version.h'), encoding='utf-8') as file:
        version = re.search('"(.*)"', file.read())[1]
    with tempfile.TemporaryDirectory() as root:
        os.makedirs(os.path.join(root, 'sys/devices'))
        with open(os.path.join(root, 'config.json'), 'w', encoding='utf-8') as file:
            file.write('{"ociVersion": "1.1.0", "root": {"path": "r"}, "process": {"args": ["a"], "cwd": "/"}}')
        with open(os.path.join(root, 'cdi.json'), 'w', encoding='utf-8') as file:
            file.write('{"annotations": {"cdi.k8s.io/a": "a/b=c"}}')
        good = ['plan', '--root', root, '--config', 'config.json']
        cases = [
            (0, ['--help'], 'usage: ', ''), (0, ['--version'], f'coldinit {version}\n', ''),
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
        for status, words, says, complains in cases:
            found = coldinit(root, *words)
            if (found[0] != status or not found[1].startswith(says) or not found[2].startswith(complains)
                    or bool(found[2]) != bool(complains) or (status == 1 and found[2].count('\n') != 1)):
                return f'coldinit {" ".join(words)}: {found}\n'
    return ''


def trees():
    """Each recorded tree is one test: what a boot would make of its config.json, or why it would fail."""
    wrong = tool()
    results = [tell('trees: exit statuses', int(not wrong), int(bool(wrong)), wrong)]
    for name in sorted(os.listdir('tests/trees')):
        where = os.path.join('tests/trees', name)
        if os.path.isdir(where):
            wrong = one_tree(where)
            results.append(tell(f'trees/{name}', int(not wrong), int(bool(wrong)), wrong))
    return results


def boot(*options, seconds=BOOT_SECONDS, name='boot', folder='tests/boot'):
    """The boot tests or those beside crun, by pytest."""
    with tempfile.TemporaryDirectory() as where:
        report = os.path.join(where, 'junit.xml')
        env = dict(os.environ, COLDINIT_BUILD=BUILD)
        done = subprocess.run(['/usr/bin/python3', '-m', 'pytest', '-q', '-n', '2', '--dist', 'loadgroup',
                               '-p', 'no:cacheprovider', f'--junitxml={report}', *options, folder],
                              stdin=subprocess.DEVNULL, env=env, timeout=seconds, check=False)
        suite = xml.etree.ElementTree.parse(report).getroot().find('testsuite')
    total, failed = int(suite.get('tests')), int(suite.get('failures')) + int(suite.get('errors'))
    failed += int(suite.get('skipped'))  # a test that did not run has shown nothing
    if done.returncode and not failed:
        failed += 1
    return [tell(name, total - failed, failed, '')]


def main():
    """Run the suites that were named and say how it went."""
    suites = {
        'lint': lint, 'unit': unit, 'fuzz': fuzz, 'trees': trees,
        'boot': lambda: boot('-m', 'not slow'),
        'boot-all': lambda: boot(seconds=BOOT_ALL_SECONDS, name='boot-all'),
        'parity': lambda: boot('-m', 'not slow', name='parity', folder='tests/parity'),
        'parity-all': lambda: boot(name='parity-all', folder='tests/parity'),
    }
    results = []
    for name in sys.argv[2:]:
        print(f'{name}:', flush=True)
        results += suites[name]()
    passed, failed = (sum(column) for column in zip(*results))
    print(f'{passed} passed, {failed} failed')
    return 1 if failed or not passed else 0


sys.exit(main())
