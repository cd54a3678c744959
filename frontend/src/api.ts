/**
 * The server's REST surface, as far as the page needs it (`/api/v1/openapi.json` describes all of it).
 *
 * Each call is made with the session's token, renewed before it ends. Calls throw `Problem` when the server says no and
 * `Unreachable` when it says nothing; one that was aborted throws what its signal says.
 */
import { Problem, problemOf, type Role, renewSession, type Session, Unreachable } from "./session.ts";

/** A document as the list shows it. Times are RFC 3339. */
export interface Document {
  readonly name: string;
  /** Empty where nobody gave it one: then it goes by its name. */
  readonly title: string;
  readonly created: string;
  readonly modified: string;
  readonly deleted: string | null;
  /** Names this life of the document: another one follows when it is wiped and made again. */
  readonly lineage: string;
  /** What the reader may do with it. */
  readonly role: Role;
  /** Whether the reader may look back, which the server's settings say. */
  readonly looksBack: boolean;
}

/** A page of a list, and where the next one begins. */
export interface DocumentPage {
  readonly documents: readonly Document[];
  readonly next: string | null;
}

export type Scope = "all" | "mine" | "shared";

export interface ListQuery {
  /** Only those whose name or title holds this, whatever its case. */
  readonly q: string;
  readonly deleted: boolean;
  /** All, those that the reader owns, or those that somebody else let them into. */
  readonly scope: Scope;
  readonly sort: "modified" | "name";
  readonly limit: number;
  readonly cursor: string | null;
}

const DOCUMENTS = "/api/v1/documents";

/** Milliseconds before its end from which on a token is not used any more: a request takes a while to arrive. */
const MARGIN = 30_000;

/** Milliseconds after which a server that says nothing counts as unreachable. */
const PATIENCE = 30_000;

/** How long a session's token is good from now on, in milliseconds, by the clock of whoever made it. */
function remaining(session: Session): number {
  return Date.parse(session.expires) - Date.now();
}

interface Options {
  readonly body?: object;
  readonly signal?: AbortSignal | undefined;
}

export class Api {
  #session: Session;
  #renewing: Promise<Session> | null = null;
  readonly #fresh: () => Promise<Session>;

  /** `fresh` brings the next session: by the page's cookie, or by a guest's pass. */
  constructor(session: Session, fresh: () => Promise<Session> = renewSession) {
    this.#session = session;
    this.#fresh = fresh;
  }

  /** The newest session; its token may be about to end. */
  get session(): Session {
    return this.#session;
  }

  /** Documents that the reader may read; deleted ones: those they own. A page may be empty and not the last. */
  async documents(query: ListQuery, signal?: AbortSignal): Promise<DocumentPage> {
    const fields = new URLSearchParams({ sort: query.sort, limit: String(query.limit) });
    if (query.q !== "") fields.set("q", query.q);
    if (query.deleted) fields.set("deleted", "true");
    if (query.scope !== "all") fields.set("scope", query.scope);
    if (query.cursor !== null) fields.set("cursor", query.cursor);
    return this.#ask("GET", `${DOCUMENTS}?${fields}`, { signal }, json<DocumentPage>);
  }

  async document(name: string, signal?: AbortSignal): Promise<Document> {
    return this.#ask("GET", pathOf(name), { signal }, json<Document>);
  }

  /** Throws `Problem` with code `document-exists` or `document-deleted` where the name is taken. */
  async create(name: string, title: string): Promise<Document> {
    return this.#ask("POST", DOCUMENTS, { body: { name, title } }, json<Document>);
  }

  async retitle(name: string, title: string): Promise<Document> {
    return this.#ask("PATCH", pathOf(name), { body: { title } }, json<Document>);
  }

  /** Deletes it in such a way that `restore` brings it back. */
  async remove(name: string): Promise<void> {
    await this.#ask("DELETE", pathOf(name), {}, bytes);
  }

  async restore(name: string): Promise<Document> {
    return this.#ask("POST", `${pathOf(name)}/restore`, {}, json<Document>);
  }

  /** What a reader who has `vector` lacks of the document's text, as one Yjs update. */
  async difference(name: string, vector: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
    const fields = new URLSearchParams({ state_vector: base64url(vector) });
    return this.#ask("GET", `${pathOf(name)}/state?${fields}`, { signal }, bytes);
  }

  /** Asks about something of a document, at `path` below it (`"/shares"`); null where the answer is empty. */
  async ofDocument<Answer>(method: string, name: string, path: string, options: Options = {}): Promise<Answer> {
    return this.#ask(method, pathOf(name) + path, options, jsonOrNothing<Answer>);
  }

  /** The same for an answer in bytes. */
  async bytesOfDocument(name: string, path: string, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#ask("GET", pathOf(name) + path, { signal }, bytes);
  }

  async #ask<Answer>(
    method: string,
    path: string,
    { body, signal }: Options,
    read: (response: Response) => Promise<Answer>,
  ): Promise<Answer> {
    const patience = AbortSignal.timeout(PATIENCE);
    const request: RequestInit = {
      method,
      cache: "no-store",
      signal: signal ? AbortSignal.any([signal, patience]) : patience,
    };
    if (body !== undefined) request.body = JSON.stringify(body);
    const send = (token: string) => {
      const headers: Record<string, string> = { Authorization: `Bearer ${token}` };
      if (body !== undefined) headers["Content-Type"] = "application/json";
      return reaching(signal, () => fetch(path, { ...request, headers }));
    };
    let response = await send(await this.#token());
    // Clocks differ, and a laptop sleeps: the token may have ended before its time.
    if (response.status === 401) response = await send((await this.renew()).token);
    if (!response.ok) throw await problemOf(response);
    return reaching(signal, () => read(response));
  }

  async #token(): Promise<string> {
    return (remaining(this.#session) > MARGIN ? this.#session : await this.renew()).token;
  }

  /** Gets a fresh session, with what the reader may do from now on. Calls at the same time share one answer. */
  renew(): Promise<Session> {
    this.#renewing ??= this.#fresh()
      .then((session) => {
        this.#session = session;
        return session;
      })
      .finally(() => {
        this.#renewing = null;
      });
    return this.#renewing;
  }
}

async function json<Answer>(response: Response): Promise<Answer> {
  return response.json();
}

async function jsonOrNothing<Answer>(response: Response): Promise<Answer> {
  return response.status === 204 ? (null as Answer) : response.json();
}

async function bytes(response: Response): Promise<Uint8Array> {
  return new Uint8Array(await response.arrayBuffer());
}

/** Runs a part of a request. What fails in it is the network, unless whoever asked wants no answer any more. */
async function reaching<Answer>(signal: AbortSignal | undefined, part: () => Promise<Answer>): Promise<Answer> {
  try {
    return await part();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable(error);
  }
}

function base64url(bytes: Uint8Array): string {
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function pathOf(name: string): string {
  return `${DOCUMENTS}/${encodeURIComponent(name)}`;
}

/** Whether this says that the reader is not signed in any more. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof Problem && error.status === 401;
}
