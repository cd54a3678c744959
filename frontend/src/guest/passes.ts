/**
 * The passes of guests, kept in this browser by document: a reload, or another window, finds its guest again.
 *
 * What is kept lets one into these documents and no others, until their links end. A browser that keeps nothing lets its
 * guest in as long as the window is open.
 */
import { ROLES, type Role, type Session } from "../session.ts";
import type { Entry } from "./link.ts";

/** A guest of one document. */
export interface Pass {
  readonly document: string;
  readonly secret: string;
  readonly pass: string;
  readonly subject: string;
  readonly name: string;
  readonly role: Role;
}

const KEY = "collab.passes";
const NAME_KEY = "collab.guest-name";
const MOST = 50;

/** What a browser offers to keep things in; `localStorage` in the page. */
type Shelf = Pick<Storage, "getItem" | "setItem">;

function isPass(value: unknown): value is Pass {
  if (typeof value !== "object" || value === null) return false;
  const fields = value as Record<string, unknown>;
  const texts = ["document", "secret", "pass", "subject", "name"].every((key) => typeof fields[key] === "string");
  return texts && (ROLES as readonly unknown[]).includes(fields.role);
}

export class Passes {
  readonly #shelf: () => Shelf;
  /** For a browser that keeps nothing. */
  #memory: readonly Pass[] = [];
  #keeps = true;
  /** Sessions of guests who came in just now, in this window. */
  readonly #fresh = new Map<string, Session>();

  constructor(shelf: () => Shelf = () => localStorage) {
    this.#shelf = shelf;
  }

  of(document: string): Pass | null {
    return this.#all().find((pass) => pass.document === document) ?? null;
  }

  /** The pass that was got by this link. */
  by(secret: string): Pass | null {
    return this.#all().find((pass) => pass.secret === secret) ?? null;
  }

  /** Keeps what an entry brought; the newest is first, and the oldest goes. */
  keep(secret: string, { document, pass, subject, name, role }: Entry): Pass {
    const kept = { document, secret, pass, subject, name, role };
    this.#store([kept, ...this.#all().filter((each) => each.document !== document)].slice(0, MOST));
    return kept;
  }

  forget(document: string): void {
    this.#fresh.delete(document);
    this.#store(this.#all().filter((each) => each.document !== document));
  }

  /** Hands a session on to the page of its document. */
  bring(document: string, session: Session): void {
    this.#fresh.set(document, session);
  }

  /** The session to begin with: the one that was brought, or one whose token is good for nothing and is renewed at once. */
  session({ document, subject, name, role }: Pass): Session {
    const begun = { token: "", expires: new Date(0).toISOString(), subject, name, grants: [{ document, role }] };
    return this.#fresh.get(document) ?? { ...begun, guest: true };
  }

  /** What the guest called themselves last. */
  get called(): string {
    try {
      return this.#shelf().getItem(NAME_KEY) ?? "";
    } catch {
      return "";
    }
  }

  set called(name: string) {
    try {
      this.#shelf().setItem(NAME_KEY, name);
    } catch {
      // Private windows may refuse.
    }
  }

  #all(): readonly Pass[] {
    try {
      const found: unknown = JSON.parse(this.#shelf().getItem(KEY) ?? "[]");
      if (!this.#keeps) return this.#memory;
      return Array.isArray(found) ? found.filter(isPass) : [];
    } catch {
      return this.#memory;
    }
  }

  #store(passes: readonly Pass[]): void {
    this.#memory = passes;
    try {
      this.#shelf().setItem(KEY, JSON.stringify(passes));
      this.#keeps = true;
    } catch {
      this.#keeps = false;
    }
  }
}
