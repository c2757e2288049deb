// node types.mjs PACKAGE DASHBOARD.json...
//
// Type-checks dashboards against the types that Grafana publishes in PACKAGE:
// `@grafana/schema`, or an alias of another version of it. Unknown keys and
// wrong values are errors. Missing keys are not: Grafana fills in its defaults
// when it loads a dashboard.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const PLUGINS = {
  barchart: 'barchart/BarChart',
  bargauge: 'bargauge/BarGauge',
  gauge: 'gauge/Gauge',
  heatmap: 'heatmap/Heatmap',
  piechart: 'piechart/PieChart',
  'state-timeline': 'statetimeline/StateTimeline',
  stat: 'stat/Stat',
  table: 'table/Table',
  text: 'text/Text',
  timeseries: 'timeseries/TimeSeries',
};

// Plugins without options of their own in `fieldConfig.defaults.custom`.
const WITHOUT_CUSTOM = new Set(['bargauge', 'gauge', 'stat', 'text']);

const PRELUDE = `
// The types name enums, where JSON has their values.
type Json<T> = unknown extends T ? T
  : T extends string ? (string extends T ? T : \`\${T}\`)
  : T extends number ? (number extends T ? T : \`\${T}\` extends \`\${infer N extends number}\` ? N : never)
  : T extends boolean | null | undefined ? T
  : T extends Array<infer U> ? Json<U>[]
  : T extends object ? { [K in keyof T]?: Json<T[K]> } : T;

// What the published types leave open or leave out: targets, whose type is the
// datasource's; data links; the interval variable's own keys; the gaps of a
// state timeline.
type DatasourceRef = { type: string; uid: string };
type Target = {
  datasource: DatasourceRef; refId: string; expr: string; editorMode: 'code' | 'builder';
  instant: boolean; range: boolean; legendFormat: string; format?: 'time_series' | 'table' | 'heatmap';
};
type DataLink = { title: string; url: string; targetBlank: boolean };
type Interval = { auto?: boolean; auto_count?: number; auto_min?: string; definition?: string };
type Gaps = { insertNulls?: boolean | number; spanNulls?: boolean | number };

type Defaults<C> = Json<Omit<schema.FieldConfig, 'custom' | 'links'>> & { custom?: C; links?: DataLink[] };
type Config<C> = { defaults: Defaults<C>; overrides: Json<schema.FieldConfigSource['overrides']> };
type AnyPanel = Json<Omit<schema.Panel, 'options' | 'fieldConfig' | 'targets' | 'type'>>;
type Panel<T extends string, O, C> = AnyPanel & {
  type: T; id: number; title: string; datasource: DatasourceRef;
  options: Json<O>; fieldConfig: Config<C>; targets?: Target[];
};
type Row = Json<Omit<schema.RowPanel, 'panels'>>;
type Head = Json<Omit<schema.Dashboard, 'panels' | 'templating'>>;
type Current = { text?: string | string[]; value?: string | string[] };
type Variable = Json<Omit<schema.VariableModel, 'current'>> & Interval & { current?: Current };
`;

const identifier = (type) => type.replaceAll('-', '_');

function panelTypes(schemaPackage) {
  const lines = [`import type * as schema from '${schemaPackage}';`];
  const manifest = createRequire(import.meta.url)(`${schemaPackage}/package.json`);
  // Until 12, the package exported files; since 13, it exports modules.
  const suffix = './dist/*' in manifest.exports ? '.js' : '';
  for (const [type, plugin] of Object.entries(PLUGINS)) {
    const [directory, file] = plugin.split('/');
    const path = `${schemaPackage}/dist/esm/raw/composable/${directory}/panelcfg/x/${file}PanelCfg_types.gen${suffix}`;
    lines.push(`import type * as ${identifier(type)} from '${path}';`);
  }
  lines.push(PRELUDE);
  for (const type of Object.keys(PLUGINS)) {
    const plugin = identifier(type);
    const gaps = type === 'state-timeline' ? ' & Gaps' : '';
    const custom = WITHOUT_CUSTOM.has(type) ? 'never' : `Json<${plugin}.FieldConfig>${gaps}`;
    lines.push(`type Panel_${plugin} = Panel<'${type}', ${plugin}.Options, ${custom}>;`);
  }
  return lines.join('\n');
}

/** The parts of a dashboard with the type of each: one error in a part hides none of another. */
function* parts(dashboard) {
  const { panels, templating, ...head } = dashboard;
  yield ['Head', 'head', head];
  for (const variable of templating.list) {
    yield ['Variable', `variable ${variable.name}`, variable];
  }
  const queue = [...panels];
  for (const panel of queue) {
    if (panel.type === 'row') {
      const { panels: inner, ...row } = panel;
      yield ['Row', `row ${row.title}`, row];
      queue.push(...inner);
    } else if (panel.type in PLUGINS) {
      yield [`Panel_${identifier(panel.type)}`, `panel ${panel.title}`, panel];
    } else {
      throw new Error(`no published type for a panel of type ${panel.type}`);
    }
  }
}

/** Compiles `source` as a file beside this one, where the packages resolve. */
function compile(source) {
  const name = fileURLToPath(new URL('dashboards.ts', import.meta.url));
  const options = {
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    noEmit: true,
    skipLibCheck: true,
    strict: true,
    target: ts.ScriptTarget.ES2022,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile } = host;
  host.fileExists = (file) => file === name || fileExists(file);
  host.getSourceFile = (file, ...rest) =>
    file === name ? ts.createSourceFile(file, source, ...rest) : getSourceFile(file, ...rest);
  return ts.getPreEmitDiagnostics(ts.createProgram([name], options, host));
}

const [schemaPackage, ...files] = process.argv.slice(2);
const sources = [panelTypes(schemaPackage)];
const places = [];
let line = sources[0].split('\n').length;
for (const file of files) {
  for (const [type, place, value] of parts(JSON.parse(readFileSync(file, 'utf8')))) {
    const text = `export const part${places.length}: ${type} = ${JSON.stringify(value, null, 1)};`;
    places.push({ from: line, place: `${basename(file)}: ${place}` });
    line += text.split('\n').length;
    sources.push(text);
  }
}

const diagnostics = compile(sources.join('\n'));
for (const { file, start, messageText } of diagnostics) {
  const at = file ? file.getLineAndCharacterOfPosition(start).line : 0;
  const place = places.findLast(({ from }) => from <= at)?.place ?? 'prelude';
  const offence = file?.text.split('\n')[at].trim() ?? '';
  console.log(`${place}: ${offence}\n  ${ts.flattenDiagnosticMessageText(messageText, '\n  ')}`);
}
console.log(`${schemaPackage}: ${files.length} dashboards, ${places.length} parts, ${diagnostics.length} errors`);
process.exit(diagnostics.length === 0 && places.length > 0 ? 0 : 1);
