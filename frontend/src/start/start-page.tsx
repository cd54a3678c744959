/** The first page: all documents, to be searched, made, renamed, deleted and restored. */
import { type ReactNode, useCallback, useEffect, useId, useMemo, useState, useSyncExternalStore } from "react";
import { type Api, isSignedOut } from "../api.ts";
import { hasAnywhere, reaches } from "../grants.ts";
import { pathOfName } from "../names.ts";
import { followLink, goTo, replaceAddress, useSearch } from "../route.ts";
import { Avatar } from "../ui/avatar.tsx";
import { BinIcon, LinkIcon, Mark, PageIcon, PlusIcon, SortIcon } from "../ui/icons.tsx";
import { Menu } from "../ui/menu.tsx";
import { Toasts } from "../ui/toasts.tsx";
import { useActions } from "./actions.ts";
import { DocumentList, Empty, NoDocuments, NothingFound } from "./document-list.tsx";
import type { Listing, Snapshot } from "./listing.ts";
import { NewDocument } from "./new-document.tsx";
import { SearchField } from "./search-field.tsx";
import { SignedOut } from "./signed-out.tsx";
import { addressOfView, type View, viewOfSearch } from "./view.ts";

interface StartPageProps {
  readonly api: Api;
  readonly listing: Listing;
}

/** What a view is called: in its heading, and where it stands alone. */
const CALLED = {
  all: { short: "Documents", long: "Documents" },
  mine: { short: "Mine", long: "My documents" },
  shared: { short: "Shared with me", long: "Documents shared with me" },
  deleted: { short: "Deleted", long: "Deleted documents" },
} as const;

export function StartPage({ api, listing }: StartPageProps) {
  const search = useSearch();
  const view = useMemo(() => viewOfSearch(search), [search]);
  const snapshot = useSyncExternalStore(listing.subscribe, listing.snapshot);
  const list = useId();
  const { session } = api;
  const mayCreate = hasAnywhere(session.grants, "editor");
  // Whoever made a document owns it, whatever their grants say.
  const mayDelete =
    hasAnywhere(session.grants, "owner") || snapshot.documents.some(({ role }) => reaches(role, "owner"));
  const [making, setMaking] = useState<{ open: boolean; begin: string }>({ open: false, begin: "" });
  const failed = useCallback(
    (error: unknown) => {
      // Asking again shows that the reader is signed out, over whatever they were at.
      if (isSignedOut(error)) listing.refresh();
    },
    [listing],
  );
  const { toaster, actions } = useActions(listing, failed);

  const called = CALLED[view.deleted ? "deleted" : view.scope];
  useEffect(() => {
    document.title = `${called.long} · collab`;
  }, [called.long]);
  useEffect(() => listing.show(view), [listing, view]);
  useFreshness(listing, snapshot.error);

  const make = (begin: string) => setMaking({ open: true, begin });
  return (
    <div className="start">
      <header className="start-head">
        <a className="start-home" href="/" onClick={followLink}>
          <Mark />
          <span className="brand">collab</span>
        </a>
        <span className="start-who">
          <span>{session.name || session.subject}</span>
          <Avatar id={session.subject} name={session.name || session.subject} />
        </span>
      </header>
      <main>
        <div className="start-title">
          <h1>{called.short}</h1>
          {mayCreate && !view.deleted && (
            <button type="button" className="button primary" onClick={() => make("")}>
              <PlusIcon />
              <span>New document</span>
            </button>
          )}
        </div>
        <SearchField
          q={view.q}
          label={view.deleted ? "Search deleted documents" : "Search documents"}
          busy={!snapshot.current && snapshot.known && snapshot.error === null}
          controls={list}
          search={(q) => replaceAddress(addressOfView({ ...view, q }))}
          openFirst={() => {
            const [first] = snapshot.documents;
            if (first !== undefined && snapshot.current && view.q !== "" && !view.deleted) goTo(pathOfName(first.name));
          }}
          enterList={() => document.querySelector<HTMLElement>(".row a, .row .button")?.focus()}
        />
        <Views view={view} mayDelete={mayDelete} />
        <section id={list} aria-label={called.long}>
          <DocumentList
            view={view}
            snapshot={snapshot}
            actions={actions}
            again={listing.refresh}
            loadMore={listing.loadMore}
            none={<None view={view} make={mayCreate ? make : null} />}
          />
        </section>
        <Announcement view={view} snapshot={snapshot} />
      </main>
      {mayCreate && (
        <NewDocument
          api={api}
          open={making.open}
          begin={making.begin}
          close={() => setMaking({ open: false, begin: "" })}
          changed={listing.refresh}
          failed={failed}
        />
      )}
      <SignedOut open={isSignedOut(snapshot.error)} again={listing.refresh} />
      <Toasts {...toaster} />
    </div>
  );
}

