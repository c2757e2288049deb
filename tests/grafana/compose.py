"""Holds compose files to the Compose Specification, as models that know every
key of it: compose.py FILE...
"""

import sys

import yaml
from compose_pydantic import ComposeSpecification
from pydantic import ValidationError

wrong = 0
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        content = yaml.safe_load(file)
    try:
        ComposeSpecification.model_validate(content)
    except ValidationError as error:
        wrong += error.error_count()
        print(f"{path}: {error}")
print(f"{len(sys.argv) - 1} compose files, {wrong} errors")
sys.exit(wrong > 0)
