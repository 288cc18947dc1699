# SPDX-License-Identifier: Apache-2.0
"""The OCI runtime spec's JSON schema for config.json, from Debian's package."""
import json
import os
import warnings

warnings.simplefilter('ignore', DeprecationWarning)  # RefResolver, since jsonschema 4.18

import jsonschema  # noqa: E402

SCHEMAS = '/usr/share/gocode/src/github.com/opencontainers/runtime-spec/schema'


def load(path):
    """Return: the document of a JSON file."""
    with open(path, encoding='utf-8') as file:
        return json.load(file)


def checker():
    """Return: a validator. Making one reads many files."""
    schema = load(os.path.join(SCHEMAS, 'config-schema.json'))
    resolver = jsonschema.RefResolver(f'file://{SCHEMAS}/config-schema.json', schema)
    return jsonschema.Draft4Validator(schema, resolver=resolver)


def faults(validator, document):
    """Return: the schema's errors in a config.json, as texts."""
    return [f'/{"/".join(map(str, error.absolute_path))}: {error.message}'
            for error in validator.iter_errors(document)]
