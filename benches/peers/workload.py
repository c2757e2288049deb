"""What the Python peers build: dashboards as plain values, one at a time."""

import json
import os
import sys


def plain(number):
    service = f"svc-{number:04}"
    variables = [
        {"name": name, "kind": "query", "query": f"label_values(svc_metric_0_total, {name})"}
        for name in ("agent", "model")
    ]
    panels = []
    for j in range(20):
        kind = ("timeseries", "stat", "gauge", "table", "piechart")[j % 5]
        window = "$__range" if kind in ("table", "piechart") else "$__rate_interval"
        rate = (
            f'(rate(svc_metric_{j}_total{{service="{service}", agent=~"$agent", '
            f'model=~"$model"}}[{window}]))'
        )
        total, by_agent = f"sum{rate}", f"sum by (agent) {rate}"
        panel = {
            "kind": kind,
            "title": f"Panel {j}",
            "at": [j % 3 * 8, j // 3 * 8, 8, 8],
            "unit": "percent" if kind == "gauge" else "reqps",
            "steps": [["green", None], ["yellow", 50 + j], ["red", 80 + j]],
            "instant": kind in ("table", "piechart"),
        }
        if kind == "timeseries":
            query = by_agent
            panel.update(draw="line", fill=10, stack="none", thresholds="line")
        elif kind == "stat":
            query = total
            panel.update(graph="area")
        elif kind == "gauge":
            query = total
            panel.update(ends=[0, 100])
        elif kind == "table":
            query = f"topk(10, {by_agent})"
        else:
            query = by_agent
            panel.update(pie="donut", steps=[])
        legend = panel["title"] if query is total else "{{agent}}"
        panel["targets"] = [{"expr": query, "legend": legend}]
        panels.append(panel)
    return {
        "uid": service,
        "title": f"Service {number:04}",
        "tags": ["generated"],
        "refresh": "30s",
        "from": "now-6h",
        "variables": variables,
        "panels": panels,
    }


def run(write):
    """`PROGRAM WHAT DIR`: WHAT is a number of dashboards, or a file of views."""
    what, directory = sys.argv[1:]
    os.makedirs(directory, exist_ok=True)
    if what.isdigit():
        dashboards = (plain(number) for number in range(int(what)))
    else:
        with open(what) as file:
            dashboards = json.load(file)
    for each in dashboards:
        with open(f"{directory}/{each['uid']}.json", "w") as file:
            write(each, file)
