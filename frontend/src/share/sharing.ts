/** What an owner can see and decide about who may have a document: its links, its people, its activity. */
import type { Api } from "../api.ts";
import type { Role } from "../session.ts";

/** A share link, without its secret. Times are RFC 3339. */
export interface Share {
  readonly id: string;
  readonly role: Role;
  readonly name: string | null;
  /** Whether it asks for one. */
  readonly password: boolean;
  readonly expires: string | null;
  readonly maxUses: number | null;
  readonly uses: number;
  readonly created: string;
  readonly subject: string;
  readonly author: string | null;
  readonly revoked: string | null;
}

/** One that was made just now: the only time that its secret is told. */
export interface MadeShare extends Share {
  readonly token: string;
  readonly url: string;
}

/** What is decided about a link; what is left out stays as it is, null is none. */
export interface Terms {
  readonly role?: Role;
  readonly name?: string | null;
  readonly password?: string | null;
  readonly expires?: string | null;
  readonly maxUses?: number | null;
}

/** A person with a role on the document. */
export interface Member {
  readonly subject: string;
  readonly name: string | null;
  readonly role: Role;
  readonly author: string | null;
  readonly created: string;
}

export interface AccessEvent {
  /** Null while a visit goes on. */
  readonly id: number | null;
  readonly kind: string;
  readonly subject: string | null;
  readonly name: string | null;
  /** By what they were in. */
  readonly via: { readonly kind: string; readonly id: string | null; readonly name: string | null } | null;
  readonly role: Role | null;
  readonly from: string;
  /** Null while it lasts. */
  readonly to: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface AccessPage {
  readonly events: readonly AccessEvent[];
  readonly next: string | null;
}

const PAGE = 50;

/** The calls about one document. All throw `Problem` or `Unreachable`. */
export class Sharing {
  readonly #api: Api;
  readonly #name: string;

  constructor(api: Api, name: string) {
    this.#api = api;
    this.#name = name;
  }

  /** The reader, who is among the people. */
  get subject(): string {
    return this.#api.session.subject;
  }

  async links(): Promise<readonly Share[]> {
    const { shares } = await this.#api.ofDocument<{ shares: Share[] }>("GET", this.#name, "/shares");
    return shares;
  }

  make(terms: Terms): Promise<MadeShare> {
    return this.#api.ofDocument("POST", this.#name, "/shares", { body: terms });
  }

  change({ id }: Share, terms: Terms): Promise<Share> {
    return this.#api.ofDocument("PATCH", this.#name, `/shares/${encodeURIComponent(id)}`, { body: terms });
  }

  async revoke({ id }: Share): Promise<void> {
    await this.#api.ofDocument("DELETE", this.#name, `/shares/${encodeURIComponent(id)}`);
  }

  async people(): Promise<readonly Member[]> {
    const { grants } = await this.#api.ofDocument<{ grants: Member[] }>("GET", this.#name, "/grants");
    return grants;
  }

  async give(subject: string, role: Role): Promise<void> {
    await this.#api.ofDocument("PUT", this.#name, `/grants/${encodeURIComponent(subject)}`, { body: { role } });
  }

  async take({ subject }: Member): Promise<void> {
    await this.#api.ofDocument("DELETE", this.#name, `/grants/${encodeURIComponent(subject)}`);
  }

  activity(cursor: string | null): Promise<AccessPage> {
    const fields = new URLSearchParams({ limit: String(PAGE) });
    if (cursor !== null) fields.set("cursor", cursor);
    return this.#api.ofDocument("GET", this.#name, `/access?${fields}`);
  }
}
