// The conversation on the phone: bubbles, ticks, media, buttons.
import { $, el, t } from "./api.js";

const LINK = /(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]])/g;
const KIND_ICONS = { document: "📄", file: "📄", voice: "🎤", audio: "🎤", video: "🎬", contact: "👤", sticker: "🙂" };

export class Chat {
  constructor(tapped) {
    this.tapped = tapped;
    this.nodes = new Map();
    this.last = "";
  }

  clear() {
    this.nodes.clear();
    this.last = "";
    $("talk").replaceChildren();
  }

  welcome() {
    $("talk").replaceChildren(el("p", { class: "welcome" }, t.empty));
  }

  add(entry, side) {
    const known = this.nodes.get(entry.id);
    const node = this.bubble(entry, side, known ? known.classList.contains("next") : this.last !== side);
    if (known) {
      known.replaceWith(node);
    } else {
      $("talk").querySelector(".welcome")?.remove();
      if (!this.last) $("talk").append(el("span", { class: "day" }, t.today));
      this.last = side;
      this.typing(false);
      $("talk").append(node);
    }
    this.nodes.set(entry.id, node);
    if (!known) this.scroll();
  }

  update(entry) {
    const node = this.nodes.get(entry.id);
    if (node) this.add(entry, node.classList.contains("own") ? "in" : "out");
  }

  typing(on) {
    $("state").textContent = on ? t.typing : t.online;
    $("talk").querySelector(".waiting")?.remove();
    clearTimeout(this.timer);
    if (!on) return;
    const dots = el("span", { class: "dots" }, el("i"), el("i"), el("i"));
    $("talk").append(el("div", { class: "message their next waiting" }, el("div", { class: "bubble" }, dots)));
    this.timer = setTimeout(() => this.typing(false), 6000);
    this.scroll();
  }

  scroll() {
    $("talk").scrollTop = $("talk").scrollHeight;
  }

  bubble(entry, side, first) {
    const own = side === "in";
    const node = el("div", { class: `message ${own ? "own" : "their"} ${first ? "next" : ""}` });
    const bubble = el("div", { class: "bubble" });
    if (entry.media) bubble.append(media(entry.media));
    bubble.append(...linked(entry.text ?? ""), under(entry, own));
    node.append(bubble);
    if (!own && entry.buttons?.length) node.append(this.choices(entry));
    return node;
  }

  choices(entry) {
    const many = entry.buttons.some((button) => button.description) || entry.buttons.length > 3;
    const nodes = entry.buttons.map((button) => {
      if (button.url) return el("a", { href: button.url, target: "_blank", rel: "noreferrer" }, `${button.title} ↗`);
      const tap = (event) => {
        event.currentTarget.setAttribute("aria-pressed", "true");
        this.tapped(entry, button, many);
      };
      const about = button.description ? el("small", {}, button.description) : null;
      return el("button", { type: "button", onclick: tap }, button.title, about);
    });
    return el("div", { class: "choices" }, ...nodes);
  }
}

function under(entry, own) {
  const time = new Date(entry.at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  const parts = [time];
  if (entry.template) parts.unshift(el("span", { class: "tag" }, t.template));
  if (entry.kind === "human") parts.unshift(el("span", { class: "tag" }, t.person));
  if (own) parts.push(" ", tick(entry));
  return el("span", { class: "under" }, ...parts);
}

function tick(entry) {
  if (entry.status === "failed") {
    const reason = entry.error === "0" ? t.unreachable : `${t.rejected} (${entry.error})`;
    return el("span", { class: "failed" }, `✗ ${reason}`);
  }
  const read = entry.status === "read";
  const label = { sent: "✓", delivered: "✓✓", read: "✓✓" }[entry.status] ?? "✓";
  return el("span", { class: read ? "read" : "", title: entry.status }, label);
}

function media(given) {
  const url = given.url?.startsWith("emulator:") ? `/emulator/media/${given.url.slice(9)}` : given.url;
  if (given.kind === "location") {
    const place = given.geo ?? `${given.latitude?.toFixed(4)}, ${given.longitude?.toFixed(4)}`;
    return el("div", { class: "card" }, el("i", { "aria-hidden": "true" }, "📍"), place);
  }
  if (["image", "album", "sticker"].includes(given.kind) && url) return el("img", { src: url, alt: given.name || t.image });
  if (["voice", "audio"].includes(given.kind) && url?.startsWith("/")) return el("audio", { src: url, controls: "" });
  const name = given.name || url?.split("/").pop() || given.kind;
  const shown = url ? el("a", { href: url, target: "_blank", rel: "noreferrer" }, name) : name;
  return el("div", { class: "card" }, el("i", { "aria-hidden": "true" }, KIND_ICONS[given.kind] ?? "📎"), shown);
}

function linked(text) {
  return text.split(LINK).map((part, index) =>
    index % 2 ? el("a", { href: part, target: "_blank", rel: "noreferrer" }, part) : part);
}
