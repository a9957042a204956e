/* What every page needs of JavaScript: answers of htmx, the keyboard, the search box, bulk choice.
   Every form works without it. No inline script anywhere: behaviour is asked for by data attributes. */

const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// What only helps without JavaScript, such as the button of a filter, hides itself.
document.documentElement.classList.add("js");

/* ---- htmx ------------------------------------------------------------------------------ */

document.addEventListener("htmx:configRequest", (event) => {
  const token = one('meta[name="csrf"]')?.content;
  if (token && event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token;
  // An address says only what was chosen.
  const { elt, parameters } = event.detail;
  if (elt.matches(".sb-filters")) {
    for (const name of Object.keys(parameters)) if (parameters[name] === "") delete parameters[name];
  }
});

// A page that is not a fragment (the session ended, a page of refusal) is shown whole.
document.addEventListener("htmx:beforeSwap", (event) => {
  const text = event.detail.xhr.responseText ?? "";
  if (/^\s*<!doctype/i.test(text) && event.detail.target !== document.body) {
    event.detail.shouldSwap = false;
    const to = event.detail.xhr.responseURL;
    if (event.detail.xhr.status < 400 && to) location.assign(to);
    else say(new DOMParser().parseFromString(text, "text/html").querySelector("main")?.innerText);
  }
});

for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, () => say(document.body.dataset.offline));
}

/** Show one sentence above the page, read out by screen readers. */
function say(text) {
  const place = one("#said");
  if (!place || !text) return;
  const box = document.createElement("div");
  box.className = "sb-alert error";
  box.setAttribute("role", "alert");
  const words = document.createElement("p");
  words.textContent = text.trim();
  box.append(words);
  place.replaceChildren(box);
  box.scrollIntoView({ block: "nearest" });
}

/* ---- the keyboard ---------------------------------------------------------------------- */

const ROW = "table.sb tbody tr, [data-row]";

function move(step) {
  const rows = all(ROW).filter((row) => one("a[href], button", row) && row.offsetParent);
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[Math.min(Math.max(at + step, 0), rows.length - 1)];
  one("a[href], button", next).focus();
  next.scrollIntoView({ block: "nearest" });
}

/** Tick the line on which the keyboard stands. */
function pickHere() {
  const box = document.activeElement?.closest(ROW)?.querySelector('input[name="pick"]');
  if (!box) return false;
  box.checked = !box.checked;
  box.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}

const KEYS = {
  "/": () => { const box = one("#find"); box?.focus(); box?.select(); },
  j: () => move(1),
  k: () => move(-1),
  x: () => pickHere(),
  n: () => one('[data-key="n"]')?.click(),
  "?": () => one("#keys")?.togglePopover?.(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const where = event.target;
  if (event.key === "Escape" && where.matches?.("input, textarea, select")) { where.blur(); return; }
  if (where.closest?.('input:not([type="checkbox"]):not([type="radio"]), textarea, select, [contenteditable]')) return;
  // A page adds its own: <button data-key="r">.
  const act = KEYS[event.key] ?? (/^[a-z]$/.test(event.key) ? () => reach(event.key) : null);
  if (act && act() !== false) event.preventDefault();
});

function reach(key) {
  const target = one(`[data-key="${key}"]`);
  if (!target) return false;
  if (target.matches("input, textarea, select")) target.focus();
  else target.click();
  return true;
}

/* ---- the search box -------------------------------------------------------------------- */

const box = one("#find");
const hits = one("#hits");
if (box && hits) {
  box.addEventListener("keydown", (event) => {
    const links = all("a[href]", hits);
    const at = links.findIndex((link) => link.classList.contains("on"));
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!links.length) return;
      event.preventDefault();
      const next = (at + (event.key === "ArrowDown" ? 1 : -1) + links.length) % links.length;
      links.forEach((link, index) => {
        link.classList.toggle("on", index === next);
        link.id ||= `hit-${index}`;
      });
      links[next].scrollIntoView({ block: "nearest" });
      box.setAttribute("aria-activedescendant", links[next].id);
    } else if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      links[at].click();
    }
  });
  box.addEventListener("input", () => {
    box.removeAttribute("aria-activedescendant");
    if (!box.value.trim()) hits.replaceChildren();
  });
}

/* ---- choosing many rows ---------------------------------------------------------------- */

function countPicked(form) {
  const picked = all('input[name="pick"]', form);
  const chosen = picked.filter((box) => box.checked).length;
  const bar = one("[data-bulk]", form);
  if (bar) bar.hidden = chosen === 0;
  all("[data-picked]", form).forEach((place) => { place.textContent = chosen; });
  const every = one("[data-pick-all]", form);
  if (every) { every.checked = chosen > 0 && chosen === picked.length; every.indeterminate = chosen > 0 && chosen < picked.length; }
}

document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) window.print(); });

document.addEventListener("change", (event) => {
  const box = event.target;
  if (box.matches("[data-pick-all]")) all('input[name="pick"]', box.form).forEach((each) => { each.checked = box.checked; });
  if (box.matches('[data-pick-all], input[name="pick"]')) countPicked(box.form);
  if (box.matches("[data-submits]")) box.form.requestSubmit();
});
const bulkForms = () => all("[data-bulk]").forEach((bar) => countPicked(bar.closest("form")));
document.addEventListener("htmx:afterSettle", bulkForms);
bulkForms();

// A filter stands open where there is room; on a phone it waits behind its own line.
if (matchMedia("(min-width: 861px)").matches) {
  all("[data-open-when-wide]").forEach((filter) => { filter.open = true; });
}

/* ---- small things ---------------------------------------------------------------------- */

// A field of a text is put where the person was writing: <button data-insert="{name}" data-into="form's id">.
let written = null;
document.addEventListener("focusin", ({ target }) => { if (target.matches('input[type="text"], textarea')) written = target; });
all("[data-insert]").forEach((button) => { button.hidden = false; });
document.addEventListener("click", (event) => {
  const { insert, into } = event.target.closest("[data-insert]")?.dataset ?? {};
  const form = into && document.getElementById(into);
  if (!form) return;
  const place = written?.form === form ? written : one("textarea", form);
  place.setRangeText(insert, place.selectionStart, place.selectionEnd, "end");
  place.dispatchEvent(new Event("input", { bubbles: true }));
  place.focus();
});

// A second press of a button that is still sending does nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  setTimeout(() => { delete form.dataset.sent; }, 4000);
});
window.addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => { delete form.dataset.sent; }));
