// Requests to the emulator, and small pieces of DOM.
export const boot = JSON.parse(document.getElementById("boot").textContent);
export const t = boot.labels;

export const $ = (id) => document.getElementById(id);

export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== null && value !== false) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

export async function get(path, query = {}) {
  const response = await fetch(`${path}?${new URLSearchParams(query)}`);
  return response.json();
}

export async function post(path, body) {
  const response = await fetch(path, { method: "POST", body: JSON.stringify(body) });
  return { ok: response.ok, ...(await response.json()) };
}

export const initials = (name) =>
  name.split(/[\s@_.-]+/).filter(Boolean).slice(0, 2).map((word) => word[0].toUpperCase()).join("");

export function skinOf(channel) {
  if (channel.startsWith("whatsapp")) return "whatsapp";
  return ["telegram", "instagram"].includes(channel) ? channel : "plain";
}

export const channelName = (channel) =>
  ({ whatsapp: "WhatsApp", whatsapp_cloud: "WhatsApp", whatsapp_twilio: "WhatsApp · Twilio", telegram: "Telegram",
     instagram: "Instagram", sms: "SMS", email: "E-mail" })[channel] ?? channel;
