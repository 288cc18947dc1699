# SPDX-License-Identifier: Apache-2.0
"""Read C files for the lints: comments, function definitions and prototypes.

This is no parser. It relies on clang-format: a function's body begins with "{" in column 0.
"""
import re
import subprocess

FOLDERS = ['init', 'dev', 'spec', 'net']
TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'', re.S)
DIRECTIVE = re.compile(r'^[ \t]*#(?:[^\n]*\\\n)*[^\n]*', re.M)
ATTRIBUTE = re.compile(r'(must_check|nonnull|printf_like|cleanup|__attribute__)\b')


def files(folders, *patterns):
    """Return: the paths of the files in @folders that match one of @patterns ("*.c")."""
    found = subprocess.run(['git', 'ls-files', '-co', '--exclude-standard', '--deduplicate', '--', *folders],
                           check=True, capture_output=True, text=True).stdout.split()
    wanted = re.compile('|'.join(p.replace('.', r'\.').replace('*', '.*') for p in patterns))
    return [path for path in found if wanted.fullmatch(path)]


def read(path):
    """Return: the text of a file, '' if it was removed from the tree but not from git's index."""
    try:
        with open(path, encoding='utf-8') as file:
            return file.read()
    except FileNotFoundError:
        return ''


def build_folders():
    """Return: the folders of the build, from configs/build.mk."""
    return re.search(r'^dirs := ((?:.*\\\n)*.*)', read('configs/build.mk'), re.M).group(1).replace('\\', '').split()


def blank(text, pattern=TOKEN):
    """Return: @text with blanks in place of what @pattern matches; offsets and lines stay."""
    return pattern.sub(lambda m: re.sub(r'[^\n]', ' ', m.group()), text)


def closing(text, start):
    """Return: the offset of the parenthesis that closes the one at @start."""
    depth = 0
    for at in range(start, len(text)):
        depth += {'(': 1, ')': -1}.get(text[at], 0)
        if not depth:
            return at
    return len(text)


def split(text):
    """Return: what the commas at the top level of a parameter list separate."""
    parts, depth = [''], 0
    for char in text:
        depth += {'(': 1, '[': 1, ')': -1, ']': -1}.get(char, 0)
        parts.append('') if char == ',' and not depth else parts.append(parts.pop() + char)
    return [' '.join(part.split()) for part in parts]


def parameter(text):
    """Return: the name of one parameter: int (*fn)(int), char buf[4], const char *s."""
    pointer = re.search(r'\(\s*\*\s*(?:const\s+)?(\w+)', text)
    return pointer.group(1) if pointer else re.findall(r'\w+', re.sub(r'\[.*?\]', '', text))[-1]


def functions(text):
    """The functions of a file. Each is a dictionary: name, type, parameters, body (whether it is
    defined here), static, start (its offset) and comment (the text before it)."""
    code = blank(blank(text), DIRECTIVE)
    ends = {m.end() - 1 for m in re.finditer(r'\n\{|;', code)}
    depth, last = 0, 0
    for at, char in enumerate(code):
        if char in '{}':
            depth += 1 if char == '{' else -1
        if at in ends and depth == (1 if char == '{' else 0):
            head = code[last:at]
            for m in re.finditer(r'(\w+)\s*\((?!\s*\*)', head):
                if ATTRIBUTE.match(m.group(1)) or '=' in head[:m.start()] or re.search(r'\btypedef\b', head):
                    continue
                inside = head[m.end():closing(head, m.end() - 1)]
                names = [parameter(p) for p in split(inside) if p not in ('', 'void', '...')]
                start = last + len(head) - len(head.lstrip())
                kind = ATTRIBUTE.sub('', re.sub(r'\([^()]*\)', '', head[:m.start()])).split()
                yield {'name': m.group(1), 'parameters': names, 'body': char == '{', 'static': 'static' in kind,
                       'type': ' '.join(w for w in kind if w not in ('static', 'inline', 'extern', 'noreturn', '()')),
                       'start': start, 'comment': text[last:start]}
                break
        if depth == 0 and char in ';}':
            last = at + 1
