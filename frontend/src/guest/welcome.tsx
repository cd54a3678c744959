/** The page of a share link: what it lets one do, and who is coming in by it. Then the document takes its place. */
import { type FormEvent, type ReactNode, useCallback, useEffect, useId, useRef, useState } from "react";
import { lineOfTyping, pathOfName } from "../names.ts";
import { replaceAddress } from "../route.ts";
import { Problem, type Role, rememberedSession } from "../session.ts";
import { ClockIcon, LinkIcon, Mark } from "../ui/icons.tsx";
import { Notice, Unanswered, Waiting } from "../ui/notices.tsx";
import { wordsOfError } from "../ui/words.ts";
import { enter, type Link, lookAt, reenter, sessionOf } from "./link.ts";
import { mayThemselves } from "./own.ts";
import type { Pass, Passes } from "./passes.ts";

interface WelcomeProps {
  readonly secret: string;
  readonly passes: Passes;
}

type Looked = { readonly link: Link } | { readonly error: unknown };

/** Looks at the link; goes on to the document where the reader has no need of it. */
async function lookFor(secret: string, passes: Passes): Promise<Link | null> {
  const pass = passes.by(secret);
  if (pass !== null && (await isGood(pass, passes))) return goOn(pass.document);
  const link = await lookAt(secret);
  if (link.document !== null && (await mayThemselves(link.document, link.role))) return goOn(link.document);
  return link;
}

/** Whether a pass still does: one that was revoked, or a password that was set since, has its guest come to the door again. */
async function isGood(pass: Pass, passes: Passes): Promise<boolean> {
  try {
    const entry = await reenter(pass.secret, pass.pass);
    passes.keep(pass.secret, entry);
    passes.bring(entry.document, sessionOf(entry));
    return true;
  } catch (error) {
    // What else there is, the document's page can say better: it knows what is not saved.
    return !(error instanceof Problem && ["link-asks", "pass-revoked"].includes(error.code));
  }
}

/** The document's address takes the place of the link's, so that the secret stands in the address no longer. */
function goOn(document: string): null {
  replaceAddress(pathOfName(document));
  return null;
}

export function Welcome({ secret, passes }: WelcomeProps) {
  const [looked, setLooked] = useState<Looked | null>(null);
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each round looks anew
  useEffect(() => {
    let gone = false;
    lookFor(secret, passes).then(
      (link) => !gone && link !== null && setLooked({ link }),
      (error: unknown) => !gone && setLooked({ error }),
    );
    return () => {
      gone = true;
    };
  }, [secret, passes, round]);
  const again = useCallback(() => setRound((last) => last + 1), []);

  if (looked === null) return <Waiting />;
  if ("error" in looked) return <NoWayIn error={looked.error} again={again} />;
  return <Door secret={secret} link={looked.link} passes={passes} ended={(error) => setLooked({ error })} />;
}

const LETS: Readonly<Record<Role, string>> = {
  viewer: "You can read it, and see others write.",
  commenter: "You can read it. Comments need an editor that has them; this page has none.",
  editor: "You can read it and write in it, together with everyone who is there.",
  owner: "It is yours to write in and to share.",
};

interface DoorProps extends WelcomeProps {
  readonly link: Link;
  /** Called when the link has ended while one was at its door. */
  readonly ended: (error: unknown) => void;
}

interface Fault {
  readonly words: string;
  readonly of: "name" | "password" | "all";
}

function faultOf(error: unknown): Fault {
  const code = error instanceof Problem ? error.code : "";
  if (code === "password-wrong") return { words: "That is not the password of this link.", of: "password" };
  if (code === "password-required") return { words: "This link asks for a password.", of: "password" };
  if (error instanceof Problem && error.status === 429) {
    return { words: "That were many tries. Wait a minute, then try again.", of: "all" };
  }
  return { words: wordsOfError(error), of: "all" };
}

