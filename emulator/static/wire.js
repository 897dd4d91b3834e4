// The traffic list: one row per request, details on demand.
import { $, el, t } from "./api.js";

const MOST = 150;

export function clearWire() {
  $("lines").replaceChildren();
  $("nothing").hidden = false;
}

export function addLine(line) {
  $("nothing").hidden = true;
  const good = line.status >= 200 && line.status < 300;
  const about = [line.direction === "in" ? t.webhook_line : t.call_line, line.channel];
  if (line.attempt > 1) about.push(`${t.attempt} ${line.attempt}`);
  if (line.note) about.push(line.note);
  const summary = el("summary", {},
    el("span", { class: "way", "data-way": line.direction, "aria-hidden": "true" }, line.direction === "in" ? "→" : "←"),
    el("span", { class: "what" }, el("b", {}, line.what), el("small", {}, about.join(" · "))),
    el("span", { class: `status ${good ? "good" : "bad"}` }, line.status || "✗"),
    el("span", { class: "ms" }, `${line.ms < 10 ? Math.max(0.1, line.ms).toFixed(1) : Math.round(line.ms)} ms`));
  const row = el("details", { class: "line" }, summary);
  row.addEventListener("toggle", () => {
    if (row.open && row.childElementCount === 1) row.append(...details(line));
  });
  $("lines").prepend(el("li", {}, row));
  while ($("lines").childElementCount > MOST) $("lines").lastElementChild.remove();
}

function details(line) {
  return [[t.request, line.body], [t.answer, line.answer]]
    .filter(([, text]) => text)
    .flatMap(([title, text]) => [el("h3", {}, title), el("pre", { tabindex: "0" }, pretty(text))]);
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return /^[\w%.+*-]+=/.test(text) ? fields(text) : text;
  }
}

function fields(text) {
  return [...new URLSearchParams(text)].map(([name, value]) => `${name} = ${value}`).join("\n");
}
