// The workload with grafonnet: `jrsonnet -c -m DIR --tla-code views=… with_grafonnet.jsonnet`;
// `views` is a number of dashboards, or an array of views.
local g = import 'github.com/grafana/grafonnet/gen/grafonnet-v11.4.0/main.libsonnet';

local last(p) = p.options.reduceOptions.withCalcs(['lastNotNull']);

local styled = {
  timeseries(v)::
    local p = g.panel.timeSeries, custom = p.fieldConfig.defaults.custom;
    p.new(v.title)
    + custom.withDrawStyle(v.draw)
    + custom.withFillOpacity(v.fill)
    + custom.stacking.withMode(v.stack)
    + custom.stacking.withGroup('A')
    + custom.thresholdsStyle.withMode(v.thresholds),
  stat(v):: local p = g.panel.stat; p.new(v.title) + p.options.withGraphMode(v.graph) + last(p),
  gauge(v)::
    local p = g.panel.gauge;
    p.new(v.title) + p.standardOptions.withMin(v.ends[0]) + p.standardOptions.withMax(v.ends[1]) + last(p),
  table(v):: g.panel.table.new(v.title),
  piechart(v):: local p = g.panel.pieChart; p.new(v.title) + p.options.withPieType(v.pie) + last(p),
};

local target(v, index) =
  local q = g.query.prometheus, t = v.targets[index];
  q.new('prometheus', t.expr)
  + q.withLegendFormat(t.legend)
  + q.withRefId('ABCDEF'[index])
  + (if v.instant then q.withInstant() else {})
  + (if v.kind == 'table' then q.withFormat('table') else {});

local panel(v) =
  local p = g.panel.timeSeries, at = v.at, steps = std.get(v, 'steps', []);
  styled[v.kind](v)
  + p.queryOptions.withDatasource('prometheus', 'prometheus')
  + p.queryOptions.withTargets([target(v, i) for i in std.range(0, std.length(v.targets) - 1)])
  + p.standardOptions.withUnit(v.unit)
  + p.gridPos.withX(at[0]) + p.gridPos.withY(at[1]) + p.gridPos.withW(at[2]) + p.gridPos.withH(at[3])
  + (if steps == [] then {} else
       p.standardOptions.thresholds.withMode('absolute')
       + p.standardOptions.thresholds.withSteps([{ color: step[0], value: step[1] } for step in steps]));

local variable(v) =
  if v.kind == 'interval' then g.dashboard.variable.interval.new(v.name, std.split(v.query, ','))
  else
    local q = g.dashboard.variable.query;
    q.new(v.name, v.query)
    + q.withDatasource('prometheus', 'prometheus')
    + q.selectionOptions.withMulti()
    + q.selectionOptions.withIncludeAll()
    + q.refresh.onTime();

local dashboard(v) =
  local d = g.dashboard;
  d.new(v.title)
  + d.withUid(v.uid)
  + d.withTags(v.tags)
  + d.withRefresh(v.refresh)
  + d.time.withFrom(v.from)
  + d.time.withTo('now')
  + d.withVariables([variable(each) for each in v.variables])
  + d.withPanels([panel(each) for each in v.panels]);

local plainPanel(service, j) =
  local kind = ['timeseries', 'stat', 'gauge', 'table', 'piechart'][j % 5];
  local instant = kind == 'table' || kind == 'piechart';
  local total = kind == 'stat' || kind == 'gauge';
  local window = if instant then '$__range' else '$__rate_interval';
  local rate = '(rate(svc_metric_' + j + '_total{service="' + service + '", agent=~"$agent", model=~"$model"}[' + window + ']))';
  local query = if total then 'sum' + rate else 'sum by (agent) ' + rate;
  {
    kind: kind,
    instant: instant,
    title: 'Panel ' + j,
    at: [j % 3 * 8, std.floor(j / 3) * 8, 8, 8],
    unit: if kind == 'gauge' then 'percent' else 'reqps',
    targets: [{
      expr: if kind == 'table' then 'topk(10, ' + query + ')' else query,
      legend: if total then 'Panel ' + j else '{{agent}}',
    }],
    steps: if kind == 'piechart' then [] else [['green', null], ['yellow', 50 + j], ['red', 80 + j]],
    draw: 'line', fill: 10, stack: 'none', thresholds: 'line', graph: 'area', ends: [0, 100], pie: 'donut',
  };

local plain(number) =
  local id = '%04d' % number, service = 'svc-' + id;
  {
    uid: service,
    title: 'Service ' + id,
    tags: ['generated'],
    refresh: '30s',
    from: 'now-6h',
    variables: [
      { name: name, kind: 'query', query: 'label_values(svc_metric_0_total, ' + name + ')' }
      for name in ['agent', 'model']
    ],
    panels: [plainPanel(service, j) for j in std.range(0, 19)],
  };

function(views)
  local all = if std.isNumber(views) then std.makeArray(views, plain) else views;
  { [view.uid + '.json']: dashboard(view) for view in all }
