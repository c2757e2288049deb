"""python roundtrip.py DASHBOARD.json...

Decodes dashboards with Grafana's Foundation SDK and encodes them again.
Whatever is lost or changed on the way is a field that the SDK does not know, or
a value that it cannot hold. The SDK may add its defaults.
"""

import json
import sys

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard


def lost(before: object, after: object, place: str = "") -> list[str]:
    """Where `after` lacks something of `before`."""
    if isinstance(before, dict) and isinstance(after, dict):
        found = []
        for key, value in before.items():
            at = f"{place}.{key}".lstrip(".")
            if key in after:
                found += lost(value, after[key], at)
            elif value is not None:
                found.append(f"{at} is lost")
        return found
    if isinstance(before, list) and isinstance(after, list):
        if len(before) != len(after):
            return [f"{place} has {len(after)} elements instead of {len(before)}"]
        pairs = enumerate(zip(before, after))
        return [item for i, (a, b) in pairs for item in lost(a, b, f"{place}[{i}]")]
    same = before == after and isinstance(before, bool) == isinstance(after, bool)
    return [] if same else [f"{place} is {after!r} instead of {before!r}"]


def main(files: list[str]) -> int:
    register_default_plugins()
    wrong = 0
    for file in files:
        with open(file, encoding="utf-8") as source:
            before = json.load(source)
        after = json.loads(json.dumps(Dashboard.from_json(before), cls=JSONEncoder))
        for reason in lost(before, after):
            wrong += 1
            print(f"{file}: {reason}")
    print(f"{len(files)} dashboards, {wrong} differences")
    return 0 if files and not wrong else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
