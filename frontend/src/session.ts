/**
 * Who the reader is, as the server sees it.
 *
 * An owner link brings a one-time code in the address's fragment, which browsers send to nobody. It is exchanged for a
 * cookie that scripts cannot read; with the cookie the page gets short-lived tokens, a fresh one for each connection.
 */

/** What may be done with a document, from least to most; each may do what the ones before it may. */
export const ROLES = ["viewer", "commenter", "editor", "owner"] as const;
export type Role = (typeof ROLES)[number];

/** A role for every document whose name the glob matches (`grants.ts`). */
export interface Grant {
  readonly document: string;
  readonly role: Role;
}

export interface Session {
  /** The token for sockets and for REST. */
  readonly token: string;
  /** When the token ends, RFC 3339. */
  readonly expires: string;
  readonly subject: string;
  readonly name: string;
  readonly grants: readonly Grant[];
  /** Came by a share link, as a guest: has this one document and no list (`guest/`). */
  readonly guest?: true;
}

/** The server answered, and the answer is no (RFC 9457). */
export class Problem extends Error {
  readonly status: number;
  /** The server's stable code, for programs. */
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.name = "Problem";
    this.status = status;
    this.code = code;
  }

  /** True when trying the same again later may work. */
  get passing(): boolean {
    return this.status >= 500 || this.status === 408 || this.status === 429;
  }
}

/** The owner link's code is not good, or not any more. */
export class LinkProblem extends Problem {
  constructor({ status, code, message }: Problem) {
    super(status, code, message);
    this.name = "LinkProblem";
  }
}

/** The server did not answer. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super("The server does not answer.", { cause });
    this.name = "Unreachable";
  }
}

const SESSION_PATH = "/api/v1/session";

/** Asks the server as nobody yet: for a session, or about a link. Throws `Problem` or `Unreachable`. */
export async function askUnsigned<Answer>(path: string, body?: Record<string, string>): Promise<Answer> {
  const request: RequestInit = {
    headers: { Accept: "application/json" },
    credentials: "same-origin",
    cache: "no-store",
    referrerPolicy: "no-referrer",
  };
  if (body !== undefined) {
    request.method = "POST";
    request.headers = { ...request.headers, "Content-Type": "application/json" };
    request.body = JSON.stringify(body);
  }
  let response: Response;
  try {
    response = await fetch(path, request);
  } catch (error) {
    throw new Unreachable(error);
  }
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as Answer;
}

function post(body: Record<string, string>): Promise<Session> {
  return askUnsigned(SESSION_PATH, body);
}

/** What the server says is wrong, in an answer that is not ok. */
export async function problemOf(response: Response): Promise<Problem> {
  const body: unknown = await response.json().catch(() => null);
  const fields = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const text = (value: unknown, otherwise: string) => (typeof value === "string" && value !== "" ? value : otherwise);
  return new Problem(
    response.status,
    text(fields.code, "unknown"),
    text(fields.detail, text(fields.title, `The server answered ${response.status}.`)),
  );
}

/** Takes the one-time code out of the address, so that neither history nor a copied address keeps it. */
function takeCode(): string | null {
  const fields = new URLSearchParams(location.hash.slice(1));
  const code = fields.get("code");
  if (code === null) return null;
  history.replaceState(history.state, "", location.pathname + location.search);
  return code;
}

/** Gets a fresh session. Throws `Problem` with status 401 when the reader is not signed in, or `Unreachable`. */
export function renewSession(): Promise<Session> {
  return post({});
}

/** The code of an owner link that the server has not answered for yet: one lost answer must not lose it. */
let pendingCode: string | null = null;
let beginning: Promise<Session> | null = null;

/**
 * Signs in with the address's code, if it has one, and gets the first session. Calls at the same time share one answer.
 *
 * A code works once. A link that is clicked again still opens the page for someone whose cookie is good, so the code's
 * own failure is told only when the cookie does not help either.
 */
export function beginSession(): Promise<Session> {
  beginning ??= begin()
    .then(
      (session) => {
        remember(session);
        return session;
      },
      (error: unknown) => {
        if (error instanceof Problem && error.status === 401) remember(null);
        throw error;
      },
    )
    .finally(() => {
      beginning = null;
    });
  return beginning;
}

const READER_KEY = "collab.reader";

/** Remembers who is in, for when the server is away. A browser that keeps nothing keeps no documents either. */
function remember(session: Session | null): void {
  try {
    if (session === null) localStorage.removeItem(READER_KEY);
    else localStorage.setItem(READER_KEY, JSON.stringify({ subject: session.subject, name: session.name }));
  } catch {
    // Private windows may refuse.
  }
}

/** Whoever was in last, with a token that is good for nothing; null where nobody was, or is not any more. */
export function rememberedSession(): Session | null {
  try {
    const { subject, name } = JSON.parse(localStorage.getItem(READER_KEY) ?? "") as Record<string, unknown>;
    if (typeof subject !== "string" || typeof name !== "string") return null;
    return { token: "", expires: new Date(0).toISOString(), subject, name, grants: [] };
  } catch {
    return null;
  }
}

async function begin(): Promise<Session> {
  pendingCode = takeCode() ?? pendingCode;
  if (pendingCode === null) return renewSession();
  try {
    const session = await post({ code: pendingCode });
    pendingCode = null;
    return session;
  } catch (error) {
    if (!(error instanceof Problem) || error.passing) throw error;
    pendingCode = null;
    return renewSession().catch(() => {
      throw new LinkProblem(error);
    });
  }
}
