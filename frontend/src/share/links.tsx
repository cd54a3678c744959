/** The links by which a document can be opened. */
import { useCallback, useId, useRef, useState } from "react";
import { BinIcon, DotsIcon, LinkIcon, PencilIcon, PlusIcon } from "../ui/icons.tsx";
import { Menu } from "../ui/menu.tsx";
import { useAnswer } from "./answer.ts";
import { Confirm, Failed } from "./parts.tsx";
import type { Share, Sharing } from "./sharing.ts";
import { standingOf, termsWords } from "./terms.ts";

interface LinksProps {
  readonly sharing: Sharing;
  readonly make: () => void;
  readonly change: (share: Share) => void;
}

export function Links({ sharing, make, change }: LinksProps) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const { value: links, error, refresh } = useAnswer(useCallback(() => sharing.links(), [sharing]));
  const [told, setTold] = useState("");
  const now = Date.now();
  const revoke = async (share: Share) => {
    await sharing.revoke(share);
    setTold("The link is revoked.");
    button.current?.focus();
    await refresh();
  };
  const row = (share: Share) => (
    <LinkRow key={share.id} share={share} now={now} change={() => change(share)} revoke={() => revoke(share)} />
  );
  const living = links?.filter(({ revoked }) => revoked === null) ?? [];
  const revoked = links?.filter(({ revoked }) => revoked !== null) ?? [];
  return (
    <section className="share-section" aria-labelledby={`${id}-heading`}>
      <div className="share-section-head">
        <h3 id={`${id}-heading`}>Links</h3>
        <button ref={button} type="button" className="button small" onClick={make}>
          <PlusIcon />
          <span>New link</span>
        </button>
      </div>
      <Failed error={error} again={refresh} />
      {links !== null && living.length === 0 && (
        <p className="share-words">Whoever has a link can come in by it, without signing in. There is none yet.</p>
      )}
      {living.length > 0 && <ul className="share-rows">{living.map(row)}</ul>}
      {revoked.length > 0 && (
        <details className="share-revoked">
          <summary>Revoked ({revoked.length})</summary>
          <ul className="share-rows">{revoked.map(row)}</ul>
        </details>
      )}
      <p className="unseen" role="status">
        {told}
      </p>
    </section>
  );
}

interface LinkRowProps {
  readonly share: Share;
  readonly now: number;
  readonly change: () => void;
  readonly revoke: () => Promise<void>;
}

function LinkRow({ share, now, change, revoke }: LinkRowProps) {
  const row = useRef<HTMLLIElement>(null);
  const [revoking, setRevoking] = useState(false);
  const standing = standingOf(share, now);
  const keep = () => {
    setRevoking(false);
    requestAnimationFrame(() => row.current?.querySelector("button")?.focus());
  };
  if (revoking) {
    return (
      <li ref={row}>
        <Confirm
          question={share.name ? `Revoke “${share.name}”?` : "Revoke this link?"}
          words="Whoever came by it is sent away at once, and it lets nobody in any more. What they wrote stays."
          deed="Revoke"
          run={revoke}
          keep={keep}
        />
      </li>
    );
  }
  return (
    <li ref={row} className="share-row" data-standing={standing}>
      <span className="tile" aria-hidden="true">
        <LinkIcon />
      </span>
      <span className="share-row-main">
        <span className="share-row-name">{share.name || "Link"}</span>
        <span className="share-row-meta">{termsWords(share, now)}</span>
      </span>
      {standing !== "revoked" && (
        <Menu
          label={`Actions for ${share.name || "this link"}`}
          className="quiet"
          items={[
            { words: "Change", icon: <PencilIcon />, run: change },
            { words: "Revoke", icon: <BinIcon />, dangerous: true, run: () => setRevoking(true) },
          ]}
        >
          <DotsIcon />
        </Menu>
      )}
    </li>
  );
}
