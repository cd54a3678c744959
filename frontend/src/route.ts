/** Where the reader is: the address's path and query, followed without loading the page again. */
import { type MouseEvent, useSyncExternalStore } from "react";

function subscribe(changed: () => void): () => void {
  window.addEventListener("popstate", changed);
  return () => window.removeEventListener("popstate", changed);
}

/** The path of the address. */
export function usePath(): string {
  return useSyncExternalStore(subscribe, () => location.pathname);
}

/** The query of the address, with its `?`; empty where there is none. */
export function useSearch(): string {
  return useSyncExternalStore(subscribe, () => location.search);
}

function tellEveryone(): void {
  window.dispatchEvent(new PopStateEvent("popstate"));
}

/** Goes to another address of this page. */
export function goTo(address: string): void {
  history.pushState(null, "", address);
  tellEveryone();
  window.scrollTo(0, 0);
}

/** Changes the address where the reader stays: going back does not stop here. */
export function replaceAddress(address: string): void {
  history.replaceState(history.state, "", address);
  tellEveryone();
}

/** The click handler of a link within this page; a click that means another tab or window is left to the browser. */
export function followLink(event: MouseEvent<HTMLAnchorElement>): void {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  goTo(event.currentTarget.pathname + event.currentTarget.search);
}
