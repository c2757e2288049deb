// The workload with Grafana's Foundation SDK for TypeScript: `node BUNDLE WHAT DIR`.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as gauge from '@grafana/grafana-foundation-sdk/gauge';
import * as piechart from '@grafana/grafana-foundation-sdk/piechart';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as table from '@grafana/grafana-foundation-sdk/table';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';

interface Panel {
  kind: string; title: string; at: number[]; unit: string; instant: boolean;
  targets: { expr: string; legend: string }[];
  steps?: [string, number | null][]; ends?: number[]; graph?: string; pie?: string;
  draw?: string; fill?: number; stack?: string; thresholds?: string;
}
interface View {
  uid: string; title: string; tags: string[]; refresh: string; from: string;
  variables: { name: string; kind: string; query: string }[]; panels: Panel[];
}

const source = { type: 'prometheus', uid: 'prometheus' };
const last = () => new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']);

function styled(p: Panel) {
  switch (p.kind) {
    case 'timeseries':
      return new timeseries.PanelBuilder()
        .drawStyle(p.draw as common.GraphDrawStyle)
        .fillOpacity(p.fill!)
        .stacking(new common.StackingConfigBuilder().mode(p.stack as common.StackingMode).group('A'))
        .thresholdsStyle(new common.GraphThresholdsStyleConfigBuilder().mode(p.thresholds as common.GraphThresholdsStyleMode));
    case 'stat':
      return new stat.PanelBuilder().graphMode(p.graph as common.BigValueGraphMode).reduceOptions(last());
    case 'gauge':
      return new gauge.PanelBuilder().min(p.ends![0]).max(p.ends![1]).reduceOptions(last());
    case 'table':
      return new table.PanelBuilder();
    default:
      return new piechart.PanelBuilder().pieType(p.pie as piechart.PieChartType).reduceOptions(last());
  }
}

function panel(p: Panel, index: number) {
  const [x, y, w, h] = p.at;
  const built = styled(p).id(index + 1).title(p.title).datasource(source).unit(p.unit).gridPos({ x, y, w, h });
  p.targets.forEach((t, i) => {
    const query = new prometheus.DataqueryBuilder()
      .expr(t.expr).legendFormat(t.legend).refId('ABCDEF'[i]).datasource(source);
    if (p.instant) query.instant();
    if (p.kind === 'table') query.format(prometheus.PromQueryFormat.Table);
    built.withTarget(query);
  });
  if (p.steps?.length) {
    built.thresholds(new dashboard.ThresholdsConfigBuilder()
      .mode(dashboard.ThresholdsMode.Absolute)
      .steps(p.steps.map(([color, value]) => ({ color, value }))));
  }
  return built;
}

function variable(v: View['variables'][number]) {
  if (v.kind === 'interval') return new dashboard.IntervalVariableBuilder(v.name).values(v.query);
  return new dashboard.QueryVariableBuilder(v.name)
    .query(v.query).datasource(source).multi(true).includeAll(true)
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged);
}

function build(d: View) {
  const built = new dashboard.DashboardBuilder(d.title)
    .uid(d.uid).tags(d.tags).refresh(d.refresh).time({ from: d.from, to: 'now' })
    .variables(d.variables.map(variable));
  d.panels.forEach((p, index) => built.withPanel(panel(p, index)));
  return built.build();
}

function plainPanel(service: string, j: number): Panel {
  const kind = ['timeseries', 'stat', 'gauge', 'table', 'piechart'][j % 5];
  const instant = kind === 'table' || kind === 'piechart';
  const rate = `(rate(svc_metric_${j}_total{service="${service}", agent=~"$agent", model=~"$model"}`
    + `[${instant ? '$__range' : '$__rate_interval'}]))`;
  const total = kind === 'stat' || kind === 'gauge';
  const query = total ? `sum${rate}` : `sum by (agent) ${rate}`;
  return {
    kind, instant,
    title: `Panel ${j}`,
    at: [(j % 3) * 8, Math.floor(j / 3) * 8, 8, 8],
    unit: kind === 'gauge' ? 'percent' : 'reqps',
    targets: [{ expr: kind === 'table' ? `topk(10, ${query})` : query, legend: total ? `Panel ${j}` : '{{agent}}' }],
    steps: kind === 'piechart' ? [] : [['green', null], ['yellow', 50 + j], ['red', 80 + j]],
    draw: 'line', fill: 10, stack: 'none', thresholds: 'line', graph: 'area', ends: [0, 100], pie: 'donut',
  };
}

function plain(number: number): View {
  const id = String(number).padStart(4, '0');
  return {
    uid: `svc-${id}`, title: `Service ${id}`, tags: ['generated'], refresh: '30s', from: 'now-6h',
    variables: ['agent', 'model'].map((name) => ({ name, kind: 'query', query: `label_values(svc_metric_0_total, ${name})` })),
    panels: Array.from({ length: 20 }, (_, j) => plainPanel(`svc-${id}`, j)),
  };
}

const [what, directory] = process.argv.slice(2);
mkdirSync(directory, { recursive: true });
const write = (d: View) => writeFileSync(`${directory}/${d.uid}.json`, JSON.stringify(build(d), null, 2));
if (/^\d+$/.test(what)) {
  for (let number = 0; number < Number(what); number++) write(plain(number));
} else {
  (JSON.parse(readFileSync(what, 'utf8')) as View[]).forEach(write);
}
