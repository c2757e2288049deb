// node thresholds.mjs CASES.json
//
// CASES is a list of {file, panel, value, color}. Each value is given to the
// panel of that title as its data. What Grafana's own code makes of it must
// have the color, by Grafana's name. Prints what has another one.

import { readFileSync } from 'node:fs';
import { data, panelsOf, theme, withFieldOptions } from './data.mjs';

function colorOf(panel, value) {
  const frame = data.toDataFrame({
    refId: 'A',
    fields: [
      { name: 'Time', type: data.FieldType.time, values: [0] },
      { name: 'Value', type: data.FieldType.number, values: [value] },
    ],
  });
  const [shown] = data.getFieldDisplayValues({
    data: withFieldOptions(panel, [frame]),
    fieldConfig: structuredClone(panel.fieldConfig),
    reduceOptions: panel.options.reduceOptions,
    replaceVariables: (text) => text,
    theme,
    timeZone: 'utc',
  });
  return shown.display;
}

const cases = JSON.parse(readFileSync(process.argv[2], 'utf8'));
let wrong = 0;
for (const { file, panel: title, value, color } of cases) {
  const panel = panelsOf(JSON.parse(readFileSync(file, 'utf8'))).find((panel) => panel.title === title);
  if (!panel) {
    throw new Error(`${file} has no panel ${title}`);
  }
  const display = colorOf(panel, value);
  const expected = theme.visualization.getColorByName(color);
  // A name that Grafana does not know comes back as it is.
  if (expected === color || display.color !== expected) {
    wrong += 1;
    console.log(`${title} at ${value} ("${data.formattedValueToString(display)}") is ${display.color}, not ${color} (${expected})`);
  }
}
console.log(`${cases.length} values, ${wrong} wrong`);
process.exit(wrong === 0 && cases.length > 0 ? 0 : 1);