/** Which documents, and their order. */
function Views({ view, mayDelete }: { view: View; mayDelete: boolean }) {
  const link = (words: string, which: Pick<View, "deleted" | "scope">) => (
    <a
      className="tab"
      href={addressOfView({ ...view, ...which })}
      aria-current={view.deleted === which.deleted && view.scope === which.scope ? "page" : undefined}
      onClick={followLink}
    >
      {words}
    </a>
  );
  const order = (words: string, sort: View["sort"]) => ({
    words,
    checked: view.sort === sort,
    run: () => replaceAddress(addressOfView({ ...view, sort })),
  });
  const label = view.sort === "name" ? "By name" : "Recently changed";
  return (
    <div className="views">
      <nav aria-label="Documents">
        {link("All", { deleted: false, scope: "all" })}
        {link("Mine", { deleted: false, scope: "mine" })}
        {link("Shared with me", { deleted: false, scope: "shared" })}
        {(mayDelete || view.deleted) && link("Deleted", { deleted: true, scope: "all" })}
      </nav>
      <Menu
        label={`Order: ${label}`}
        className="tab order"
        items={[order("Recently changed", "modified"), order("By name", "name")]}
      >
        <SortIcon />
        <span className="order-words">{label}</span>
      </Menu>
    </div>
  );
}

/** What stands where there are no documents. `make` is null where the reader may not make any. */
function None({ view, make }: { view: View; make: ((title: string) => void) | null }): ReactNode {
  const { q } = view;
  if (q !== "") {
    const all = (
      <button type="button" className="button" onClick={() => replaceAddress(addressOfView({ ...view, q: "" }))}>
        Clear search
      </button>
    );
    const create = make !== null && !view.deleted && (
      <button type="button" className="button primary" onClick={() => make(q)}>
        <PlusIcon />
        <span className="cut">Create “{q}”</span>
      </button>
    );
    return (
      <NothingFound
        q={q}
        deleted={view.deleted}
        actions={
          <>
            {create}
            {all}
          </>
        }
      />
    );
  }
  if (view.deleted) {
    return (
      <Empty icon={<BinIcon />} title="Nothing is deleted">
        What you delete is kept here, and can be restored.
      </Empty>
    );
  }
  if (view.scope === "shared") {
    return (
      <Empty icon={<LinkIcon />} title="Nothing is shared with you">
        What others let you into is listed here. What you opened by a link is not: it is found by its link.
      </Empty>
    );
  }
  if (view.scope === "mine" && make === null) {
    return (
      <Empty icon={<PageIcon />} title="Nothing is yours yet">
        Documents that you own are listed here.
      </Empty>
    );
  }
  const first = make !== null && (
    <button type="button" className="button primary" onClick={() => make("")}>
      <PlusIcon />
      <span>Make a document</span>
    </button>
  );
  return <NoDocuments actions={first || undefined} />;
}

/** Tells who does not see the list how many there are, once they have stopped typing. */
function Announcement({ view, snapshot }: { view: View; snapshot: Snapshot }) {
  const [words, setWords] = useState("");
  const { current, more, documents } = snapshot;
  const count = documents.length;
  useEffect(() => {
    if (!current || (view.q === "" && !view.deleted)) return setWords("");
    const some = `${more ? "More than " : ""}${count} ${count === 1 ? "document" : "documents"}`;
    const timer = setTimeout(() => setWords(count === 0 ? "No documents" : some), 400);
    return () => clearTimeout(timer);
  }, [current, more, count, view]);
  return (
    <span className="unseen" role="status">
      {words}
    </span>
  );
}

const OLD = 30_000;
const RETRY = 4000;

/** Keeps the list fresh while somebody looks at it, and asks again by itself when the server did not answer. */
function useFreshness(listing: Listing, error: unknown): void {
  useEffect(() => {
    const look = () => {
      if (document.visibilityState === "visible") listing.refresh();
    };
    const timer = setInterval(look, error === null || isSignedOut(error) ? OLD : RETRY);
    document.addEventListener("visibilitychange", look);
    window.addEventListener("online", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
      window.removeEventListener("online", look);
    };
  }, [listing, error]);
  useEffect(() => () => listing.leave(), [listing]);
}
