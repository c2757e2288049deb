// node tables.mjs DASHBOARD.json PANEL ROWS.json
//
// ROWS is what Prometheus would answer: for each refId, a list of
// {labels, value}. Prints the table that the panel of that title makes of it,
// after Grafana's own transformations, and where the links of each row lead:
// [headings, rows, links].

import { readFileSync } from 'node:fs';
import { data, panelsOf, withFieldOptions } from './data.mjs';

// One transformation stands under two names.
const transformations = new Set(Object.values(data.standardTransformers));
data.standardTransformersRegistry.setInit(() =>
  Array.from(transformations, (transformation) => ({
    id: transformation.id,
    name: transformation.name,
    transformation: async () => transformation,
  })),
);

const [file, title, rowsFile] = process.argv.slice(2);
const panel = panelsOf(JSON.parse(readFileSync(file, 'utf8'))).find((panel) => panel.title === title);
const answers = Object.entries(JSON.parse(readFileSync(rowsFile, 'utf8')));

// The frames that the Prometheus datasource makes of instant queries in table format.
const column = (name, type, values) => ({ name, type, values });
const frames = answers.map(([refId, rows]) => {
  const labels = [...new Set(rows.flatMap((row) => Object.keys(row.labels)))].sort();
  return data.toDataFrame({
    refId,
    fields: [
      column('Time', data.FieldType.time, rows.map(() => 0)),
      ...labels.map((label) => column(label, data.FieldType.string, rows.map((row) => row.labels[label]))),
      column(answers.length > 1 ? `Value #${refId}` : 'Value', data.FieldType.number, rows.map((row) => row.value)),
    ],
  });
});

const context = { interpolate: (text) => text };
const [table] = await new Promise((resolve, reject) => {
  data.transformDataFrame(panel.transformations ?? [], frames, context).subscribe({ next: resolve, error: reject });
});
const heading = (field) => data.getFieldDisplayName(field, table, [table]);
const eachRow = (make) => Array.from({ length: table.length }, (_, row) => make(row));
const rows = eachRow((row) => table.fields.map((field) => field.values[row]));

// What links say of the clicked cell, as Grafana looks it up.
const [drawn] = withFieldOptions(panel, [table]);
const follow = (url, field, rowIndex) => {
  const row = data.getFieldDisplayValuesProxy({ frame: drawn, rowIndex });
  return url
    .replace(/\$\{__data\.fields\.(\w+)\}/g, (_, name) => encodeURIComponent(String(row[name] ?? '')))
    .replace(/\$\{__field\.labels\.(\w+)\}/g, (_, name) => encodeURIComponent(field.labels?.[name] ?? ''));
};
const links = eachRow((row) => drawn.fields.flatMap((field) => (field.config.links ?? []).map(({ url }) => follow(url, field, row))));
console.log(JSON.stringify([table.fields.map(heading), rows, links]));
