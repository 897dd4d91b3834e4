// The pages work without this file. With it they stay up to date: a server-sent signal says what changed, and the
// page asks again, with ordinary requests, for the parts that it shows.
"use strict";
const $ = (selector, root = document) => root.querySelector(selector);
const body = document.body;

const fetchPart = async (url, part, options = {}) => {
  const answer = await fetch(url, { ...options, headers: { "X-Fragment": part, ...options.headers } });
  if (answer.status === 401) location.assign("/login");
  if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error?.message || body.dataset.failed);
  return answer.status === 204 ? "" : answer.text();
};
const parsed = (html) => {
  const made = document.createElement("template");
  made.innerHTML = html;
  return made.content;
};
const toast = (text) => {
  const place = $("#toast");
  place.textContent = text;
  place.hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => (place.hidden = true), 6000);
};

// Rows and messages are keyed: what did not change stays as it is, so selections, scrolling and open details survive.
const upsert = (into, fresh) => {
  const old = new Map([...into.children].map((each) => [each.dataset.id, each]));
  let at = into.firstElementChild;
  for (const each of [...fresh.children]) {
    let kept = old.get(each.dataset.id);
    old.delete(each.dataset.id);
    if (kept && kept.dataset.as !== each.outerHTML) {
      each.dataset.as = each.outerHTML;
      if ($("details[open]", kept) && $("details", each)) $("details", each).open = true;
      kept.replaceWith(each);
      if (at === kept) at = each;
      kept = each;
    } else if (!kept) {
      const as = each.outerHTML;
      each.dataset.as = as;
      kept = each;
    }
    if (kept === at) at = at.nextElementSibling;
    else into.insertBefore(kept, at);
  }
  for (const gone of old.values()) gone.remove();
};

const list = $("#list"), thread = $("#thread"), overview = $("#overview"), payments = $("#payments"), golden = $("#golden"), newer = $("#newer");
let waiting = null;

const showList = (fresh) => {
  const rows = [...list.querySelectorAll("[data-id]")].map((each) => each.dataset.id);
  const now = [...fresh.children].map((each) => each.dataset.id);
  const busy = list.matches(":hover") || list.scrollTop > 20; // never move rows under the pointer
  if (busy && rows.some((id, at) => id !== now[at])) {
    waiting = fresh;
    const moved = now.filter((id, at) => id !== rows[at]).length;
    newer.hidden = false;
    newer.textContent = `↑ ${moved}`;
    return;
  }
  waiting = null;
  newer.hidden = true;
  upsert(list, fresh);
};
newer?.addEventListener("click", () => {
  if (waiting) upsert(list, waiting);
  waiting = null;
  newer.hidden = true;
  list.scrollTop = 0;
});
list?.addEventListener("mouseleave", () => waiting && list.scrollTop <= 20 && newer.click());

const showThread = (fresh) => {
  const messages = $(".messages", thread), composer = $(".composer", thread);
  const next = $(".messages", fresh), nextComposer = $(".composer", fresh);
  if (!messages || !next) {
    thread.replaceChildren(fresh);
    return toEnd();
  }
  const atEnd = messages.scrollHeight - messages.scrollTop - messages.clientHeight < 60;
  for (const part of ["head", "summary"]) {
    const now = $(`[data-part=${part}]`, thread), then = $(`[data-part=${part}]`, fresh);
    if (now && then) now.replaceWith(then);
    else if (then) messages.before(then);
    else now?.remove();
  }
  upsert(messages, next);
  if (composer.dataset.state !== nextComposer.dataset.state) composer.replaceWith(nextComposer); // else keep the draft
  restoreDraft();
  if (atEnd) toEnd();
};
const toEnd = () => {
  const messages = $(".messages", thread);
  if (messages) messages.scrollTop = messages.scrollHeight;
};

const selected = () => new URLSearchParams(location.search).get("c") || "";
const again = {
  list: async () => list && showList(parsed(await fetchPart(list.dataset.src + "&c=" + encodeURIComponent(selected()), "list"))),
  thread: async () => thread && selected() && showThread(parsed(await fetchPart(location.pathname + location.search, "thread"))),
  overview: async () => overview && upsertWhole(overview, await fetchPart("/", "overview")),
  payments: async () => payments && upsertWhole(payments, await fetchPart(location.pathname + location.search, "payments")),
  golden: async () => {
    if (!golden) return;
    upsertWhole(golden, await fetchPart(location.pathname + location.search, "golden"));
    if ($("[data-running]", golden)) setTimeout(() => refresh("golden"), 1000);
  },
  banner: async () => upsertWhole($("#banner"), await fetchPart("/banner", "banner")),
};
const upsertWhole = (place, html) => {
  if (place.dataset.as !== html) place.replaceChildren(parsed(html));
  place.dataset.as = html;
};

