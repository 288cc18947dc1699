# SPDX-License-Identifier: Apache-2.0
"""Run test suites and count: tests/run.py BUILD_DIR lint|unit|fuzz|boot...

What passes is one line a program; what fails is shown whole. The last line is "N passed, N failed".
"""
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

BUILD = os.path.abspath(sys.argv[1])
UNIT_SECONDS = 120
BOOT_SECONDS = 40 * 60


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


def one_unit(path):
    """A cmocka program: its TAP lines count, and the plan must have been kept."""
    status, output = run([path], UNIT_SECONDS)
    passed = len(re.findall(r'^ok ', output, re.M))
    failed = len(re.findall(r'^not ok ', output, re.M))
    planned = sum(int(n) for n in re.findall(r'^1\.\.(\d+)', output, re.M))
    if '# SKIP' in output or planned != passed + failed or (status and not failed) or not planned:
        failed += 1
    return tell(os.path.relpath(path, BUILD), passed, failed, output)


def unit():
    """All unit tests."""
    return [one_unit(p) for p in programs('unit', 'test_')]


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
    for name in sorted(os.listdir('tests/lint')):
        status, output = run([os.path.join('tests/lint', name), BUILD], 600)
        results.append(tell(f'lint/{name}', int(status == 0), int(status != 0), output))
    return results


def boot():
    """The boot tests, by pytest."""
    with tempfile.TemporaryDirectory() as where:
        report = os.path.join(where, 'junit.xml')
        env = dict(os.environ, COLDINIT_BUILD=BUILD)
        done = subprocess.run(['/usr/bin/python3', '-m', 'pytest', '-q', '-n', '2', '-p', 'no:cacheprovider',
                               f'--junitxml={report}', 'tests/boot'],
                              stdin=subprocess.DEVNULL, env=env, timeout=BOOT_SECONDS, check=False)
        suite = xml.etree.ElementTree.parse(report).getroot().find('testsuite')
    total, failed = int(suite.get('tests')), int(suite.get('failures')) + int(suite.get('errors'))
    failed += int(suite.get('skipped'))  # a test that did not run has shown nothing
    if done.returncode and not failed:
        failed += 1
    return [tell('boot', total - failed, failed, '')]


def main():
    """Run the suites that were named and say how it went."""
    suites = {'lint': lint, 'unit': unit, 'fuzz': fuzz, 'boot': boot}
    results = []
    for name in sys.argv[2:]:
        print(f'{name}:', flush=True)
        results += suites[name]()
    passed, failed = (sum(column) for column in zip(*results))
    print(f'{passed} passed, {failed} failed')
    return 1 if failed or not passed else 0


sys.exit(main())
