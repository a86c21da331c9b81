// Asks once a second and draws what changed. What comes is data: it is only ever set as text.
const every = 1000;
const kept = 120; // looks in a curve
const past = { heap: [], goroutines: [] };
const at = (id) => document.getElementById(id);
let held = false;

at("hold").addEventListener("click", () => {
  held = !held;
  at("hold").setAttribute("aria-pressed", String(held));
  if (!held) void look();
});

async function look() {
  if (held) return;
  try {
    const answer = await fetch("/api/debug/state");
    if (!answer.ok) throw new Error((await answer.json()).detail ?? `kai answered ${answer.status}`);
    draw(await answer.json());
    await traces();
  } catch (error) {
    at("said").textContent = `kai does not answer: ${error.message}. It is asked again.`;
  }
  setTimeout(look, every);
}

function draw(state) {
  at("said").textContent = `Version ${state.version}, ${state.health.mode} mode, ${state.health.state}.`;
  figures(state);
  const steps = { name: "Parts", heads: ["Part", "State", "How it is"], rows: state.health.steps.map((s) => [s.step, s.state, s.detail ?? ""]), empty: "" };
  for (const t of [steps, ...state.tables]) show(t);
  const log = at("log");
  const follows = log.scrollTop + log.clientHeight >= log.scrollHeight - 8;
  const text = state.log.join("\n");
  if (log.textContent !== text) log.textContent = text;
  if (follows) log.scrollTop = log.scrollHeight;
}

function figures(state) {
  for (const [name, list] of Object.entries(past)) {
    list.push(state[name]);
    if (list.length > kept) list.shift();
  }
  const megabytes = (n) => `${(n / (1 << 20)).toFixed(1)} MB`;
  at("figures").replaceChildren(
    figure("Heap", megabytes(state.heap), past.heap), figure("From the system", megabytes(state.system)),
    figure("Goroutines", String(state.goroutines), past.goroutines),
  );
}

function figure(name, value, values) {
  const box = document.createElement("div");
  box.append(element("dt", name), element("dd", value));
  if (values) box.lastChild.append(curve(values));
  return box;
}

function curve(values) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const line = document.createElementNS(space, "polyline");
  const low = Math.min(...values), high = Math.max(...values, low + 1);
  svg.setAttribute("viewBox", `0 0 ${kept} 32`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  line.setAttribute("points", values.map((v, i) => `${i},${31 - (30 * (v - low)) / (high - low)}`).join(" "));
  line.setAttribute("vector-effect", "non-scaling-stroke");
  svg.append(line);
  return svg;
}

// What is the same stays, with the focus and the place that it was scrolled to.
const shown = new Map();

function show(t) {
  const text = JSON.stringify(t), before = shown.get(t.name);
  if (before?.text === text) return;
  const node = table(t);
  if (before) before.node.replaceWith(node);
  else at("tables").append(node);
  shown.set(t.name, { text, node });
}

function table({ name, heads, rows, empty }) {
  const section = document.createElement("section");
  section.append(element("h2", name));
  if (!rows?.length) {
    section.append(element("p", empty, "aside"));
    return section;
  }
  const box = Object.assign(element("div", "", "scroll"), { tabIndex: 0, role: "region", ariaLabel: name });
  const t = document.createElement("table");
  const head = t.createTHead().insertRow();
  for (const h of heads) head.append(Object.assign(element("th", h), { scope: "col" }));
  const body = t.createTBody();
  for (const row of rows) {
    const r = body.insertRow();
    for (const cell of row) r.append(element("td", cell));
  }
  box.append(t);
  section.append(box);
  return section;
}

function element(name, text, more) {
  const e = document.createElement(name);
  e.textContent = text;
  if (more) e.className = more;
  return e;
}

let listed = "";

async function traces() {
  const answer = await fetch("/api/debug/traces");
  if (!answer.ok) return;
  const text = await answer.text();
  if (text === listed) return;
  listed = text;
  const { traces: list, exports } = JSON.parse(text);
  at("traces-said").textContent = "What followed from each thing that was asked for, in memory alone" +
    (exports ? ", and sent to where OTEL_EXPORTER_OTLP_ENDPOINT says." : ".") + (list.length ? "" : " Nothing yet.");
  at("traces-box").hidden = list.length === 0;
  const focused = document.activeElement?.dataset?.trace;
  at("traces").replaceChildren(...list.map(traceRow));
  if (focused) at("traces").querySelector(`[data-trace="${focused}"]`)?.focus();
}

function traceRow(t) {
  const row = document.createElement("tr");
  const open = Object.assign(element("button", t.name, "plain"), { type: "button", onclick: () => void waterfall(t) });
  open.dataset.trace = t.id;
  const what = document.createElement("td");
  what.append(open);
  row.append(element("td", clock(t.start)), what, element("td", millis(t.ms), "number"), element("td", String(t.spans), "number"), element("td", t.fault ?? ""));
  return row;
}

const clock = (text) => new Date(text).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 });
const millis = (n) => n.toFixed(n < 10 ? 2 : 0);

async function waterfall(t) {
  const answer = await fetch(`/api/debug/traces/${t.id}`);
  const steps = answer.ok ? await answer.json() : [];
  at("trace").hidden = false;
  at("trace-title").textContent = answer.ok ? `${t.name}, trace ${t.id}` : "This trace is not kept any more.";
  at("trace-title").focus();
  const began = Math.min(...steps.map((s) => Date.parse(s.start)));
  const whole = Math.max(...steps.map((s) => Date.parse(s.start) - began + s.ms), 0.001);
  at("steps").replaceChildren(...steps.map((s) => stepRow(s, depth(s, steps), Date.parse(s.start) - began, whole)));
}

function depth(step, steps) {
  let deep = 0;
  for (let s = step; s && deep < 16; deep++) s = steps.find((o) => o.id === s.parent);
  return deep - 1;
}

function stepRow(s, deep, after, whole) {
  const row = document.createElement("li");
  const more = Object.entries(s.more ?? {}).map(([k, v]) => `${k} ${v}`).join(", ");
  const name = element("span", s.name, "step");
  name.style.paddingInlineStart = `${deep}rem`;
  if (more) name.append(element("small", more));
  const track = element("span", "", "track");
  const bar = element("span", "", s.fault ? "bar wrong" : "bar");
  bar.style.marginInlineStart = `${(100 * after) / whole}%`;
  bar.style.width = `${(100 * s.ms) / whole}%`;
  track.append(bar);
  row.append(name, track, element("span", `${millis(s.ms)} ms${s.fault ? `, ${s.fault}` : ""}`, "number"));
  return row;
}

void look();
