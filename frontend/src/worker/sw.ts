/**
 * Shows the page when the server is away: its document from then on comes from the browser's copy (`connection/copy.ts`).
 *
 * Kept are the page itself and the files it is made of, which never change under their names; of what the server answers
 * under `/api`, nothing. While the server answers, it is always asked for the page, so a new version shows at once. The
 * files of a new version are fetched beside the old ones, which go when no window uses them any more.
 */
const worker = self as unknown as ServiceWorkerGlobalScope;

/** The names of the page's files; the build writes them here (`vite.config.ts`). */
declare const PAGE_FILES: readonly string[];
const FILES = PAGE_FILES;

const PREFIX = "page-";
const SHELL = "/";

/** One for each version: a file's name changes when the file does. */
const CACHE = PREFIX + FILES.map((file) => file.replace(/^assets\//, "")).join("|");

worker.addEventListener("install", (event) => {
  const requests = [SHELL, ...FILES.map((file) => `/${file}`)].map(
    (path) => new Request(path, { cache: path === SHELL ? "no-cache" : "default" }),
  );
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(requests)));
});

worker.addEventListener("activate", (event) => {
  const dropOthers = async () => {
    const names = await caches.keys();
    await Promise.all(
      names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)),
    );
  };
  // The window that brought the worker is served by it from now on, not only after its next visit.
  event.waitUntil(Promise.all([dropOthers(), worker.clients.claim()]));
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== worker.location.origin) return;
  if (request.mode === "navigate") {
    if (pathname === SHELL || pathname.startsWith("/documents/")) event.respondWith(page(request));
  } else if (pathname.startsWith("/assets/")) {
    event.respondWith(file(request));
  }
});

/** What a proxy answers whose server is away. */
const AWAY: ReadonlySet<number> = new Set([502, 503, 504]);

async function page(request: Request): Promise<Response> {
  const kept = () => caches.match(SHELL, { cacheName: CACHE });
  try {
    const response = await fetch(request);
    return AWAY.has(response.status) ? ((await kept()) ?? response) : response;
  } catch (error) {
    const response = await kept();
    if (response === undefined) throw error;
    return response;
  }
}

async function file(request: Request): Promise<Response> {
  return (await caches.match(request, { cacheName: CACHE })) ?? fetch(request);
}
