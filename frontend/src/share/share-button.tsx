/** The way from a document to who may have it; only an owner sees it. */
import { useMemo, useState } from "react";
import type { Api } from "../api.ts";
import type { Person } from "../connection/presence.ts";
import { ShareIcon } from "../ui/icons.tsx";
import { ShareDialog } from "./share-dialog.tsx";
import { Sharing } from "./sharing.ts";

interface ShareButtonProps {
  readonly api: Api;
  readonly name: string;
  /** What the document goes by. */
  readonly called: string;
  /** Who is here now. */
  readonly people: readonly Person[];
}

export function ShareButton({ api, name, called, people }: ShareButtonProps) {
  const [open, setOpen] = useState(false);
  const sharing = useMemo(() => new Sharing(api, name), [api, name]);
  return (
    <>
      <button type="button" className="button small bar-button" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        <ShareIcon />
        <span className="bar-words">Share</span>
      </button>
      <ShareDialog sharing={sharing} called={called} people={people} open={open} close={() => setOpen(false)} />
    </>
  );
}
