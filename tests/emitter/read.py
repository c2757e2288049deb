"""What the parsers of prometheus_client read: read.py FILE, whose name ends in
`open` if it is OpenMetrics. Prints the families as JSON.
"""

import json
import pathlib
import sys

from prometheus_client import openmetrics, parser
from prometheus_client.openmetrics import parser as _  # noqa: F401

path = pathlib.Path(sys.argv[1])
read = (openmetrics.parser if path.name.endswith("open") else parser).text_string_to_metric_families

families = []
for family in read(path.read_text("utf-8")):
    samples = [
        {"name": sample.name, "labels": sample.labels, "value": repr(float(sample.value))}
        for sample in family.samples
    ]
    families.append(
        {
            "name": family.name,
            "kind": family.type,
            "help": family.documentation,
            "unit": family.unit,
            "samples": samples,
        }
    )
json.dump(families, sys.stdout)
