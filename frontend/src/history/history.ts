/** Looking back, as the page of a document has it: whether the list is open, and which moment is on the screen. */
import { useCallback, useLayoutEffect, useMemo, useRef, useState } from "react";
import { reaches } from "../grants.ts";
import type { Role } from "../session.ts";
import { useMedia } from "../ui/media.ts";
import type { Selected } from "./selection.ts";
import type { Look } from "./span.ts";

/** Which sight of a moment: the document as it was, what the span had changed by then, what has changed since. */
export type Sight = "whole" | "changes" | "since";

export interface History {
  /** The history is open: the list beside the document, and maybe a moment in its place. */
  readonly open: boolean;
  /** It was open, or asked, in this window: what it has told stays until its time is over. */
  readonly used: boolean;
  /** The moment on the screen; null for the document as it is now. */
  readonly look: Look | null;
  readonly sight: Sight;
  /** The list is on the screen. On a narrow one it gives way to the moment that was chosen. */
  readonly listed: boolean;
  /** The list covers the document. */
  readonly covering: boolean;
  /** A selection whose authors are asked for. */
  readonly asked: Selected | null;
  show(): void;
  close(): void;
  choose(look: Look | null): void;
  /** Moves within the span that is looked at. */
  move(moment: number): void;
  see(sight: Sight): void;
  /** Brings the list back where it had given way. */
  list(): void;
  askAbout(selected: Selected | null): void;
}

/** Whether this reader may look back, as far as the page can tell before the server has said it. */
export function mayLookBack(role: Role | null): boolean {
  return reaches(role, "editor");
}

/** No wider than this there is no room for a list beside the document. */
const NARROW = "(width < 60rem)";

export function useHistory(): History {
  const [open, setOpen] = useState(false);
  const [look, setLook] = useState<Look | null>(null);
  const [sight, setSight] = useState<Sight>("whole");
  /** On a narrow screen: the list, and not the moment. */
  const [wanted, setListed] = useState(true);
  const [asked, setAsked] = useState<Selected | null>(null);
  const used = useRef(false);
  used.current ||= open || asked !== null;
  const narrow = useMedia(NARROW);
  useKeptScroll(look !== null);

  const show = useCallback(() => {
    setOpen(true);
    setListed(true);
  }, []);
  const close = useCallback(() => {
    setOpen(false);
    setLook(null);
  }, []);
  const choose = useCallback((next: Look | null) => {
    setOpen(true);
    setLook(next);
    setListed(false);
  }, []);
  const move = useCallback((moment: number) => setLook((now) => now && { ...now, moment }), []);
  const list = useCallback(() => setListed(true), []);

  const listed = open && (!narrow || wanted);
  return useMemo(
    () => ({
      // Back to now, on a narrow screen, is back to the document.
      open: open && !(narrow && look === null && !wanted),
      used: used.current,
      look,
      sight,
      listed,
      covering: listed && narrow,
      asked,
      show,
      close,
      choose,
      move,
      see: setSight,
      list,
      askAbout: setAsked,
    }),
    [open, look, sight, listed, narrow, wanted, asked, show, close, choose, move, list],
  );
}

/** The live document is where it was when the reader comes back to it. */
function useKeptScroll(away: boolean): void {
  const kept = useRef(0);
  const was = useRef(away);
  if (away && !was.current) kept.current = window.scrollY;
  useLayoutEffect(() => {
    if (was.current === away) return;
    was.current = away;
    window.scrollTo(0, away ? 0 : kept.current);
  }, [away]);
}
