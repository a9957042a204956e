/* The service worker of this host. It rings: it shows what a push message says and opens what it is about.

   It keeps nothing and answers no request of a page: what it kept would outlive a sign-out and be shown
   to whoever uses the browser next. Working without a connection is a matter of its own. */

const HOME = `${self.location.origin}/`;

// A new version rings at once; it shares no state with the old one.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => event.waitUntil(show(read(event.data))));

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(ours(event.notification.data?.url)));
});

self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(follow(event)));

/** What was sent; nothing if it cannot be read. Browsers want to see something for each message. */
function read(data) {
  try {
    return data.json() ?? {};
  } catch {
    return {};
  }
}

function show({ title, body, tag, url }) {
  return self.registration.showNotification(String(title || "Servicebook"), {
    body: String(body || ""),
    tag: String(tag || ""), // a repeat takes the place of the first
    data: { url: ours(url) },
  });
}

/** The address if it is one of this host, else its first page. */
function ours(url) {
  try {
    const to = new URL(url ?? "", HOME);
    return to.origin === self.location.origin ? to.href : HOME;
  } catch {
    return HOME;
  }
}

async function open(url) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = pages.find((page) => page.url === url);
  return there ? there.focus() : self.clients.openWindow(url);
}

/** Its push service gave this browser another address: tell ours, and prove by the old one who asks. */
async function follow({ oldSubscription: old, newSubscription: given }) {
  if (!old) return; // nothing to prove it with: its person switches it on again, the card says so
  const now = given ?? await self.registration.pushManager.subscribe(old.options);
  const { endpoint, keys } = now.toJSON();
  await fetch("/sw/moved/", {
    method: "POST",
    body: new URLSearchParams({
      old: old.endpoint, old_auth: old.toJSON().keys?.auth ?? "", endpoint, p256dh: keys.p256dh, auth: keys.auth,
    }),
  });
}
