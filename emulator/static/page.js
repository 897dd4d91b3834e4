// The page: who writes to whom, sending, live events, theme, language of the chosen customer's hints.
import { $, boot, channelName, el, get, initials, post, skinOf, t } from "./api.js";
import { Chat } from "./chat.js";
import { addLine, clearWire } from "./wire.js";

const chat = new Chat(tap);
const remembered = JSON.parse(localStorage.getItem("orkesta.emulator") ?? "{}");
let persona = null;
let events = null;

function remember(change) {
  Object.assign(remembered, change);
  localStorage.setItem("orkesta.emulator", JSON.stringify(remembered));
}

const tenantOf = () => $("tenant").value;
const keyOf = (one) => `${one.tenant}|${one.channel}|${one.from}`;

function people() {
  const here = boot.personas.filter((one) => one.tenant === tenantOf());
  $("personas").replaceChildren(...here.map((one) => el("li", {}, card(one))));
  const channels = [...new Set(boot.accounts.filter((a) => a.tenant === tenantOf()).map((a) => a.channel))];
  const choice = $("other").elements.channel;
  choice.replaceChildren(...channels.map((name) => el("option", { value: name }, channelName(name))));
  const again = here.find((one) => keyOf(one) === remembered.persona) ?? here[0];
  if (again) open(again);
}

function card(one) {
  const dot = el("span", { class: "dot", "data-skin": skinOf(one.channel), "aria-hidden": "true" }, initials(one.name));
  const address = one.from.replace("whatsapp:", "");
  const about = el("small", { title: address }, `${channelName(one.channel)} · ${address}`);
  const label = el("span", {}, el("strong", {}, one.name), about);
  const pressed = String(persona !== null && keyOf(persona) === keyOf(one));
  return el("button", { type: "button", "data-key": keyOf(one), "aria-pressed": pressed, onclick: () => open(one, true) }, dot, label);
}

async function open(one, show = false) {
  persona = one;
  remember({ tenant: one.tenant, persona: keyOf(one) });
  for (const button of $("personas").querySelectorAll("button"))
    button.setAttribute("aria-pressed", String(button.dataset.key === keyOf(one)));
  const business = boot.tenants[one.tenant] ?? one.tenant;
  $("phone").dataset.skin = skinOf(one.channel);
  $("business").textContent = business;
  $("face").textContent = initials(business);
  $("channel").textContent = channelName(one.channel);
  const hints = one.hints.length ? one.hints : boot.hints[one.locale.slice(0, 2)] ?? boot.hints.es;
  $("hints").replaceChildren(...hints.map((text) => el("button", { type: "button", onclick: () => say({ text }) }, text)));
  if (show) view("chat");
  listen();
  await load();
}

async function load() {
  const mine = persona;
  const where = { tenant: mine.tenant, peer: mine.from, channel: mine.channel };
  const [thread, wire] = await Promise.all([
    get("/emulator/thread", where), get("/emulator/wire", { tenant: mine.tenant, from: mine.from })]);
  if (mine !== persona) return;
  chat.clear();
  if (!thread.items.length) chat.welcome();
  for (const entry of thread.items) chat.add(entry, entry.side);
  clearWire();
  for (const line of wire.items) addLine(line);
}

function listen() {
  events?.close();
  events = new EventSource(`/emulator/events?${new URLSearchParams({ tenant: persona.tenant, peer: persona.from })}`);
  let opened = false;
  events.onopen = () => {
    if (opened) load(); // after a break: what was missed
    opened = true;
  };
  const here = (entry) => skinOf(entry.channel) === skinOf(persona.channel);
  const on = (name, act) => events.addEventListener(name, (event) => act(JSON.parse(event.data)));
  on("message", (entry) => here(entry) && chat.add(entry, "out"));
  on("inbound", (entry) => here(entry) && chat.add(entry, "in"));
  on("status", (entry) => here(entry) && chat.update(entry));
  on("typing", (entry) => here(entry) && chat.typing(true));
  on("wire", addLine);
}

async function say(what) {
  if (!persona) return;
  const play = $("twice").checked ? { copies: 3 } : {};
  if ($("late").checked) play.delay_ms = 3000;
  const { tenant, channel, from, name, locale } = persona;
  const result = await post("/emulator/inbound", { tenant, channel, from, name, locale, ...play, ...what });
  if (!result.ok) chat.add({ id: `refused-${Date.now()}`, text: result.error?.message ?? "", at: Date.now(), status: "failed", error: "422" }, "in");
}

