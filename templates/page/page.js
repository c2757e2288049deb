// The page around the drawings.

const $ = (id) => document.getElementById(id);

function panelsOf(dashboard) {
  const rows = (dashboard?.rows ?? []).flatMap((row) => row.panels ?? []);
  const folded = (panel) => (panel.type === "row" && panel.panels?.length ? [panel, ...panel.panels] : [panel]);
  return [...rows, ...(dashboard?.panels ?? []).flatMap(folded)];
}

// Dashboards come in packs of so many, deflated.
const unpacked = new Map();
async function versions(index) {
  const at = Math.floor(index / DATA.pack);
  if (!unpacked.has(at)) {
    const bytes = Uint8Array.from(atob(DATA.packs[at]), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    unpacked.set(at, new Response(stream).json());
  }
  return (await unpacked.get(at))[index % DATA.pack];
}

async function drawDashboard(index, box) {
  const entry = DATA.dashboards[index];
  const drawn = versions(index).then((both) => sidesOf(entry, both));
  const sides = await drawn.catch((error) => element("div", { class: "sides" }, element("p", {}, `This dashboard cannot be drawn: ${error.message}`)));
  box.querySelector(".sides")?.remove();
  box.append(sides);
}

function sidesOf(entry, [before, after]) {
  const sides = element("div", { class: "sides" });
  const changed = entry.verb === "changed";
  const shown = changed ? [["Before", before, after], ["After", after, before]]
    : [[{ added: "New", removed: "Removed" }[entry.verb] ?? "Unchanged", after ?? before, undefined]];
  for (const [name, dashboard, other] of shown) {
    const grid = element("div", { class: "grid" });
    sides.append(element("section", { class: "side", "aria-label": `${dashboard.title}, ${name.toLowerCase()}` }, element("h3", {}, name), grid));
    const others = new Map(panelsOf(other).map((panel) => [panel.id, panel]));
    for (const panel of panelsOf(dashboard)) {
      const mark = changed ? entry.marks.find((mark) => mark.ids.includes(panel.id))?.verb : undefined;
      grid.append(drawPanel(panel, others.get(panel.id), mark, dashboard));
    }
  }
  return sides;
}

const boxes = new Map();
function dashboards() {
  const section = $("dashboards");
  const all = DATA.dashboards;
  if (!all.length) section.append(element("p", {}, "There are none."));
  // What has not changed stands behind one line, where there is more to see.
  const same = all.filter((entry) => !entry.verb).length;
  const rest = same > 4 && same < all.length
    ? element("details", { class: "rest" }, element("summary", {}, `${same} dashboards have not changed`)) : undefined;
  all.forEach((entry, index) => {
    const summary = element("summary", {}, entry.title || entry.uid);
    if (entry.verb) summary.append(element("span", { class: `badge ${entry.verb}` }, entry.marks.length ? `${entry.marks.length} ${entry.verb}` : entry.verb));
    const box = element("details", { class: "dashboard", id: `dashboard-${index}` }, summary);
    box.addEventListener("toggle", () => {
      if (box.open && !box.dataset.drawn) {
        box.dataset.drawn = "yes";
        drawDashboard(index, box);
      }
    });
    boxes.set(entry.uid, box);
    (rest && !entry.verb ? rest : section).append(box);
    // What changed is open, up to a number that a browser draws at once.
    const isFew = all.length <= 4;
    if ((entry.verb && index < 4) || (isFew && !DATA.changes.length)) box.open = true;
  });
  if (rest) section.append(rest);
}

// The change in words, and a way to where it is drawn.
function named(change) {
  if (change.many) return change.name;
  const inside = change.inside ? ` of ${change.inside}` : "";
  const from = change.from ? `, was called ${change.from}` : "";
  const text = `${change.kind} ${change.name}${inside}${from}`;
  const box = change.uid !== undefined ? boxes.get(change.uid) : undefined;
  if (!box) return text;
  const link = element("a", { href: `#${box.id}` }, text);
  link.addEventListener("click", () => {
    const outer = box.closest("details.rest");
    if (outer) outer.open = true;
    box.open = true;
  });
  return link;
}

function causes() {
  const list = $("causes");
  if (!DATA.changes.length) list.append(element("li", {}, "Nothing changed in meaning."));
  for (const change of DATA.changes) {
    const verb = { added: "added", removed: "removed" }[change.verb] ?? "changed";
    const item = element("li", {}, element("span", { class: "what" }, named(change)));
    item.append(element("span", { class: `badge ${verb}` }, change.verb));
    const says = [...change.says];
    if (change.more_says) says.push(`and ${change.more_says} more`);
    for (const text of says) item.append(element("p", { class: "mono" }, text));
    for (const text of change.risks) item.append(element("p", { class: "risk" }, text));
    const moves = change.moves.map((effect) => element("li", {}, named(effect)));
    if (change.more_moves) moves.push(element("li", {}, `and ${change.more_moves} more`));
    if (moves.length) item.append(element("ul", {}, ...moves));
    list.append(item);
  }
}

function alerts() {
  const section = $("alerts");
  const { before, after } = DATA.alerting;
  const byKey = (side) => new Map(side.alerts.map((alert) => [alert.key, alert]));
  const [old, now] = [byKey(before), byKey(after)];
  const keys = [...new Set([...now.keys(), ...old.keys()])];
  if (!keys.length) section.append(element("p", {}, "There are none."));
  const card = (key) => {
    const [one, other] = [old.get(key), now.get(key)];
    const alert = other ?? one;
    const verb = !one ? "added" : !other ? "removed" : JSON.stringify(one) === JSON.stringify(other) ? undefined : "changed";
    const item = element("li", verb ? { class: "marked" } : {}, element("span", { class: "what" }, alert.name));
    if (verb) item.append(element("span", { class: `badge ${verb}` }, verb));
    for (const [name, field] of [["", "expr"], ["for ", "for"], ["severity ", "severity"], ["tells ", "told"]]) {
      if (verb === "changed" && one[field] !== other[field]) item.append(element("p", { class: "mono removed" }, `− ${name}${one[field] ?? "none"}`), element("p", { class: "mono added" }, `+ ${name}${other[field] ?? "none"}`));
      else if (alert[field]) item.append(element("p", { class: "mono" }, `${name}${alert[field]}`));
    }
    return { verb, item };
  };
  const cards = keys.map(card).sort((one, other) => Number(!one.verb) - Number(!other.verb));
  section.append(element("ul", { class: "cards" }, ...cards.map(({ item }) => item)));
  const branch = (route) => {
    const matchers = [...(route.matchers ?? []), ...Object.entries(route.match ?? {}).map(([label, value]) => `${label}="${value}"`), ...Object.entries(route.match_re ?? {}).map(([label, value]) => `${label}=~"${value}"`)];
    const item = element("li", {}, element("span", { class: "mono" }, matchers.join(", ") || "everything"), " → ", element("strong", {}, route.receiver ?? "as above"));
    if (route.routes?.length) item.append(element("ul", {}, ...route.routes.map(branch)));
    return item;
  };
  const same = JSON.stringify(before.routes) === JSON.stringify(after.routes);
  const trees = same ? [["Routes", after.routes]] : [["Routes before", before.routes], ["Routes after", after.routes]];
  const sides = element("div", { class: "sides", style: "padding:0" });
  for (const [name, tree] of trees) {
    if (tree) sides.append(element("section", { class: "side", "aria-label": name }, element("h3", {}, name), element("ul", { class: "tree" }, branch(tree))));
  }
  section.append(sides);
}

function theme() {
  const asked = new URLSearchParams(location.hash.slice(1)).get("theme");
  const dark = asked ? asked === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  $("theme").addEventListener("click", () => {
    const root = document.documentElement;
    root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
    redraw();
  });
}

// Charts have their colours and sizes drawn in.
function redraw() {
  for (const box of document.querySelectorAll("details.dashboard[data-drawn]")) drawDashboard(Number(box.id.split("-")[1]), box);
}

const DATA = JSON.parse($("data").textContent);
$("summary").textContent = `${DATA.base} → ${DATA.head}: ${DATA.summary_text}`;
$("source").textContent = DATA.prometheus
  ? `The numbers come from ${DATA.prometheus}; layout, colours and bounds are those of the files.`
  : "The numbers are made up; layout, colours and bounds are those of the files.";
theme();
dashboards();
causes();
alerts();
let width = innerWidth;
addEventListener("resize", () => {
  if (Math.abs(innerWidth - width) > 40) { width = innerWidth; redraw(); }
});

// Under `preview`, the server answers once there is another page.
async function follow() {
  for (;;) {
    try {
      const answer = await fetch("/next");
      if (answer.status === 200) { location.reload(); return; }
    } catch {
      await new Promise((done) => setTimeout(done, 1000));
    }
  }
}
if (DATA.live) follow();
