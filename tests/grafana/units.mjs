// node units.mjs
//
// Prints the ids of all units that Grafana knows, sorted by code point, as JSON.

import { data } from './data.mjs';

const ids = new Set(data.getValueFormats().flatMap(({ submenu }) => submenu.map(({ value }) => value)));
console.log(JSON.stringify([...ids].sort()));
