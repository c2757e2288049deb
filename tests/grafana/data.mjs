// Grafana's data code, `@grafana/data`, under Node, and its standard field
// options in the form that panels get them.

import { createRequire } from 'node:module';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  throw new Error(`Node ${process.version} is too old for Grafana's packages: they need 20.19, which scripts/test brings`);
}

// Dates are formatted for the browser's language; Node has none before 21.
globalThis.navigator ??= { language: 'en-US', languages: ['en-US'] };

// The package's ES modules import CommonJS in a way that only bundlers accept.
export const data = createRequire(import.meta.url)('@grafana/data');

// Transformations ask the browser's window for a scene. Set after the import:
// libraries take a window for a whole browser.
globalThis.window ??= {};

/** Standard field options, with the processors that Grafana's editors give them. */
const STANDARD_OPTIONS = {
  color: data.identityOverrideProcessor,
  decimals: data.numberOverrideProcessor,
  displayName: data.displayNameOverrideProcessor,
  links: data.dataLinksOverrideProcessor,
  mappings: data.valueMappingsOverrideProcessor,
  max: data.numberOverrideProcessor,
  min: data.numberOverrideProcessor,
  noValue: data.stringOverrideProcessor,
  thresholds: data.thresholdsOverrideProcessor,
  unit: data.unitOverrideProcessor,
};

data.standardFieldConfigEditorRegistry.setInit(() =>
  Object.entries(STANDARD_OPTIONS).map(([id, process]) => ({ id, path: id, process, shouldApply: () => true })),
);

export const theme = data.createTheme();

/** Frames with the panel's field options and overrides applied, as the panel draws them. */
export function withFieldOptions(panel, frames) {
  return data.applyFieldOverrides({
    data: frames,
    fieldConfig: structuredClone(panel.fieldConfig),
    fieldConfigRegistry: data.createFieldConfigRegistry({}, panel.type),
    replaceVariables: (text) => text,
    theme,
    timeZone: 'utc',
  });
}

/** All panels of a dashboard, those in collapsed rows included. */
export const panelsOf = (dashboard) => dashboard.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
