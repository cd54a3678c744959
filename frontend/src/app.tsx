/** Signs the reader in, then shows what the address names. */
import { useCallback, useEffect, useMemo, useState } from "react";
import { Api } from "./api.ts";
import { DocumentPage } from "./document/document-page.tsx";
import { GuestPage } from "./guest/guest-page.tsx";
import { Passes } from "./guest/passes.ts";
import { Welcome } from "./guest/welcome.tsx";
import { nameOfPath, secretOfPath } from "./names.ts";
import { usePath } from "./route.ts";
import { beginSession, Problem, rememberedSession, type Session } from "./session.ts";
import { Listing } from "./start/listing.ts";
import { StartPage } from "./start/start-page.tsx";
import { NoSuchPage, NotSignedIn, Unanswered, Waiting } from "./ui/notices.tsx";

type SignIn =
  | { readonly status: "waiting" }
  | { readonly status: "ready"; readonly session: Session }
  /** The server is away; the session is that of whoever was in last, and opens what this browser keeps of theirs. */
  | { readonly status: "away"; readonly session: Session }
  | { readonly status: "failed"; readonly error: unknown };

function withoutSession(error: unknown): SignIn {
  const session = error instanceof Problem && !error.passing ? null : rememberedSession();
  return session === null ? { status: "failed", error } : { status: "away", session };
}

function useSignIn(): [SignIn, () => void] {
  const [signIn, setSignIn] = useState<SignIn>({ status: "waiting" });
  const begin = useCallback(() => {
    beginSession().then(
      (session) => setSignIn({ status: "ready", session }),
      // Who was in keeps what they have in front of them: the views say themselves when the server takes nothing more.
      (error: unknown) => setSignIn((now) => (now.status === "ready" ? now : withoutSession(error))),
    );
  }, []);
  useEffect(() => {
    begin();
    // An owner link that is pasted into an open page changes nothing but the fragment.
    window.addEventListener("hashchange", begin);
    return () => window.removeEventListener("hashchange", begin);
  }, [begin]);
  return [signIn, begin];
}

const passes = new Passes();

export function App() {
  const path = usePath();
  const secret = secretOfPath(path);
  if (secret !== null) return <Welcome key={secret} secret={secret} passes={passes} />;
  return <Place name={nameOfPath(path)} />;
}

/** What the address names, for a guest of that document or for whoever is signed in to this browser. */
function Place({ name }: { name: string | null }) {
  // Looked up once for each document: whoever has it open stays who they are when another window forgets the pass.
  const pass = useMemo(() => (name === null ? null : passes.of(name)), [name]);
  const [themselves, setThemselves] = useState<string | null>(null);
  if (pass === null || themselves === name) return <SignedIn />;
  return <GuestPage key={name} pass={pass} passes={passes} asThemselves={() => setThemselves(name)} />;
}

function SignedIn() {
  const [signIn, begin] = useSignIn();
  const path = usePath();

  if (signIn.status === "waiting") return <Waiting />;
  if (signIn.status === "failed") {
    return signIn.error instanceof Problem && !signIn.error.passing ? (
      <NotSignedIn problem={signIn.error} />
    ) : (
      <Unanswered again={begin} />
    );
  }
  if (signIn.status === "away" && nameOfPath(path) === null) return <Unanswered again={begin} />;
  // Someone else who comes in by a link in this window begins with nothing of the one before.
  return <Pages key={signIn.session.subject} session={signIn.session} />;
}

function Pages({ session }: { session: Session }) {
  const path = usePath();
  const api = useMemo(() => new Api(session), [session]);
  // The list outlives the first page: going back to it from a document shows it at once, and where it was scrolled to.
  const listing = useMemo(() => new Listing(api), [api]);

  if (path === "/") return <StartPage api={api} listing={listing} />;
  const name = nameOfPath(path);
  if (name === null) return <NoSuchPage />;
  return <DocumentPage key={name} name={name} api={api} />;
}
