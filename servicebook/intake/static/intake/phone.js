/* The phone screen by keyboard: arrows walk through what was found, Ctrl+Enter saves. */

const box = document.querySelector("#caller");
const found = document.querySelector("#found");
const links = () => [...found.querySelectorAll("a[href]")];

function step(from, by) {
  const all = links();
  const at = all.indexOf(from) + by;
  if (at < 0) box.focus();
  else all[Math.min(at, all.length - 1)]?.focus();
}

document.querySelector("[data-caller]").addEventListener("keydown", (event) => {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by || !links().length) return;
  event.preventDefault();
  step(event.target, by);
});

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("form[data-quick]");
  if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit();
  }
});
