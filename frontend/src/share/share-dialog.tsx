/** Who may have a document: links, people, who is here now; and what happened. */
import { useEffect, useId, useState } from "react";
import type { Person } from "../connection/presence.ts";
import { copyText } from "../ui/clipboard.ts";
import { CrossIcon } from "../ui/icons.tsx";
import { Modal } from "../ui/modal.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { Activity } from "./activity.tsx";
import { Here } from "./here.tsx";
import { LinkForm } from "./link-form.tsx";
import { Links } from "./links.tsx";
import { MadeLink } from "./made-link.tsx";
import { Members } from "./members.tsx";
import type { MadeShare, Share, Sharing } from "./sharing.ts";

interface ShareDialogProps {
  readonly sharing: Sharing;
  readonly called: string;
  readonly people: readonly Person[];
  readonly open: boolean;
  readonly close: () => void;
}

/** What takes the dialog's whole room for a moment. */
type Front =
  | { readonly kind: "making" }
  | { readonly kind: "changing"; readonly share: Share }
  | { readonly kind: "made"; readonly share: MadeShare; readonly copied: boolean };

export function ShareDialog({ sharing, called, people, open, close }: ShareDialogProps) {
  const heading = useId();
  const [shown, show] = useState(0);
  const [front, setFront] = useState<Front | null>(null);
  const back = () => setFront(null);
  useEffect(() => {
    // Where the dialog begins, and where one comes back to from a form.
    if (!open || front !== null) return;
    document.getElementById(heading)?.closest("dialog")?.querySelector<HTMLElement>('[aria-selected="true"]')?.focus();
  }, [open, front, heading]);
  const leave = () => (front === null ? close() : back());
  const made = (share: MadeShare) => {
    setFront({ kind: "made", share, copied: false });
    // The click that made it still counts as the reader's wish.
    void copyText(share.url).then((copied) => setFront((now) => (now?.kind === "made" ? { ...now, copied } : now)));
  };
  return (
    <Modal open={open} close={leave} heading={heading} wide>
      {open && (
        <>
          <div className="share-head">
            <h2 id={heading}>
              {front === null ? "Share" : titleOf(front)}
              {front === null && <span className="share-called">{called}</span>}
            </h2>
            <button type="button" className="quiet" aria-label={front === null ? "Close" : "Back"} onClick={leave}>
              <CrossIcon />
            </button>
          </div>
          {front === null && (
            <Tabs
              label="Sharing"
              shown={shown}
              show={show}
              tabs={[
                {
                  words: "Access",
                  panel: (
                    <>
                      <Links
                        sharing={sharing}
                        make={() => setFront({ kind: "making" })}
                        change={(share) => setFront({ kind: "changing", share })}
                      />
                      <Members sharing={sharing} />
                      <Here people={people} />
                    </>
                  ),
                },
                { words: "Activity", panel: <Activity sharing={sharing} /> },
              ]}
            />
          )}
          {front?.kind === "making" && (
            <LinkForm share={null} send={(terms) => sharing.make(terms).then(made)} cancel={back} />
          )}
          {front?.kind === "changing" && (
            <LinkForm
              share={front.share}
              send={(terms) => sharing.change(front.share, terms).then(back)}
              cancel={back}
            />
          )}
          {front?.kind === "made" && <MadeLink share={front.share} copied={front.copied} done={back} />}
        </>
      )}
    </Modal>
  );
}

function titleOf(front: Front): string {
  switch (front.kind) {
    case "making":
      return "New link";
    case "changing":
      return "Change link";
    case "made":
      return "Your link";
  }
}
