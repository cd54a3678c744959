/** The document of a guest: the same page, with a session that a pass renews. */
import { useEffect, useMemo, useState } from "react";
import { Api } from "../api.ts";
import { DocumentPage } from "../document/document-page.tsx";
import { rememberedSession } from "../session.ts";
import { Waiting } from "../ui/notices.tsx";
import { reenter, sessionOf } from "./link.ts";
import { mayThemselves } from "./own.ts";
import type { Pass, Passes } from "./passes.ts";

interface GuestPageProps {
  readonly pass: Pass;
  readonly passes: Passes;
  /** Called when the reader is signed in here, and may do as much without the link. */
  readonly asThemselves: () => void;
}

export function GuestPage({ pass, passes, asThemselves }: GuestPageProps) {
  const { document: name, secret, role } = pass;
  const api = useMemo(() => {
    let last = pass.pass;
    return new Api(passes.session(pass), async () => {
      const entry = await reenter(secret, last);
      last = passes.keep(secret, entry).pass;
      return sessionOf(entry);
    });
  }, [pass, passes, secret]);
  const [asking, setAsking] = useState(() => rememberedSession() !== null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once, when the document is opened
  useEffect(() => {
    if (!asking) return;
    void mayThemselves(name, role).then((may) => {
      if (!may) return setAsking(false);
      passes.forget(name);
      asThemselves();
    });
  }, []);
  if (asking) return <Waiting />;
  // Not by itself: what is not saved here is found by the pass.
  const without = () => {
    passes.forget(name);
    asThemselves();
  };
  return <DocumentPage name={name} api={api} {...(rememberedSession() !== null && { withoutLink: without })} />;
}
