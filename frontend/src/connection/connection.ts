/**
 * One open document: its Yjs document, its socket, its copy in this browser, and what may be said about all three.
 *
 * The order in which it opens: the copy is read and shown; the socket connects; before anything of the document is sent,
 * the server is asked who the reader is and which life of the document it has (its lineage). Only the same life is
 * synced, since Yjs would put two lives together. The provider speaks the protocol; this class follows the socket's
 * ledger, and publishes snapshots that a view can draw.
 */
import { HocuspocusProvider, WebSocketStatus } from "@hocuspocus/provider";
import { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import type { Api, Document } from "../api.ts";
import { Problem } from "../session.ts";
import type { Copies, Copy } from "./copy.ts";
import { kindOfRefusal } from "./explain.ts";
import { lightOf } from "./light.ts";
import { listen } from "./listen.ts";
import { colorOf, keepTidy, peopleOf, tellTitles, tellTyping, type User } from "./presence.ts";
import { ENDS_ACCESS, objectionTo, type Refusal, refusalOfClose, refusalOfProblem } from "./refusal.ts";
import type { Loss, Snapshot } from "./snapshot.ts";
import { socketAddress, WatchedSocket } from "./socket.ts";
import { unsavedText, vectorOf } from "./unsaved.ts";

/** The root type that holds the blocks, as in BlockNote's own documentation. */
export const FRAGMENT = "document-store";

/** Who is turned away twice within this time stays away, in milliseconds. */
const AGAIN_MS = 30_000;

export class Connection {
  readonly document = new Y.Doc();
  readonly awareness = new Awareness(this.document);
  readonly fragment = this.document.getXmlFragment(FRAGMENT);
  readonly user: User;
  readonly name: string;

  #api: Api;
  readonly #copies: Copies;
  readonly #lingering: Set<Connection>;
  readonly #socket: WatchedSocket;
  readonly #provider: HocuspocusProvider;
  readonly #views = new Set<() => void>();
  readonly #deafen: () => void;
  readonly #tellTitle: () => void;
  readonly #restored: Promise<void>;
  #copy: Copy | null = null;
  /** The life of the document that is here; null for one that has not begun yet. */
  #lineage: string | null = null;
  #title = "";
  #connected = false;
  #loaded = false;
  #heard = false;
  #unsaved = false;
  #readOnly = false;
  #rights: Pick<Snapshot, "role" | "looksBack"> = { role: null, looksBack: null };
  /** The socket on which the server has let this page in. */
  #admitted: WebSocket | null = null;
  /** When the server last closed the socket since a token was no good any more; milliseconds since the epoch. */
  #turnedAway = Number.NEGATIVE_INFINITY;
  /** Something came in or was written since `#since` was taken. */
  #moved = false;
  /** The state vector of what the server is known to have on disk. */
  #since: ReadonlyMap<number, number> = new Map();
  #asking = false;
  #ending = false;
  #loss: Loss | null = null;
  #refusal: Refusal | null = null;
  #snapshot: Snapshot;

  constructor(name: string, api: Api, copies: Copies, lingering: Set<Connection>) {
    this.name = name;
    this.#api = api;
    this.#copies = copies;
    this.#lingering = lingering;
    const { subject, name: called } = api.session;
    this.user = { id: subject, name: called || subject, color: colorOf(subject) };
    this.awareness.setLocalState({ user: this.user });
    keepTidy(this.awareness);
    tellTyping(this.document, this.awareness);

    this.#socket = new WatchedSocket(socketAddress(), this.#noted);
    this.#snapshot = this.#take();
    this.#provider = new HocuspocusProvider({
      name,
      document: this.document,
      awareness: this.awareness,
      websocketProvider: this.#socket,
      token: () => this.#token(),
      onStatus: ({ status }) => {
        this.#connected = status === WebSocketStatus.Connected;
        if (status === WebSocketStatus.Disconnected) this.#loss ??= { since: Date.now(), reason: "" };
        this.#publish();
      },
      onSynced: () => {
        this.#loaded = true;
        this.#heard = true;
        this.#beginCopy();
        this.#publish();
      },
      onAuthenticated: ({ scope }) => this.#enter(scope === "readonly"),
      onAuthenticationFailed: ({ reason }) => void this.#sentAway(reason),
      onClose: ({ event }) => this.#closed(event),
    });

    // Not "change": a person's window that goes away and comes back changes no field of its state.
    this.awareness.on("update", this.#publish);
    this.document.on("update", this.#changed);
    // Without a network the socket learns nothing for half a minute: what it would say then is true at once.
    const cut = () => this.#socket.webSocket?.close();
    this.#deafen = listen({ online: this.#hurry, offline: cut, focus: this.#lookAgain, beforeunload: this.#warn });
    this.#tellTitle = tellTitles(this.awareness, this.#lookAgain);
    this.#restored = this.#restore();
    this.#provider.attach();
    void this.#socket.connect();
  }

  /** Calls `changed` after every new snapshot, until the returned function is called. */
  readonly subscribe = (changed: () => void): (() => void) => {
    this.#views.add(changed);
    return () => this.#views.delete(changed);
  };

  readonly snapshot = (): Snapshot => this.#snapshot;

  /** A view comes back to it. */
  enter(api: Api): void {
    this.#api = api;
    this.awareness.setLocalState({ user: this.user });
    if (this.#refusal?.kind !== "signed-out") return;
    // Whoever comes back may have signed in meanwhile.
    this.#refusal = null;
    this.#hurry();
    this.#publish();
  }

  /** The view goes away. The connection stays until everything is saved; `openDocument` (open.ts) finds it until then. */
  leave(): void {
    const isOpen = this.#refusal === null || this.#refusal.kind === "signed-out";
    if (this.#unsaved && isOpen && !this.#ending) {
      this.#lingering.add(this);
      this.awareness.setLocalState(null);
      return;
    }
    this.#lingering.delete(this);
    this.#deafen();
    this.#views.clear();
    this.#provider.destroy();
    this.#socket.destroy();
    this.document.destroy();
  }

  /** Connects anew at once, instead of at the next attempt. */
  retry(): void {
    if (this.#socket.ledger.refused) this.#socket.webSocket?.close();
    else this.#hurry();
  }

  /** The view is about to leave, and to open the document anew from this browser's copy, without what undo keeps. */
  end(): void {
    this.#ending = true;
  }

  /** The paragraphs that were written in and not saved, for taking them elsewhere; all of them where none was. */
  unsavedText(): string {
    return unsavedText(this.fragment, this.#since) || unsavedText(this.fragment, new Map());
  }

  /** Gives up what is unsaved, and this browser's copy with it. */
  async discard(): Promise<void> {
    this.#unsaved = false;
    await this.#copy?.remove();
    this.#publish();
  }

  /** Changes the title, and shows the new one at once when that is done, to everybody who is here. */
  async retitle(title: string): Promise<void> {
    this.#know(await this.#api.retitle(this.name, title));
    this.#tellTitle();
    this.#publish();
  }

  /** Shows what this browser has kept. */
  async #restore(): Promise<void> {
    const found = await this.#copies.find(this.user.id, this.name, this.#publish);
    if (found === null) return;
    const { copy, saved, unsaved } = found;
    this.#copy = copy;
    this.#lineage = copy.lineage;
    this.#title = copy.remembered.title;
    this.#readOnly = copy.remembered.readOnly;
    const apply = (update: Uint8Array) => Y.applyUpdate(this.document, update, copy);
    this.document.transact(() => saved.forEach(apply), copy);
    this.#since = vectorOf(this.document);
    this.document.transact(() => unsaved.forEach(apply), copy);
    this.#unsaved = unsaved.length > 0;
    this.#moved = true;
    // The editor would write its first block into an empty one, beside the block that another one may have begun.
    this.#loaded ||= this.fragment.length > 0;
    this.#publish();
  }

  /**
   * A fresh token for the socket that is open now; with it, whether this is still the reader's document.
   *
   * When there is none to be had for a passing reason, or the socket went away meanwhile, this never settles: the
   * provider must not go on with a socket that it cannot use, and asks again on the next one.
   */
  async #token(): Promise<string> {
    const socket = this.#socket.webSocket;
    try {
      await this.#restored;
      const session = await this.#api.renew();
      const found = await this.#ask();
      if (socket === this.#socket.webSocket) {
        const kind = objectionTo(session.subject, this.user.id, found?.lineage, this.#lineage);
        if (kind === null && found !== null) this.#know(found);
        if (kind === null) return session.token;
        this.#refuse({ kind, reason: "" });
      }
    } catch (error) {
      const refusal = error instanceof Problem ? refusalOfProblem(error) : null;
      if (refusal !== null) this.#refuse(refusal);
      else socket?.close();
      if (error instanceof Problem && this.#loss !== null) this.#loss = { ...this.#loss, reason: error.message };
    }
    return new Promise(() => {});
  }

  /** The server's record of the document; null while it has not begun. */
  async #ask(): Promise<Document | null> {
    try {
      return await this.#api.document(this.name);
    } catch (error) {
      // Whoever may begin it is let in; others are told on the socket.
      if (error instanceof Problem && error.code === "not-found") return null;
      throw error;
    }
  }

  #know({ lineage, title, role, looksBack }: Document): void {
    this.#lineage = lineage;
    this.#title = title;
    this.#rights = { role, looksBack };
    this.#copy?.remember({ title, readOnly: this.#readOnly });
  }

  /** Let in; or told of what the reader may do from now on, on a socket that is in. */
  #enter(readOnly: boolean): void {
    const again = this.#admitted === this.#socket.webSocket;
    this.#admitted = this.#socket.webSocket;
    this.#loss = null;
    this.#readOnly = readOnly;
    this.#copy?.remember({ title: this.#title, readOnly });
    // A reader's editor tidies up, which may have been refused; who may write again has nothing that is not saved.
    if (!readOnly && !this.#unsaved) this.#socket.ledger.forgive();
    if (again) void this.#learn();
    // What is on its way on this socket may have been taken before: its receipts will tell (`#noted`).
    else if (readOnly && this.#unsaved) this.#refuse({ kind: "demoted", reason: "" });
    this.#publish();
  }

  #beginCopy(): void {
    if (this.#copy !== null || this.#lineage === null || !this.#heard || this.#refusal !== null) return;
    this.#copy = this.#copies.make(
      [this.user.id, this.name, this.#lineage],
      { title: this.#title, readOnly: this.#readOnly },
      Y.encodeStateAsUpdate(this.document),
      this.#unsaved,
      this.#publish,
    );
  }

  readonly #changed = (update: Uint8Array, origin: unknown): void => {
    if (origin === this.#copy) return;
    const mine = origin !== this.#provider;
    // A reader's editor tidies up in its own window; that is nobody's work, and the server takes none of it.
    if (mine && this.#readOnly) return;
    this.#moved = true;
    this.#copy?.add(update, mine);
    if (!mine) return;
    this.#unsaved = true;
    this.#publish();
  };

  /** A frame has come. */
  readonly #noted = (): void => {
    // Only a settled ledger covers everything that was typed, on this socket or while there was none.
    const { settled, refused } = this.#socket.ledger;
    if (settled) this.#settle();
    if (this.#readOnly && this.#unsaved && refused) this.#refuse({ kind: "demoted", reason: "" });
    this.#publish();
    if (!this.#unsaved && this.#lingering.has(this)) this.leave();
  };

  #settle(): void {
    this.#unsaved = false;
    if (!this.#moved) return;
    this.#moved = false;
    this.#since = vectorOf(this.document);
    this.#copy?.settled(this.document);
    if (this.#lineage === null) void this.#learn();
  }

  /** Asks for the document's record once more: its first edit has begun it, so it can have a copy; or the role is another. */
  async #learn(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      const found = await this.#ask();
      if (found !== null) this.#know(found);
      this.#beginCopy();
      this.#publish();
    } catch {
      this.#moved = true; // asked again when the next frame comes
    } finally {
      this.#asking = false;
    }
  }

  #closed(event: { code: number; reason: string }): void {
    // The protocol's own Close, for this document only, comes as a plain object: it is always final.
    if (!(event instanceof CloseEvent)) {
      void this.#sentAway(event.reason);
      return;
    }
    const refusal = refusalOfClose(event.code, event.reason);
    if (refusal !== null && (refusal.kind === "signed-out" || this.#api.session.guest)) void this.#turnAway(refusal);
    else if (refusal !== null) this.#refuse(refusal);
    else if (event.reason !== "" && this.#loss !== null) this.#loss = { ...this.#loss, reason: event.reason };
  }

  /**
   * A token is no good any more: it may have ended while this device slept, or be the last one of its reader. REST knows;
   * where it gives the document gladly, the provider comes back by itself with a fresh token, but not over and over.
   */
  async #turnAway(refusal: Refusal): Promise<void> {
    const again = Date.now() - this.#turnedAway < AGAIN_MS;
    this.#turnedAway = Date.now();
    const kind = await kindOfRefusal(this.#api, this.name, this.document);
    if (kind !== "refused" || again) this.#refuse(kind === "refused" ? refusal : { ...refusal, kind });
  }

  /** The server sends this page away, and tells why in words. */
  async #sentAway(reason: string): Promise<void> {
    const kind = await kindOfRefusal(this.#api, this.name, this.document);
    // Whoever is in where nothing has begun yet was not sent away for that.
    const isNew = kind === "not-found" && this.#heard && this.#lineage === null;
    this.#refuse({ kind: isNew ? "refused" : kind, reason });
  }

  #refuse({ kind, reason }: Refusal): void {
    if (this.#refusal !== null) return;
    this.#refusal = { kind: kind === "forbidden" && this.#heard ? "ended" : kind, reason };
    this.#socket.disconnect();
    if (ENDS_ACCESS.has(this.#refusal.kind) && !this.#unsaved) void this.#copy?.remove();
    this.#publish();
  }

  /** The browser has a network again: no need to wait for the next attempt. */
  readonly #hurry = (): void => {
    if (this.#refusal === null && this.#socket.status === WebSocketStatus.Disconnected) void this.#socket.connect();
  };

  /** Somebody comes back to this window, or was told of another title: what was changed elsewhere is seen then. */
  readonly #lookAgain = (): void => {
    if (this.#heard && this.#connected && this.#refusal === null && this.#lineage !== null) void this.#learn();
  };

  /** The window closes: ask, where there are edits that are nowhere else yet. */
  readonly #warn = (event: BeforeUnloadEvent): void => {
    if (this.#snapshot.unsaved && this.#copy?.store !== "kept") event.preventDefault();
  };

  readonly #publish = (): void => {
    this.#snapshot = this.#take();
    for (const changed of this.#views) changed();
  };

  #take(): Snapshot {
    const facts = {
      loaded: this.#loaded,
      readOnly: this.#readOnly,
      unsaved: this.#unsaved,
      store: this.#copy?.store ?? "none",
    };
    const { settled, refused } = this.#socket.ledger;
    return {
      ...facts,
      light: lightOf({ ...facts, connected: this.#connected, settled, refused }),
      heard: this.#heard,
      ...this.#rights,
      refusal: this.#refusal,
      loss: this.#loss,
      title: this.#title,
      people: peopleOf(this.awareness.getStates() as Map<number, Record<string, unknown>>, this.document.clientID),
    };
  }
}