// At most one request a second and part, however many signals come.
const due = new Map();
const refresh = (part) => {
  const state = due.get(part) || { busy: false, again: false };
  due.set(part, state);
  if (state.busy) return void (state.again = true);
  state.busy = true;
  again[part]().then(() => online(true), () => online(navigator.onLine && false)).finally(() =>
    setTimeout(() => {
      state.busy = false;
      if (state.again) { state.again = false; refresh(part); }
    }, part === "thread" ? 250 : 1000));
};
const online = (yes) => ($("#offline").hidden = yes);

let source = null;
const listen = () => {
  source?.close();
  source = new EventSource("/events");
  source.addEventListener("touch", (event) => {
    online(true);
    const changed = event.data.split("\t"), all = changed[0] === "*";
    refresh("list");
    refresh("overview");
    refresh("payments");
    refresh("golden");
    if (all) refresh("banner");
    if (all || changed.includes(selected().split(/\s+/).join(" "))) refresh("thread");
  });
  source.onerror = () => {
    online(false);
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 2000); // a proxy's 502 ends it for good
  };
};
if (body.dataset.page) {
  listen();
  // A hidden page gives its connection back: browsers allow six to a host.
  document.addEventListener("visibilitychange", () => (document.hidden ? source.close() : listen()));
  // Receipts and elapsed times announce nothing: look now and then.
  setInterval(() => document.hidden || ["list", "thread", "overview", "payments", "golden"].forEach(refresh), 10000);
}

const open = (row) => {
  if (!row) return;
  history.pushState({}, "", row.getAttribute("href"));
  for (const each of list.children) each.toggleAttribute("aria-current", each === row);
  row.setAttribute("aria-current", "true");
  $(".inbox").classList.add("reading");
  row.scrollIntoView({ block: "nearest" });
  fetchPart(location.pathname + location.search, "thread").then((html) => {
    thread.replaceChildren(parsed(html));
    restoreDraft();
    toEnd();
  }, (error) => toast(error.message));
};
list?.addEventListener("click", (event) => {
  const row = event.target.closest(".conversation");
  if (!row || event.metaKey || event.ctrlKey || event.button) return;
  event.preventDefault();
  open(row);
});
addEventListener("popstate", () => location.reload());

// A draft belongs to its conversation and stays in this browser until it is sent.
const draftOf = (area) => "draft:" + area.dataset.draft;
const restoreDraft = () => {
  const area = $("[data-draft]");
  if (area && !area.value) area.value = localStorage.getItem(draftOf(area)) || "";
};
document.addEventListener("input", (event) => {
  if (event.target.dataset.draft) localStorage.setItem(draftOf(event.target), event.target.value);
});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!("live" in form.dataset)) return;
  event.preventDefault();
  const button = event.submitter || $("button", form);
  button.disabled = true;
  try {
    await fetchPart(form.action, "form", { method: "POST", body: new URLSearchParams(new FormData(form)) });
    if ("reset" in form.dataset) {
      const area = $("[data-draft]", form);
      localStorage.removeItem(draftOf(area));
      form.reset();
      area.focus();
    }
    if (form.dataset.close) $("#" + form.dataset.close).close();
    ["thread", "list", "banner", "overview", "golden"].forEach(refresh);
  } catch (error) {
    toast(error.message);
    refresh("thread");
  } finally {
    button.disabled = false;
  }
});
document.addEventListener("change", (event) => {
  if ("submit" in event.target.dataset) event.target.form.requestSubmit();
  if ("go" in event.target.dataset) location.assign(event.target.value);
});
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) $("#" + opener.dataset.open).showModal();
  if (event.target.closest("[data-dismiss]")) event.target.closest("dialog").close();
});

const press = (key) => $(`[data-key=${key}]`)?.click();
const move = (by) => {
  const rows = [...(list?.querySelectorAll(".conversation") || [])];
  const at = rows.findIndex((each) => each.hasAttribute("aria-current"));
  open(rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))]);
};
document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input, textarea, select");
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.dataset.draft) event.target.form.requestSubmit();
  if (event.key === "Escape" && typing) event.target.blur();
  if (typing || event.ctrlKey || event.metaKey || event.altKey || $("dialog[open]")) return;
  const keys = {
    j: () => move(1), k: () => move(-1), t: () => press("t"), h: () => press("h"), r: () => $("[data-draft]")?.focus(),
    "/": () => $("input[type=search]")?.focus(), "?": () => $("#keys")?.showModal(),
  };
  if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
});
restoreDraft();
if (thread) toEnd();
