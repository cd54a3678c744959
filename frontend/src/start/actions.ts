/** What can be done with a row, what is told about it, and where the focus goes. */
import { useEffect, useMemo } from "react";
import type { Document } from "../api.ts";
import { pathOfName } from "../names.ts";
import { goTo } from "../route.ts";
import { Problem } from "../session.ts";
import { useToasts } from "../ui/toasts.tsx";
import { isTyping } from "../ui/typing.ts";
import { wordsOfError } from "../ui/words.ts";
import type { Listing } from "./listing.ts";
import { nameForPeople } from "./row.tsx";

const LONGEST = 48;

/** What a document is called, as a toast has room for it. */
function quoted(document: Document): string {
  const characters = [...nameForPeople(document)];
  return `“${characters.length > LONGEST ? `${characters.slice(0, LONGEST - 1).join("")}…` : characters.join("")}”`;
}

/** Puts the focus on the row of a document, once it is drawn. */
function focusRow(name: string): void {
  requestAnimationFrame(() => {
    const row = document.querySelector(`[data-document="${CSS.escape(name)}"]`);
    row?.querySelector<HTMLElement>("a, .button")?.focus();
  });
}

/** Where the focus goes when the row of a document leaves: to the next one, the one before, or the search. */
function focusNeighbour(name: string): void {
  const row = document.querySelector(`[data-document="${CSS.escape(name)}"]`);
  const next = row?.nextElementSibling ?? row?.previousElementSibling;
  const target = next?.querySelector<HTMLElement>("a, .button") ?? document.querySelector<HTMLElement>("[type=search]");
  if (row?.contains(document.activeElement)) target?.focus({ preventScroll: true });
}

/** What can be done with a row, and what is told about it. */
export function useActions(listing: Listing, failed: (error: unknown) => void) {
  const toaster = useToasts();
  const { tell, dismiss, toasts } = toaster;

  const actions = useMemo(() => {
    const notDone = (document: Document, done: string, error: unknown, again: () => void) => {
      // Someone else may have been quicker, or the reader is signed out: the list knows when it is asked again.
      if (error instanceof Problem) listing.refresh();
      const words = `${quoted(document)} was not ${done}. ${wordsOfError(error)}`;
      tell({ words, bad: true, action: { words: "Try again", run: again } });
    };
    const restore = (document: Document, follow: boolean) => {
      focusNeighbour(document.name);
      listing.restore(document.name).then(
        () => {
          if (follow) return focusRow(document.name);
          const open = { words: "Open", run: () => goTo(pathOfName(document.name)) };
          tell({ words: `${quoted(document)} is back`, action: open });
        },
        (error: unknown) => notDone(document, "restored", error, () => restore(document, follow)),
      );
    };
    const remove = (document: Document) => {
      focusNeighbour(document.name);
      listing.remove(document.name).then(
        () => {
          const undo = { words: "Undo", run: () => restore(document, true) };
          tell({ words: `${quoted(document)} deleted`, action: undo });
        },
        (error: unknown) => notDone(document, "deleted", error, () => remove(document)),
      );
    };
    return {
      remove,
      restore: (document: Document) => restore(document, false),
      retitle: (document: Document, title: string) =>
        listing.retitle(document.name, title).catch((error: unknown) => {
          failed(error);
          throw error;
        }),
    };
  }, [listing, failed, tell]);

  // Undo as everywhere: with the keyboard, wherever the focus is, while its words are there.
  useEffect(() => {
    const onKeyDown = (event: globalThis.KeyboardEvent) => {
      if (event.key !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey || isTyping(event.target)) return;
      const undone = toasts.findLast(({ action }) => action?.words === "Undo");
      if (undone === undefined) return;
      event.preventDefault();
      dismiss(undone.id);
      undone.action?.run();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [toasts, dismiss]);

  return { toaster, actions };
}
