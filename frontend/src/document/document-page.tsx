/** The page of one document. */
import { lazy, Suspense, useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import type { Api } from "../api.ts";
import type { Connection } from "../connection/connection.ts";
import { openDocument } from "../connection/open.ts";
import { ENDS_LINK } from "../connection/refusal.ts";
import type { Snapshot } from "../connection/snapshot.ts";
import { reaches, roleFor } from "../grants.ts";
import { mayLookBack, useHistory } from "../history/history.ts";
import { HistoryButton } from "../history/history-button.tsx";
import { followLink } from "../route.ts";
import { ShareButton } from "../share/share-button.tsx";
import { Mark } from "../ui/icons.tsx";
import { TitleField } from "../ui/title-field.tsx";
import { LightBadge } from "./light-badge.tsx";
import { LostCard } from "./lost.tsx";
import { People } from "./people.tsx";
import { RefusedBanner, RefusedPage } from "./refused.tsx";
import { RoleChange } from "./role-change.tsx";

// The editor is by far the largest part: it loads while the connection is being made.
const loadEditor = () => import("./editor.tsx");
const Editor = lazy(loadEditor);
// With the editor: the past must open where the server has gone away meanwhile.
const HistoryView = lazy(async () => ({ default: (await loadEditor()).HistoryView }));

interface DocumentPageProps {
  readonly name: string;
  readonly api: Api;
  /** Opens the document for a guest as who they are here; left out where nobody is signed in to this browser. */
  readonly withoutLink?: () => void;
}

export function DocumentPage({ name, api, withoutLink }: DocumentPageProps) {
  const [connection, setConnection] = useState<Connection | null>(null);
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each round opens the document anew
  useEffect(() => {
    const opened = openDocument(name, api);
    setConnection(opened);
    void loadEditor();
    return () => opened.leave();
  }, [name, api, round]);
  const again = useCallback(() => setRound((last) => last + 1), []);

  if (connection === null) return null;
  return <OpenDocument name={name} api={api} connection={connection} again={again} withoutLink={withoutLink ?? null} />;
}

interface OpenDocumentProps extends Omit<DocumentPageProps, "withoutLink"> {
  readonly withoutLink: (() => void) | null;
  readonly connection: Connection;
  readonly again: () => void;
}

function OpenDocument({ name, api, connection, again, withoutLink }: OpenDocumentProps) {
  const snapshot = useSyncExternalStore(connection.subscribe, connection.snapshot);
  const { loaded, refusal, light, people, readOnly, unsaved, title } = snapshot;
  const called = title || name;
  const shown = isShown(snapshot);
  useTitle(called, shown);
  const { guest } = api.session;
  useEffect(() => {
    // This browser had another life of the document, and nothing that is not saved: there is nothing to choose.
    if (refusal?.kind === "replaced" && !shown) again();
    // The guest's pass was too old, and they came in anew.
    if (refusal?.kind === "somebody-else" && guest && !unsaved) again();
  }, [refusal, shown, guest, unsaved, again]);

  const history = useHistory();
  const historyButton = useRef<HTMLButtonElement>(null);
  const role = snapshot.role ?? roleFor(api.session.grants, name);
  const looksBack = (snapshot.looksBack ?? mayLookBack(role)) && loaded && refusal === null;
  const refused = refusal && {
    refusal,
    name: called,
    listed: !guest,
    withoutLink: refusal !== null && ENDS_LINK.has(refusal.kind) ? withoutLink : null,
    // A window that alone has something is not left without a question, which a reload asks.
    again: unsaved && snapshot.store !== "kept" ? () => location.reload() : again,
    restore: reaches(role, "owner") ? () => api.restore(name) : null,
  };
  if (refused && !shown) return refusal.kind === "replaced" ? null : <RefusedPage {...refused} />;
  return (
    <div className="document" data-history={looksBack && history.listed}>
      <header className="bar">
        {guest ? (
          <span className="home">
            <Mark />
          </span>
        ) : (
          <a className="home" href="/" onClick={followLink} aria-label="All documents">
            <Mark />
          </a>
        )}
        <TitleField
          name={name}
          title={title}
          editable={!readOnly && loaded && refusal === null && reaches(role, "editor")}
          save={(words) => connection.retitle(words)}
        />
        {refusal === null && <LightBadge snapshot={snapshot} light={light} />}
        {looksBack && <HistoryButton history={history} button={historyButton} />}
        {reaches(role, "owner") && loaded && refusal === null && (
          <ShareButton api={api} name={name} called={called} people={people} />
        )}
        <People people={people} />
      </header>
      {refused && (
        <RefusedBanner
          {...refused}
          unsaved={unsaved}
          unsavedText={() => connection.unsavedText()}
          discard={() => connection.discard()}
        />
      )}
      {/* While the past is on the screen the editor stays, and goes on with everybody else's. */}
      <main className="sheet" aria-busy={!loaded} hidden={looksBack && history.look !== null}>
        <Suspense fallback={<Blank />}>
          {/* Only a document that was received in full: the editor would write its first block into an empty one. */}
          {loaded ? (
            <Editor
              connection={connection}
              editable={!readOnly && refusal === null}
              askAbout={looksBack ? history.askAbout : null}
            />
          ) : (
            <Blank />
          )}
        </Suspense>
      </main>
      {looksBack && (
        <Suspense fallback={null}>
          {history.used && (
            <HistoryView
              name={name}
              api={api}
              connection={connection}
              snapshot={snapshot}
              history={history}
              button={historyButton}
            />
          )}
        </Suspense>
      )}
      <LostCard snapshot={snapshot} connection={connection} again={again} />
      {refusal === null && <RoleChange heard={snapshot.heard} readOnly={readOnly} />}
    </div>
  );
}

/**
 * Whether the document stays on the screen when it is refused: in the middle of the work, and where something in it is
 * not saved. A copy that nobody has worked on, and that the reader may not have any more, does not.
 */
function isShown({ loaded, heard, unsaved, refusal }: Snapshot): boolean {
  return refusal === null || (loaded && (heard || unsaved));
}

/** Where the text will be. */
function Blank() {
  return (
    <div className="blank" aria-hidden="true">
      <span />
      <span />
      <span />
    </div>
  );
}

function useTitle(title: string, shown: boolean): void {
  useEffect(() => {
    if (shown) document.title = `${title} · collab`;
  }, [title, shown]);
}
