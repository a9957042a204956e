/* The card "This browser rings for reminders": asks, subscribes, and hands the subscription over by a form. */

const card = document.querySelector("[data-ringing]");
const one = (selector) => card.querySelector(selector);
const button = one("[data-switch-on]");

/** Say one sentence in the card, read out by screen readers. */
export function say(name) {
  one("[data-said]").textContent = card.dataset[name] ?? "";
}

/** Send a subscription, as `PushSubscription.toJSON` gives it, with the form of the page. */
export function handOver({ endpoint, keys }) {
  const form = one("form[data-on]");
  form.elements.endpoint.value = endpoint ?? "";
  form.elements.p256dh.value = keys?.p256dh ?? "";
  form.elements.auth.value = keys?.auth ?? "";
  form.submit();
}

const known = () => [...card.querySelectorAll("[data-browser]")];

/** The line of the list that is this browser, if it is in there. */
async function mine(subscription) {
  if (!subscription) return null;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(subscription.endpoint));
  const print = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return known().find((line) => line.dataset.browser === print) ?? null;
}

async function current() {
  const registration = await navigator.serviceWorker.getRegistration("/");
  return await registration?.pushManager.getSubscription() ?? null;
}

async function switchOn() {
  say("asking");
  button.disabled = true;
  try {
    if (await Notification.requestPermission() !== "granted") return say("denied");
    await navigator.serviceWorker.register("/sw.js", { scope: "/" });
    const { pushManager } = await navigator.serviceWorker.ready;
    // One that our side does not know is of no use, and may be of another key.
    await (await pushManager.getSubscription())?.unsubscribe();
    const subscription = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: card.dataset.key });
    handOver(subscription.toJSON());
  } catch {
    say("failed");
  } finally {
    button.disabled = false;
  }
}

async function start() {
  if (!window.isSecureContext) return say("insecure");
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) return say("unable");
  const subscription = await current();
  const line = await mine(subscription);
  if (!line) {
    button.hidden = false;
    button.addEventListener("click", switchOn);
    return;
  }
  line.querySelector("[data-here]").hidden = false;
  line.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    await subscription.unsubscribe().catch(() => {});
    event.target.submit();
  });
}

start();
