"""The workload with grafanalib."""

from grafanalib import core
from grafanalib._gen import write_dashboard
from workload import run

SOURCE = {"type": "prometheus", "uid": "prometheus"}


def targets(p):
    for index, t in enumerate(p["targets"]):
        yield core.Target(
            expr=t["expr"],
            legendFormat=t["legend"],
            refId="ABCDEF"[index],
            datasource=SOURCE,
            instant=p["instant"],
            format="table" if p["kind"] == "table" else "time_series",
        )


def panel(p):
    x, y, w, h = p["at"]
    given = {
        "title": p["title"],
        "dataSource": SOURCE,
        "targets": list(targets(p)),
        "gridPos": core.GridPos(x=x, y=y, w=w, h=h),
        "thresholds": [
            core.Threshold(color, index, float(value or 0))
            for index, (color, value) in enumerate(p.get("steps", []))
        ],
    }
    match p["kind"]:
        case "timeseries":
            return core.TimeSeries(
                unit=p["unit"],
                drawStyle=p["draw"],
                fillOpacity=p["fill"],
                stacking={"mode": p["stack"], "group": "A"},
                thresholdsStyleMode=p["thresholds"],
                **given,
            )
        case "stat":
            return core.Stat(format=p["unit"], graphMode=p["graph"], reduceCalc="lastNotNull", **given)
        case "gauge":
            low, high = p["ends"]
            return core.GaugePanel(format=p["unit"], min=low, max=high, calc="lastNotNull", **given)
        case "table":
            return core.Table(unit=p["unit"], **given)
        case "piechart":
            return core.PieChartv2(unit=p["unit"], pieType=p["pie"], **given)


def variable(v):
    if v["kind"] == "interval":
        return core.Template(name=v["name"], query=v["query"], type="interval", dataSource=None)
    return core.Template(
        name=v["name"], query=v["query"], dataSource=SOURCE, includeAll=True, multi=True
    )


def write(d, file):
    dashboard = core.Dashboard(
        uid=d["uid"],
        title=d["title"],
        tags=d["tags"],
        refresh=d["refresh"],
        time=core.Time(d["from"], "now"),
        templating=core.Templating(list=[variable(v) for v in d["variables"]]),
        panels=[panel(p) for p in d["panels"]],
    )
    write_dashboard(dashboard.auto_panel_ids(), file)


run(write)
