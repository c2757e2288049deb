// The workload with Grafana's Foundation SDK for Go: `PROGRAM WHAT DIR`.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/variants"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/gauge"
	"github.com/grafana/grafana-foundation-sdk/go/piechart"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/table"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

type target struct{ Expr, Legend string }

// step is a pair in JSON: a color, and where it starts.
type step struct {
	Color string
	Value *float64
}

func (s *step) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, &[]any{&s.Color, &s.Value})
}

type panel struct {
	Kind, Title, Unit, Graph, Pie, Draw, Stack, Thresholds string

	At      [4]uint32
	Instant bool
	Targets []target
	Steps   []step
	Ends    [2]float64
	Fill    float64
}

type variable struct{ Name, Kind, Query string }

type view struct {
	UID, Title, Refresh, From string

	Tags      []string
	Variables []variable
	Panels    []panel
}

// panelBuilder is what the builders of all kinds have in common.
type panelBuilder[B any] interface {
	cog.Builder[dashboard.Panel]
	Id(uint32) B
	Title(string) B
	Datasource(common.DataSourceRef) B
	Unit(string) B
	GridPos(dashboard.GridPos) B
	WithTarget(cog.Builder[variants.Dataquery]) B
	Thresholds(cog.Builder[dashboard.ThresholdsConfig]) B
}

var (
	sourceType = "prometheus"
	source     = common.DataSourceRef{Type: &sourceType, Uid: &sourceType}
	refIDs     = [...]string{"A", "B", "C", "D", "E", "F"}
)

func last() *common.ReduceDataOptionsBuilder {
	return common.NewReduceDataOptionsBuilder().Calcs([]string{"lastNotNull"})
}

func dressed[B panelBuilder[B]](built B, p *panel, index int) cog.Builder[dashboard.Panel] {
	place := dashboard.GridPos{X: p.At[0], Y: p.At[1], W: p.At[2], H: p.At[3]}
	built.Id(uint32(index + 1)).Title(p.Title).Datasource(source).Unit(p.Unit).GridPos(place)
	for i, t := range p.Targets {
		query := prometheus.NewDataqueryBuilder().
			Expr(t.Expr).LegendFormat(t.Legend).RefId(refIDs[i]).Datasource(source)
		if p.Instant {
			query.Instant()
		}
		if p.Kind == "table" {
			query.Format(prometheus.PromQueryFormatTable)
		}
		built.WithTarget(query)
	}
	if len(p.Steps) > 0 {
		steps := make([]dashboard.Threshold, len(p.Steps))
		for i, s := range p.Steps {
			steps[i] = dashboard.Threshold{Color: s.Color, Value: s.Value}
		}
		built.Thresholds(dashboard.NewThresholdsConfigBuilder().
			Mode(dashboard.ThresholdsModeAbsolute).Steps(steps))
	}
	return built
}

func panelOf(p *panel, index int) cog.Builder[dashboard.Panel] {
	switch p.Kind {
	case "timeseries":
		stacking := common.NewStackingConfigBuilder().Mode(common.StackingMode(p.Stack)).Group("A")
		lines := common.NewGraphThresholdsStyleConfigBuilder().
			Mode(common.GraphThresholdsStyleMode(p.Thresholds))
		built := timeseries.NewPanelBuilder().DrawStyle(common.GraphDrawStyle(p.Draw)).
			FillOpacity(p.Fill).Stacking(stacking).ThresholdsStyle(lines)
		return dressed(built, p, index)
	case "stat":
		graph := common.BigValueGraphMode(p.Graph)
		return dressed(stat.NewPanelBuilder().GraphMode(graph).ReduceOptions(last()), p, index)
	case "gauge":
		built := gauge.NewPanelBuilder().Min(p.Ends[0]).Max(p.Ends[1]).ReduceOptions(last())
		return dressed(built, p, index)
	case "table":
		return dressed(table.NewPanelBuilder(), p, index)
	default:
		pie := piechart.PieChartType(p.Pie)
		return dressed(piechart.NewPanelBuilder().PieType(pie).ReduceOptions(last()), p, index)
	}
}

func variableOf(v *variable) cog.Builder[dashboard.VariableModel] {
	query := dashboard.StringOrMap{String: &v.Query}
	if v.Kind == "interval" {
		return dashboard.NewIntervalVariableBuilder(v.Name).Values(query)
	}
	return dashboard.NewQueryVariableBuilder(v.Name).Query(query).Datasource(source).
		Multi(true).IncludeAll(true).Refresh(dashboard.VariableRefreshOnTimeRangeChanged)
}

func build(v *view) (dashboard.Dashboard, error) {
	built := dashboard.NewDashboardBuilder(v.Title).
		Uid(v.UID).Tags(v.Tags).Refresh(v.Refresh).Time(v.From, "now")
	for i := range v.Variables {
		built.WithVariable(variableOf(&v.Variables[i]))
	}
	for i := range v.Panels {
		built.WithPanel(panelOf(&v.Panels[i], i))
	}
	return built.Build()
}

func plainPanel(service string, j int) panel {
	kind := [...]string{"timeseries", "stat", "gauge", "table", "piechart"}[j%5]
	instant := kind == "table" || kind == "piechart"
	window, unit, legend := "$__rate_interval", "reqps", "{{agent}}"
	if instant {
		window = "$__range"
	}
	if kind == "gauge" {
		unit = "percent"
	}
	title := fmt.Sprintf("Panel %d", j)
	rate := fmt.Sprintf(`(rate(svc_metric_%d_total{service="%s", agent=~"$agent", model=~"$model"}[%s]))`,
		j, service, window)
	query := "sum by (agent) " + rate
	switch kind {
	case "stat", "gauge":
		query, legend = "sum"+rate, title
	case "table":
		query = "topk(10, " + query + ")"
	}
	p := panel{
		Kind: kind, Title: title, Unit: unit, Instant: instant,
		At:      [4]uint32{uint32(j % 3 * 8), uint32(j / 3 * 8), 8, 8},
		Targets: []target{{query, legend}},
		Draw:    "line", Fill: 10, Stack: "none", Thresholds: "line",
		Graph: "area", Ends: [2]float64{0, 100}, Pie: "donut",
	}
	if kind != "piechart" {
		warning, critical := float64(50+j), float64(80+j)
		p.Steps = []step{{"green", nil}, {"yellow", &warning}, {"red", &critical}}
	}
	return p
}

func plain(number int) *view {
	service := fmt.Sprintf("svc-%04d", number)
	v := view{
		UID: service, Title: fmt.Sprintf("Service %04d", number), Tags: []string{"generated"},
		Refresh: "30s", From: "now-6h",
	}
	for _, name := range [...]string{"agent", "model"} {
		query := fmt.Sprintf("label_values(svc_metric_0_total, %s)", name)
		v.Variables = append(v.Variables, variable{name, "query", query})
	}
	for j := range 20 {
		v.Panels = append(v.Panels, plainPanel(service, j))
	}
	return &v
}

func write(v *view, directory string) error {
	built, err := build(v)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(built, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(directory, v.UID+".json"), text, 0o644)
}

func run(what, directory string) error {
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return err
	}
	if count, err := strconv.Atoi(what); err == nil {
		for number := range count {
			if err := write(plain(number), directory); err != nil {
				return err
			}
		}
		return nil
	}
	text, err := os.ReadFile(what)
	if err != nil {
		return err
	}
	var views []view
	if err := json.Unmarshal(text, &views); err != nil {
		return err
	}
	for i := range views {
		if err := write(&views[i], directory); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}
