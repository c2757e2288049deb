"""The workload with Grafana's Foundation SDK for Python."""

from grafana_foundation_sdk.builders import (
    common,
    dashboard,
    gauge,
    piechart,
    prometheus,
    stat,
    table,
    timeseries,
)
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as models
from grafana_foundation_sdk.models.dashboard import (
    GridPos,
    Threshold,
    ThresholdsMode,
    VariableRefresh,
)
from grafana_foundation_sdk.models.piechart import PieChartType
from grafana_foundation_sdk.models.prometheus import PromQueryFormat
from workload import run

SOURCE = models.DataSourceRef(type_val="prometheus", uid="prometheus")


def last():
    return common.ReduceDataOptions().calcs(["lastNotNull"])


def styled(p):
    match p["kind"]:
        case "timeseries":
            return (
                timeseries.Panel()
                .draw_style(models.GraphDrawStyle(p["draw"]))
                .fill_opacity(p["fill"])
                .stacking(common.StackingConfig().mode(models.StackingMode(p["stack"])).group("A"))
                .thresholds_style(
                    common.GraphThresholdsStyleConfig().mode(
                        models.GraphThresholdsStyleMode(p["thresholds"])
                    )
                )
            )
        case "stat":
            mode = models.BigValueGraphMode(p["graph"])
            return stat.Panel().graph_mode(mode).reduce_options(last())
        case "gauge":
            low, high = p["ends"]
            return gauge.Panel().min(low).max(high).reduce_options(last())
        case "table":
            return table.Panel()
        case "piechart":
            return piechart.Panel().pie_type(PieChartType(p["pie"])).reduce_options(last())


def panel(number, p):
    x, y, w, h = p["at"]
    built = (
        styled(p)
        .id(number)
        .title(p["title"])
        .datasource(SOURCE)
        .unit(p["unit"])
        .grid_pos(GridPos(x=x, y=y, w=w, h=h))
    )
    for index, t in enumerate(p["targets"]):
        query = prometheus.Dataquery().expr(t["expr"]).legend_format(t["legend"])
        query.ref_id("ABCDEF"[index]).datasource(SOURCE)
        if p["instant"]:
            query.instant()
        if p["kind"] == "table":
            query.format(PromQueryFormat.TABLE)
        built.with_target(query)
    if p.get("steps"):
        steps = [Threshold(color=color, value=value) for color, value in p["steps"]]
        built.thresholds(dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps))
    return built


def variable(v):
    if v["kind"] == "interval":
        return dashboard.IntervalVariable(v["name"]).values(v["query"])
    return (
        dashboard.QueryVariable(v["name"])
        .query(v["query"])
        .datasource(SOURCE)
        .multi(True)
        .include_all(True)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
    )


ENCODER = JSONEncoder(sort_keys=True, indent=2)


def write(d, file):
    built = (
        dashboard.Dashboard(d["title"])
        .uid(d["uid"])
        .tags(d["tags"])
        .refresh(d["refresh"])
        .time(d["from"], "now")
        .variables([variable(v) for v in d["variables"]])
    )
    for number, p in enumerate(d["panels"], 1):
        built.with_panel(panel(number, p))
    file.write(ENCODER.encode(built.build()))


run(write)