function Door({ secret, link, passes, ended }: DoorProps) {
  const id = useId();
  const nameField = useRef<HTMLInputElement>(null);
  const passwordField = useRef<HTMLInputElement>(null);
  const [name, setName] = useState(() => passes.called || (rememberedSession()?.name ?? ""));
  const [password, setPassword] = useState("");
  const [locked, setLocked] = useState(link.passwordRequired);
  const [fault, setFault] = useState<Fault | null>(null);
  const [sending, setSending] = useState(false);
  const title = link.title || link.document;
  const heading = title ? `“${title}”` : "A document was shared with you";
  useEffect(() => {
    document.title = title ? `${title} · collab` : "A shared document · collab";
  }, [title]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is to be said first has the focus at first
  useEffect(() => {
    (name === "" || !locked ? nameField : passwordField).current?.focus();
  }, []);

  const refuse = (fault: Fault) => {
    setFault(fault);
    if (fault.of === "password") setLocked(true);
    // The field for the password may be about to appear.
    requestAnimationFrame(() => {
      const field = fault.of === "password" ? passwordField : fault.of === "name" ? nameField : null;
      field?.current?.focus();
      field?.current?.select();
    });
  };
  const comeIn = async (event: FormEvent) => {
    event.preventDefault();
    if (sending) return;
    const called = lineOfTyping(name);
    if (called === "") return refuse({ words: "Say what the others may call you.", of: "name" });
    if (locked && password === "") return refuse({ words: "This link asks for a password.", of: "password" });
    setFault(null);
    setSending(true);
    try {
      const entry = await enter(secret, called, password);
      passes.called = called;
      passes.keep(secret, entry);
      passes.bring(entry.document, sessionOf(entry));
      goOn(entry.document);
    } catch (error) {
      setSending(false);
      if (endOf(error) !== null) ended(error);
      else refuse(faultOf(error));
    }
  };
  const typing = (set: (text: string) => void) => (event: { target: HTMLInputElement }) => {
    set(event.target.value);
    setFault(null);
  };

  return (
    <main className="notice welcome">
      <Mark />
      <h1 id={`${id}-heading`}>{heading}</h1>
      <p className="notice-text" id={`${id}-lets`}>
        {title && "This document was shared with you. "}
        {LETS[link.role]}
      </p>
      <form onSubmit={comeIn} noValidate aria-labelledby={`${id}-heading`} aria-describedby={`${id}-lets`}>
        <label htmlFor={`${id}-name`}>Your name, as the others will see it</label>
        <input
          ref={nameField}
          id={`${id}-name`}
          className="field"
          type="text"
          value={name}
          maxLength={60}
          autoComplete="name"
          aria-invalid={fault?.of === "name"}
          aria-describedby={fault?.of === "name" ? `${id}-fault` : undefined}
          onChange={typing(setName)}
        />
        {locked && (
          <>
            <label htmlFor={`${id}-password`}>Password of the link</label>
            <input
              ref={passwordField}
              id={`${id}-password`}
              className="field"
              type="password"
              value={password}
              autoComplete="off"
              aria-invalid={fault?.of === "password"}
              aria-describedby={fault?.of === "password" ? `${id}-fault` : undefined}
              onChange={typing(setPassword)}
            />
          </>
        )}
        <p id={`${id}-fault`} className="fault" role="alert">
          {fault?.words}
        </p>
        {/* Not disabled while it is under way: the focus would be lost with it. */}
        <button type="submit" className="button primary" aria-disabled={sending}>
          {sending ? "Opening…" : "Open the document"}
        </button>
      </form>
    </main>
  );
}

interface End {
  readonly icon: ReactNode;
  readonly title: string;
  readonly text: string;
}

const WORTHLESS: End = {
  icon: <LinkIcon />,
  title: "This link does not work",
  text: "It may have been taken back, or a piece of it is missing: copy the whole link and try again.",
};

/** What is said of a link that lets nobody in any more; null for what passes, or is no end of the link. */
function endOf(error: unknown): End | null {
  if (!(error instanceof Problem) || error.passing) return null;
  switch (error.code) {
    case "share-expired":
      return {
        icon: <ClockIcon />,
        title: "This link has expired",
        text: "It was good until a certain time, which is over. Ask whoever sent it to you for another one.",
      };
    case "share-used-up":
      return {
        icon: <LinkIcon />,
        title: "This link has been used up",
        text: "It was made for a certain number of people, and they have come. Ask whoever sent it to you for another one.",
      };
    case "document-deleted":
      return {
        icon: <LinkIcon />,
        title: "The document was deleted",
        text: "It is kept for a while, and whoever shared it with you can restore it.",
      };
    case "not-found":
      return WORTHLESS;
    default:
      return null;
  }
}

function NoWayIn({ error, again }: { error: unknown; again: () => void }) {
  const said = error instanceof Problem && !error.passing;
  const end = endOf(error) ?? (said ? WORTHLESS : null);
  if (end === null) return <Unanswered again={again} />;
  return (
    <Notice icon={end.icon} title={end.title}>
      <p>{end.text}</p>
    </Notice>
  );
}
