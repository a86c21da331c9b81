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

void look();
