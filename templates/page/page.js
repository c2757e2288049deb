// The page around the drawings.

const $ = (id) => document.getElementById(id);

function panelsOf(dashboard) {
  const rows = (dashboard?.rows ?? []).flatMap((row) => row.panels ?? []);
  const folded = (panel) => (panel.type === "row" && panel.panels?.length ? [panel, ...panel.panels] : [panel]);
  return [...rows, ...(dashboard?.panels ?? []).flatMap(folded)];
}

function drawDashboard(entry, box) {
  const sides = element("div", { class: "sides" });
  box.append(sides);
  const changed = entry.before && entry.after && entry.marks.length;
  const shown = changed ? [["Before", entry.before, entry.after], ["After", entry.after, entry.before]]
    : [[entry.after ? (entry.before ? "Unchanged" : "New") : "Removed", entry.after ?? entry.before, undefined]];
  for (const [name, dashboard, other] of shown) {
    const grid = element("div", { class: "grid" });
    sides.append(element("section", { class: "side", "aria-label": `${dashboard.title}, ${name.toLowerCase()}` }, element("h3", {}, name), grid));
    const others = new Map(panelsOf(other).map((panel) => [panel.id, panel]));
    for (const panel of panelsOf(dashboard)) {
      const mark = changed ? entry.marks.find((mark) => mark.ids.includes(panel.id))?.verb : undefined;
      grid.append(drawPanel(panel, others.get(panel.id), mark, dashboard));
    }
  }
}

function dashboards() {
  const section = $("dashboards");
  if (!DATA.dashboards.length) section.append(element("p", {}, "There are none."));
  DATA.dashboards.forEach((entry, index) => {
    const title = entry.after?.title ?? entry.before?.title ?? entry.uid;
    const verb = !entry.before ? "added" : !entry.after ? "removed" : entry.marks.length ? "changed" : undefined;
    const summary = element("summary", {}, title);
    if (verb) summary.append(element("span", { class: `badge ${verb}` }, entry.marks.length ? `${entry.marks.length} ${verb}` : verb));
    const box = element("details", { class: "dashboard", id: `dashboard-${index}` }, summary);
    box.addEventListener("toggle", () => {
      if (box.open && !box.dataset.drawn) {
        box.dataset.drawn = "yes";
        drawDashboard(entry, box);
      }
    });
    section.append(box);
    // What changed is open, up to a number that a browser draws at once.
    const isFew = DATA.dashboards.length <= 4;
    if ((verb && index < 6) || (isFew && !DATA.changes.length)) box.open = true;
  });
}

function saying(change) {
  const parts = change.fields.slice(0, 6).map((field) => `${field.label} ${field.text}`.trim());
  if (change.fields.length > 6) parts.push(`and ${change.fields.length - 6} more`);
  return parts;
}

function named(change) {
  const inside = change.inside && ["panel", "variable"].includes(change.kind) ? ` of ${change.inside}` : "";
  const from = change.from ? `, was called ${change.from}` : "";
  return change.key ? `${change.kind} ${change.name}${inside}${from}` : change.name;
}

function causes() {
  const list = $("causes");
  if (!DATA.changes.length) list.append(element("li", {}, "Nothing changed in meaning."));
  for (const change of DATA.changes) {
    const verb = { added: "added", removed: "removed" }[change.verb] ?? "changed";
    const item = element("li", {}, element("span", { class: "what" }, named(change)));
    item.append(element("span", { class: `badge ${verb}` }, change.verb));
    const said = verb === "changed" ? saying(change) : [];
    for (const text of said) item.append(element("p", { class: "mono" }, text));
    const risks = [...change.risks, ...(change.moves ?? []).flatMap((effect) => effect.risks)];
    // What a line above says is not said again.
    const about = ({ detail }) => (detail && !said.some((text) => text.endsWith(detail)) ? `: ${detail}` : "");
    for (const text of new Set(risks.map((risk) => `${risk.level}: ${risk.text}${about(risk)}`))) {
      item.append(element("p", { class: "risk" }, text));
    }
    const moves = (change.moves ?? []).filter((effect) => effect.kind !== "alert test");
    if (moves.length) {
      const shown = moves.slice(0, 12).map((effect) => element("li", {}, named(effect)));
      if (moves.length > 12) shown.push(element("li", {}, `and ${moves.length - 12} more`));
      item.append(element("ul", {}, ...shown));
    }
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
  for (const box of document.querySelectorAll("details.dashboard[data-drawn]")) {
    box.querySelector(".sides")?.remove();
    drawDashboard(DATA.dashboards[Number(box.id.split("-")[1])], box);
  }
}

const DATA = JSON.parse($("data").textContent);
$("summary").textContent = `${DATA.base} → ${DATA.head}: ${DATA.summary_text}`;
$("source").textContent = DATA.prometheus
  ? `The numbers come from ${DATA.prometheus}; layout, colours and bounds are those of the files.`
  : "The numbers are made up; layout, colours and bounds are those of the files.";
theme();
causes();
dashboards();
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
