// @ts-check
// Draws dashboard.json, which Grafana reads as well, from the Prometheus that serves this page.

const COLOURS = ["#2a7de1", "#e0702a", "#2a9d5c", "#b13fc4", "#c4a000", "#d33", "#159fb5", "#7a6ff0"];
const WIDTH = 400, HEIGHT = 160, LEFT = 52, BOTTOM = 16, TOP = 6;

/** @typedef {{ metric: Record<string, string>, values: [number, string][] }} Series */
/** @typedef {{ title: string, description?: string, fieldConfig: { defaults: { unit: string } },
 *     targets: { expr: string, legendFormat: string }[] }} Panel */

/**
 * A number with a unit that people read.
 * @param {number} value
 * @param {string} unit
 */
export function readable(value, unit) {
  if (unit === "percentunit") return `${(value * 100).toFixed(value < 0.1 ? 1 : 0)} %`;
  const base = unit === "bytes" ? 1024 : 1000;
  const names = unit === "bytes" ? ["B", "KiB", "MiB", "GiB", "TiB"] : ["", "k", "M", "G", "T"];
  let step = 0;
  while (Math.abs(value) >= base && step < names.length - 1) { value /= base; step += 1; }
  const number = Math.abs(value) >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toPrecision(2);
  const suffix = unit === "bps" ? "bit/s" : unit === "cps" ? "/s" : unit === "ms" ? "ms" : "";
  return `${number} ${names[step]}${suffix}`.trim();
}

/**
 * The legend of a series: labels put into `{{…}}`.
 * @param {string} format
 * @param {Record<string, string>} labels
 */
export function legend(format, labels) {
  return format.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name) => labels[name] ?? "");
}

/**
 * The drawing of a panel.
 * @param {{ name: string, values: [number, string][] }[]} lines
 * @param {number} from seconds since the epoch
 * @param {number} to seconds since the epoch
 * @param {string} unit
 */
export function drawing(lines, from, to, unit) {
  const numbers = lines.flatMap((line) => line.values.map((pair) => Number(pair[1]))).filter(Number.isFinite);
  const most = Math.max(unit === "percentunit" ? 1 : 0, ...numbers) || 1;
  const x = (/** @type {number} */ time) => LEFT + ((time - from) / (to - from)) * (WIDTH - LEFT);
  const y = (/** @type {number} */ value) => HEIGHT - BOTTOM - (value / most) * (HEIGHT - BOTTOM - TOP);
  let text = "";
  for (const share of [0, 0.5, 1]) {
    const at = y(most * share).toFixed(1);
    text += `<path stroke="var(--line)" d="M${LEFT} ${at}H${WIDTH}"/>`;
    text += `<text x="${LEFT - 4}" y="${Number(at) + 3}" text-anchor="end">${readable(most * share, unit)}</text>`;
  }
  for (const time of [from, (from + to) / 2, to]) {
    const anchor = time === from ? "start" : time === to ? "end" : "middle";
    const clock = new Date(time * 1000).toTimeString().slice(0, 5);
    text += `<text x="${x(time).toFixed(1)}" y="${HEIGHT - 3}" text-anchor="${anchor}">${clock}</text>`;
  }
  lines.forEach((line, index) => {
    let path = "", before = -Infinity;
    for (const [time, value] of line.values) {
      if (!Number.isFinite(Number(value))) continue;
      // A gap is a gap: what was not measured is not drawn.
      path += `${time - before > (to - from) / 40 ? "M" : "L"}${x(time).toFixed(1)} ${y(Number(value)).toFixed(1)}`;
      before = time;
    }
    if (path) text += `<path stroke="${COLOURS[index % COLOURS.length]}" d="${path}"/>`;
  });
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">${text}</svg>`;
}

/** @param {string} path @param {Record<string, string>} query */
async function ask(path, query) {
  const answer = await fetch(`/api/v1/${path}?${new URLSearchParams(query)}`);
  const told = await answer.json();
  if (told.status !== "success") throw new Error(told.error);
  return told.data;
}

/** @param {string} text */
const escaped = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** @param {Panel} panel @param {number} from @param {number} to */
async function content(panel, from, to) {
  const unit = panel.fieldConfig.defaults.unit;
  const step = String(Math.max(5, (to - from) / 200));
  const lines = [];
  for (const target of panel.targets) {
    const data = await ask("query_range", { query: target.expr, start: String(from), end: String(to), step });
    for (const series of /** @type {Series[]} */ (data.result)) {
      lines.push({ name: legend(target.legendFormat, series.metric), values: series.values });
    }
  }
  const items = lines.map((line, index) => {
    const last = Number(line.values[line.values.length - 1][1]);
    const mark = `<i style="background:${COLOURS[index % COLOURS.length]}"></i>`;
    return `<li>${mark}${escaped(line.name)}: ${readable(last, unit)}</li>`;
  });
  const about = panel.description ? `<p>${escaped(panel.description)}</p>` : "";
  const list = `<ul class="legend">${items.join("")}</ul>`;
  return `<h2>${escaped(panel.title)}</h2>${drawing(lines, from, to, unit)}${list}${about}`;
}

/** @param {Panel[]} panels */
async function refresh(panels) {
  const span = Number(/** @type {HTMLSelectElement} */ (document.getElementById("span")).value);
  const to = Date.now() / 1000;
  const state = /** @type {HTMLElement} */ (document.getElementById("state"));
  try {
    const firing = (await ask("alerts", {})).alerts.filter((/** @type {any} */ alert) => alert.state === "firing");
    /** @type {HTMLElement} */ (document.getElementById("alerts")).innerHTML = firing
      .map((/** @type {any} */ alert) => `<li class="${escaped(alert.labels.severity)}"><b>${
        escaped(alert.labels.alertname)}</b> ${escaped(alert.annotations.summary)}</li>`).join("");
    for (const [index, panel] of panels.entries()) {
      const place = /** @type {HTMLElement} */ (document.getElementById(`panel-${index}`));
      place.innerHTML = await content(panel, to - span, to);
    }
    state.textContent = `as of ${new Date(to * 1000).toTimeString().slice(0, 8)}`;
  } catch (error) {
    state.textContent = `Prometheus does not answer: ${error instanceof Error ? error.message : error}`;
  }
}

/** Begins to draw, and goes on every five seconds. */
export async function start() {
  const { panels } = /** @type {{ panels: Panel[] }} */ (await (await fetch("dashboard.json")).json());
  const main = /** @type {HTMLElement} */ (document.getElementById("panels"));
  main.innerHTML = panels.map((_, index) => `<section id="panel-${index}"></section>`).join("");
  document.getElementById("span")?.addEventListener("change", () => refresh(panels));
  for (;;) {
    await refresh(panels);
    await new Promise((resolve) => setTimeout(resolve, 5000));
  }
}

if (typeof document !== "undefined") start();
