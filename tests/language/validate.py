"""python3 validate.py SCHEMA < DOCUMENTS

DOCUMENTS is a JSON list. Prints a JSON list with what the schema has against
each of them, an empty list if nothing.
"""

import json
import sys

from jsonschema import Draft7Validator

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
Draft7Validator.check_schema(schema)
validator = Draft7Validator(schema)


def against(document):
    errors = validator.iter_errors(document)
    return [f"{error.json_path}: {error.message[:200]}" for error in errors]


print(json.dumps([against(document) for document in json.load(sys.stdin)]))
