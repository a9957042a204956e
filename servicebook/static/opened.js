/* Says once that a person looks at the page of a link: who scrolls, touches or types is one.
   A scanner of mails fetches a page, and some draw it; none of them does that.
   Who answers in the same moment has said it with the answer. */

const SIGNS = ["pointerdown", "touchstart", "keydown", "wheel"];
const PAUSE = 2000;

let waits = 0;

function seen(event) {
  if (!event.isTrusted) return;
  for (const sign of SIGNS) document.removeEventListener(sign, seen);
  waits = setTimeout(say, PAUSE);
}

function say() {
  const body = new FormData();
  body.append("csrfmiddlewaretoken", document.querySelector("input[name=csrfmiddlewaretoken]").value);
  body.append("opened", "1");
  fetch(location.href, { method: "POST", body, keepalive: true }).catch(() => {}); // the answer will say it
}

if (document.querySelector("[data-says-opened]")) {
  for (const sign of SIGNS) document.addEventListener(sign, seen, { passive: true });
  document.addEventListener("submit", () => clearTimeout(waits));
}
