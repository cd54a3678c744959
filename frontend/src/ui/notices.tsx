/** Whole pages that say one thing: what is the matter, and what the reader can do about it. */
import { type ReactNode, useEffect, useRef } from "react";
import type { Refusal } from "../connection/refusal.ts";
import { followLink } from "../route.ts";
import { LinkProblem, type Problem } from "../session.ts";
import { BinIcon, ClockIcon, CloudIcon, KeyIcon, LinkIcon, LockIcon, Mark, PageIcon } from "./icons.tsx";
import { sentence } from "./words.ts";

interface NoticeProps {
  readonly icon: ReactNode;
  readonly title: string;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}

export function Notice({ icon, title, children, actions }: NoticeProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · collab`;
    // What had the focus is gone; a screen reader goes on from here, and reads what has happened.
    heading.current?.focus();
  }, [title]);
  return (
    <main className="notice">
      <div className="notice-icon">{icon}</div>
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      <div className="notice-text">{children}</div>
      {actions !== undefined && <div className="notice-actions">{actions}</div>}
    </main>
  );
}

export const AllDocuments = () => (
  <a className="button" href="/" onClick={followLink}>
    All documents
  </a>
);

/** Shown for the moment before anything is known; it appears only if the moment is long. */
export function Waiting() {
  return (
    <main className="notice waiting" aria-busy="true">
      <Mark />
      <p className="notice-text">Connecting…</p>
    </main>
  );
}

export function NotSignedIn({ problem }: { problem: Problem }) {
  const spent = problem instanceof LinkProblem;
  return (
    <Notice icon={<KeyIcon />} title={spent ? "This link does not work any more" : "You need a link to come in"}>
      {spent && <p>{sentence(problem.message)}</p>}
      <p>
        Ask the person who runs this server for a link. If that is you, run <code>collab link</code> and open the
        address it prints. Each link works once, for fifteen minutes.
      </p>
    </Notice>
  );
}

/** How often the server is asked again by itself, in milliseconds. */
const ASK_AGAIN_MS = 5_000;

export function Unanswered({ again }: { again: () => void }) {
  useEffect(() => {
    const timer = setInterval(again, ASK_AGAIN_MS);
    window.addEventListener("online", again);
    return () => {
      clearInterval(timer);
      window.removeEventListener("online", again);
    };
  }, [again]);
  return (
    <Notice
      icon={<CloudIcon />}
      title="The server does not answer"
      actions={
        <button type="button" className="button primary" onClick={again}>
          Try again
        </button>
      }
    >
      <p>It may be restarting, or there is no network.</p>
    </Notice>
  );
}

export function NoSuchPage() {
  return (
    <Notice icon={<PageIcon />} title="There is no such page" actions={<AllDocuments />}>
      <p>Nothing lives at this address.</p>
    </Notice>
  );
}

/** What each refusal is called, and what it means for the document that goes by `name`. */
export function wordsOf(refusal: Refusal, name: string): { icon: ReactNode; title: string; text: string } {
  switch (refusal.kind) {
    case "signed-out":
      return {
        icon: <KeyIcon />,
        title: "You are signed out",
        text: "Open a fresh link to come back in, then try again; collab link prints one.",
      };
    case "somebody-else":
      return {
        icon: <KeyIcon />,
        title: "Somebody else is signed in now",
        text: "In this browser another person has signed in since you opened the page.",
      };
    case "forbidden":
      return {
        icon: <LockIcon />,
        title: "You cannot open this document",
        text: `Your access does not reach “${name}”. Whoever gave you your link can change that.`,
      };
    case "ended":
      return {
        icon: <LockIcon />,
        title: "Your access to this document has ended",
        text: refusal.reason === "" ? "Whoever owns it has changed who may read it." : sentence(refusal.reason),
      };
    case "link-ended":
      return {
        icon: <LinkIcon />,
        title: "The link you came by does not work any more",
        text: "Whoever shared the document has taken it back. Ask them for another one.",
      };
    case "link-expired":
      return {
        icon: <ClockIcon />,
        title: "The link you came by has expired",
        text: "Ask whoever shared the document for another one.",
      };
    case "link-asks":
      return {
        icon: <KeyIcon />,
        title: "The link you came by asks for its password",
        text: "It was changed since you came. Open the link again to go on.",
      };
    case "demoted":
      return {
        icon: <LockIcon />,
        title: "You can only read this document now",
        text: "Your access has changed since you wrote here.",
      };
    case "not-found":
      return {
        icon: <PageIcon />,
        title: "There is no such document",
        text: `Nobody has written “${name}” yet.`,
      };
    case "deleted":
      return {
        icon: <BinIcon />,
        title: "This document was deleted",
        text: `“${name}” is kept for a while, and an owner can restore it.`,
      };
    case "replaced":
      return {
        icon: <PageIcon />,
        title: "This is not the document any more",
        text: "It was removed from the server. What you see here is how it was; a document of this name begins anew.",
      };
    case "unreadable":
      return {
        icon: <CloudIcon />,
        title: "This document cannot be read",
        text:
          "What the server has stored of it is damaged. It is kept as it is, and whoever runs the server can look " +
          "it over with collab doctor.",
      };
    case "too-large":
      return {
        icon: <CloudIcon />,
        title: "Too large to save",
        text: sentence(refusal.reason || "the server takes no more at once"),
      };
    case "refused":
      return {
        icon: <LockIcon />,
        title: "This document is closed to you",
        text: sentence(refusal.reason || "it gave no reason"),
      };
  }
}