function tap(entry, button, many) {
  const target = entry.channel === "telegram" ? entry.id.split(":").pop() : entry.id;
  const kind = entry.template ? "template_button" : many && entry.channel !== "telegram" ? "list_reply" : "callback";
  say({ kind, payload: button.id, title: button.title, target });
}

async function attach(kind) {
  menu(false);
  if (kind === "file") return $("file").click();
  const text = $("text").value.trim();
  if (kind === "voice") {
    const transcript = prompt(t.voice_says, text || (persona.hints[0] ?? ""));
    if (transcript === null) return undefined;
    $("text").value = "";
    return say({ kind, transcript });
  }
  $("text").value = "";
  return say({ kind, text: kind === "image" || kind === "document" ? text : "" });
}

async function attachFile(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let data = "";
  for (const byte of bytes) data += String.fromCharCode(byte);
  const kinds = { image: "image", audio: "voice", video: "video" };
  const kind = kinds[file.type.split("/")[0]] ?? "document";
  await say({ kind, text: $("text").value.trim(), media: { data: btoa(data), mime: file.type, name: file.name } });
  $("text").value = "";
}

function menu(on) {
  $("menu").hidden = !on;
  $("attach").setAttribute("aria-expanded", String(on));
  if (on) $("menu").querySelector("button").focus();
}

function view(name) {
  document.body.dataset.view = name;
  for (const tab of document.querySelectorAll("[role=tab]"))
    tab.setAttribute("aria-selected", String(tab.dataset.show === name));
}

function theme(name) {
  document.documentElement.dataset.theme = name;
  remember({ theme: name });
}

async function fault(button) {
  const providers = { whatsapp_cloud: "whatsapp_cloud", whatsapp: "whatsapp_cloud", telegram: "telegram", instagram: "instagram" };
  const provider = providers[persona.channel] ?? "twilio";
  await post("/emulator/faults", { provider, kind: button.dataset.fault, method: provider === "telegram" ? "sendMessage" : "messages", tenant: persona.tenant, retry_after: 3 });
  button.classList.add("armed");
  setTimeout(() => button.classList.remove("armed"), 4000);
}

function send() {
  const text = $("text").value.trim();
  if (!text) return;
  $("text").value = "";
  $("text").style.height = "";
  say({ text });
}

$("composer").addEventListener("submit", (event) => { event.preventDefault(); send(); });
$("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); send(); }
});
$("text").addEventListener("input", () => {
  $("text").style.height = "auto";
  $("text").style.height = `${$("text").scrollHeight + 2}px`;
});
$("attach").addEventListener("click", () => menu($("menu").hidden));
$("menu").addEventListener("click", (event) => event.target.dataset.kind && attach(event.target.dataset.kind));
$("file").addEventListener("change", () => $("file").files[0] && attachFile($("file").files[0]));
document.addEventListener("keydown", (event) => event.key === "Escape" && menu(false));
document.addEventListener("click", (event) => event.target.closest(".attach") || menu(false));
$("tenant").addEventListener("change", people);
$("clear").addEventListener("click", clearWire);
$("theme").addEventListener("click", () => theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
for (const tab of document.querySelectorAll("[role=tab]")) tab.addEventListener("click", () => view(tab.dataset.show));
for (const button of document.querySelectorAll("[data-fault]")) button.addEventListener("click", () => fault(button));
$("other").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  const one = { tenant: tenantOf(), channel: form.get("channel"), from: form.get("from").trim(), name: form.get("name").trim() || form.get("from").trim(), locale: document.documentElement.lang, hints: [] };
  boot.personas.push(one);
  $("personas").append(el("li", {}, card(one)));
  open(one, true);
});

theme(remembered.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
const wanted = new URLSearchParams(location.search);
if (boot.tenants[wanted.get("tenant") ?? remembered.tenant]) $("tenant").value = wanted.get("tenant") ?? remembered.tenant;
if (wanted.get("theme")) theme(wanted.get("theme"));
if (wanted.get("persona")) remember({ persona: wanted.get("persona") });
if (wanted.get("view")) view(wanted.get("view"));
$("nobody").hidden = boot.accounts.length > 0;
people();
