"""What a person sees of a dashboard, from any generator's JSON.

`view.py DIR` prints the views of a directory's dashboards as JSON, which is also
what the peers build the reference dashboards from. `view.py DIR OTHER...` compares.

Left out, because generators differ in them by design: the ids of panels (ours follow
from their keys), options at their defaults, and what only Grafana's editor reads.
"""

import json
import pathlib
import sys


def panel(p):
    fields = p["fieldConfig"]["defaults"]
    custom, options = fields.get("custom", {}), p.get("options", {})
    place = p["gridPos"]
    seen = {
        "kind": p["type"],
        "title": p["title"],
        "at": [place[k] for k in "xywh"],
        "unit": fields.get("unit"),
        "targets": [
            {"expr": t["expr"], "legend": t.get("legendFormat") or ""} for t in p["targets"]
        ],
        "instant": bool(p["targets"][0].get("instant")),
        "table": p["targets"][0].get("format") == "table",
    }
    if p["type"] != "piechart":  # a pie chart shows no thresholds
        steps = fields.get("thresholds", {}).get("steps") or []
        seen["steps"] = [[s["color"], None if i == 0 else float(s["value"])] for i, s in enumerate(steps)]
    if p["type"] == "timeseries":
        seen["draw"] = custom.get("drawStyle", "line")
        seen["fill"] = custom.get("fillOpacity", 0)
        seen["stack"] = custom.get("stacking", {}).get("mode", "none")
        seen["thresholds"] = custom.get("thresholdsStyle", {}).get("mode", "off")
    elif p["type"] == "gauge":
        seen["ends"] = [float(fields["min"]), float(fields["max"])]
    elif p["type"] == "stat":
        seen["graph"] = options.get("graphMode")
    elif p["type"] == "piechart":
        seen["pie"] = options.get("pieType")
    return seen


def variable(v):
    query = v["query"]
    seen = {
        "name": v["name"],
        "kind": v["type"],
        "query": query["query"] if isinstance(query, dict) else query,
    }
    if v["type"] == "query":
        seen["several"] = bool(v.get("multi")) and bool(v.get("includeAll"))
    return seen


def dashboard(d):
    return {
        "uid": d["uid"],
        "title": d["title"],
        "tags": d["tags"],
        "refresh": d["refresh"],
        "from": d["time"]["from"],
        "variables": [variable(v) for v in d["templating"]["list"]],
        "panels": [panel(p) for p in d["panels"]],
    }


def directory(path):
    files = sorted(pathlib.Path(path).glob("*.json"))
    return [dashboard(json.loads(file.read_text())) for file in files]


def difference(a, b, where=""):
    """The first difference, in words; None if there is none."""
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        pairs = [(f"{where}.{k}", a[k], b[k]) for k in a]
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        pairs = [(f"{where}[{i}]", x, y) for i, (x, y) in enumerate(zip(a, b))]
    else:
        return None if a == b else f"{where}: {a!r} is not {b!r}"
    return next((found for found in (difference(x, y, w) for w, x, y in pairs) if found), None)


if __name__ == "__main__":
    ours = directory(sys.argv[1])
    if len(sys.argv) == 2:
        json.dump(ours, sys.stdout, indent=1)
        sys.exit()
    found = {other: difference(ours, directory(other), other) for other in sys.argv[2:]}
    for other, text in found.items():
        print(text or f"{other}: the same {len(ours)} dashboards")
    sys.exit(any(found.values()))
