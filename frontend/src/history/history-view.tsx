/** The history of a document: the list of sittings beside it, and the moment that is looked at in its place. */
import "../styles/history.css";
import "../styles/past.css";
import "../styles/drawn.css";
import "../styles/who-wrote.css";
import { type RefObject, useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { createPortal } from "react-dom";
import type { Api } from "../api.ts";
import type { Connection } from "../connection/connection.ts";
import type { Snapshot } from "../connection/snapshot.ts";
import { type Toast, Toasts, useToasts } from "../ui/toasts.tsx";
import { wordsOfError } from "../ui/words.ts";
import { HistoryClient, type Version } from "./client.ts";
import type { History } from "./history.ts";
import { HistoryPanel } from "./history-panel.tsx";
import { Naming, type NamingTask } from "./naming.tsx";
import { Past } from "./past.tsx";
import { Restoring } from "./restoring.tsx";
import { Timeline } from "./timeline.ts";
import { WhoWrote } from "./who-wrote.tsx";

interface HistoryViewProps {
  readonly name: string;
  readonly api: Api;
  readonly connection: Connection;
  readonly snapshot: Snapshot;
  readonly history: History;
  /** What opened it. */
  readonly button: RefObject<HTMLButtonElement | null>;
}

/** What can be done with moments and versions; what comes of it is told by itself. */
export interface Deeds {
  /** Asks for a name, and gives it to a moment. */
  readonly name: (moment: number | "now", time: number | null) => void;
  readonly rename: (version: Version) => void;
  readonly remove: (version: Version) => void;
  /** Asks whether it is meant, and brings a moment back. */
  readonly restore: (moment: number, time: number | null) => void;
}

/** What is about to be restored. */
export interface RestoringTask {
  readonly moment: number;
  readonly time: number | null;
}

export function HistoryView({ name, api, connection, snapshot, history, button }: HistoryViewProps) {
  const client = useMemo(() => new HistoryClient(api, name), [api, name]);
  const timeline = useMemo(() => new Timeline(client), [client]);
  const sittings = useSyncExternalStore(timeline.subscribe, timeline.snapshot);
  const toaster = useToasts();
  const { tell } = toaster;
  const [naming, setNaming] = useState<NamingTask | null>(null);
  const [restoring, setRestoring] = useState<RestoringTask | null>(null);
  const [edition, setEdition] = useState(0);
  const { open, choose, close } = history;
  const writes = !snapshot.readOnly && snapshot.refusal === null;

  useFreshness(timeline, connection, snapshot, open);
  useCovered(history.covering);

  const leave = useCallback(() => {
    close();
    button.current?.focus();
  }, [close, button]);
  useEscape(history, leave);
  useReturn(history, button);

  const put = useCallback(
    (version: Version) => {
      timeline.put(version);
      setEdition((last) => last + 1);
    },
    [timeline],
  );
  const deeds = useMemo<Deeds>(() => {
    const failed = (words: string, error: unknown, again: () => void) =>
      tell({ words: `${words} ${wordsOfError(error)}`, bad: true, action: { words: "Try again", run: again } });
    const bringBack = (version: Version) => {
      client
        .nameVersion(version.name, version.moment)
        .then(put, (error: unknown) =>
          failed(`The name “${version.name}” is not back.`, error, () => bringBack(version)),
        );
    };
    const remove = (version: Version) => {
      client.deleteVersion(version.id).then(
        () => {
          timeline.drop(version.id);
          setEdition((last) => last + 1);
          const undo = { words: "Undo", run: () => bringBack(version) };
          tell({ words: `“${version.name}” is no version any more`, action: undo });
        },
        (error: unknown) => failed(`“${version.name}” was not deleted.`, error, () => remove(version)),
      );
    };
    return {
      name: (moment, time) => setNaming({ kind: "name", moment, time }),
      rename: (version) => setNaming({ kind: "rename", version }),
      remove,
      restore: (moment, time) => setRestoring({ moment, time }),
    };
  }, [client, timeline, put, tell]);

  const save = async (task: NamingTask, words: string) => {
    const made =
      task.kind === "name"
        ? await client.nameVersion(words, task.moment)
        : await client.renameVersion(task.version.id, words);
    put(made);
    timeline.refresh();
    tell({ words: task.kind === "name" ? `Named “${made.name}”` : `Now called “${made.name}”` });
  };
  const restored = (toast: Toast) => {
    setRestoring(null);
    choose(null);
    timeline.refresh();
    tell(toast);
  };

  return (
    <>
      {open && history.look !== null && (
        <Past
          client={client}
          history={history}
          look={history.look}
          deeds={deeds}
          writes={writes}
          online={snapshot.loss === null}
        />
      )}
      {createPortal(
        <>
          {open && history.listed && (
            <HistoryPanel
              client={client}
              edition={edition}
              timeline={timeline}
              snapshot={sittings}
              history={history}
              deeds={deeds}
              writes={writes}
              close={leave}
            />
          )}
          {history.asked !== null && (
            <WhoWrote client={client} connection={connection} history={history} selected={history.asked} />
          )}
          <Naming task={naming} save={save} close={() => setNaming(null)} />
          <Restoring
            task={restoring}
            client={client}
            subject={connection.user.id}
            done={restored}
            close={() => setRestoring(null)}
            tell={tell}
          />
          <Toasts {...toaster} />
        </>,
        document.body,
      )}
    </>
  );
}

/** Pauses between two looks at the newest sittings while people write, in milliseconds. */
const FRESH_MS = 3_000;

/** Asks for the newest sittings when the list opens, after changes, and when the server is gone or back. */
function useFreshness(timeline: Timeline, connection: Connection, { loss }: Snapshot, open: boolean): void {
  const online = loss === null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: without the server the answer is that it is away
  useEffect(() => {
    if (!open) return;
    timeline.refresh();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const changed = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        timeline.refresh();
      }, FRESH_MS);
    };
    connection.document.on("update", changed);
    return () => {
      connection.document.off("update", changed);
      clearTimeout(timer);
      timeline.leave();
    };
  }, [timeline, connection, open, online]);
}

/** What lies under the list cannot be reached while it is covered. */
function useCovered(covering: boolean): void {
  useEffect(() => {
    const root = document.getElementById("root");
    if (root === null || !covering) return;
    root.inert = true;
    return () => {
      root.inert = false;
    };
  }, [covering]);
}

/** Whoever comes back from a moment goes on where they had chosen it. */
function useReturn({ look, listed }: History, button: RefObject<HTMLButtonElement | null>): void {
  const was = useRef(look);
  useEffect(() => {
    const returns = was.current !== null && look === null;
    was.current = look;
    // Only where the focus was on what is not there any more.
    if (!returns || (document.activeElement !== null && document.activeElement !== document.body)) return;
    const now = listed ? document.querySelector<HTMLElement>(".now-row") : null;
    (now ?? button.current)?.focus();
  }, [look, listed, button]);
}

/** Escape goes one step back: from the moment to now, from there out of the history. */
function useEscape(history: History, leave: () => void): void {
  const { open, look, listed, choose } = history;
  useEffect(() => {
    if (!open) return;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      // What lies over it closes first, and whoever writes means what they write in.
      if (document.querySelector("dialog[open], :popover-open") !== null) return;
      const target = event.target instanceof Element ? event.target : null;
      if (target?.closest("[contenteditable=true], input:not([type=range], [type=radio])")) return;
      event.preventDefault();
      if (look !== null) choose(null);
      else if (listed) leave();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [open, look, listed, choose, leave]);
}
