/** Making a link, or changing what one is worth. */
import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { lineOfTyping } from "../names.ts";
import type { Role } from "../session.ts";
import { wordsOfError } from "../ui/words.ts";
import { RoleSelect } from "./parts.tsx";
import type { Share, Terms } from "./sharing.ts";
import { fieldOfTime, LIFETIMES, LINK_ROLES, untilWords, usesOfTyping } from "./terms.ts";

interface LinkFormProps {
  /** The link that is changed; null for a new one. */
  readonly share: Share | null;
  /** Rejects when the server takes it not. */
  readonly send: (terms: Terms) => Promise<void>;
  readonly cancel: () => void;
}

/** When it ends: as it is, never, a while from now by its place in `LIFETIMES`, or at a time that is typed. */
type Ending = "kept" | "never" | "typed" | `${number}`;

interface Fault {
  readonly words: string;
  readonly of: "uses" | "time" | "all";
}

export function LinkForm({ share, send, cancel }: LinkFormProps) {
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  const [role, setRole] = useState<Role>(share?.role ?? "viewer");
  const [name, setName] = useState(share?.name ?? "");
  const [password, setPassword] = useState("");
  const [open, setOpen] = useState(false);
  const [ending, setEnding] = useState<Ending>(share?.expires ? "kept" : "never");
  const [time, setTime] = useState(() => fieldOfTime(Date.now() + 7 * 86_400_000));
  const [uses, setUses] = useState(share?.maxUses ? String(share.maxUses) : "");
  const [fault, setFault] = useState<Fault | null>(null);
  const [sending, setSending] = useState(false);
  useEffect(() => form.current?.querySelector("select")?.focus(), []);

  const refuse = (fault: Fault) => {
    setFault(fault);
    if (fault.of !== "all") document.getElementById(`${id}-${fault.of}`)?.focus();
  };
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (sending) return;
    const maxUses = usesOfTyping(uses);
    if (maxUses === undefined) return refuse({ words: "Give a number from 1 on, or leave it empty.", of: "uses" });
    const expires = endOf(ending, time);
    if (typeof expires === "string" && !(Date.parse(expires) > Date.now())) {
      return refuse({ words: "Choose a time that is still to come.", of: "time" });
    }
    setFault(null);
    setSending(true);
    const terms: Terms = {
      role,
      name: lineOfTyping(name) || null,
      maxUses,
      ...(expires === undefined ? {} : { expires }),
      ...(open ? { password: null } : password === "" ? {} : { password }),
    };
    // A new link has nothing that could be taken away from it.
    const fresh = () => Object.fromEntries(Object.entries(terms).filter(([, value]) => value !== null));
    try {
      await send(share === null ? fresh() : terms);
    } catch (error) {
      setSending(false);
      refuse({ words: wordsOfError(error), of: "all" });
    }
  };
  const invalid = (of: Fault["of"]) =>
    fault?.of === of ? { "aria-invalid": true, "aria-describedby": `${id}-fault` } : {};

  return (
    <form ref={form} className="share-body link-form" onSubmit={save} noValidate>
      <label htmlFor={`${id}-role`}>Whoever has the link</label>
      <RoleSelect id={`${id}-role`} roles={LINK_ROLES} role={role} choose={setRole} />
      <label htmlFor={`${id}-name`}>Name</label>
      <input
        id={`${id}-name`}
        className="field"
        type="text"
        value={name}
        placeholder="For whom it is, to know it again"
        maxLength={100}
        autoComplete="off"
        onChange={(event) => setName(event.target.value)}
      />
      <label htmlFor={`${id}-password`}>Password</label>
      <input
        id={`${id}-password`}
        className="field"
        // Not hidden: whoever sets it has to tell it to somebody.
        type="text"
        value={open ? "" : password}
        placeholder={open ? "None from now on" : share?.password ? "Stays as it is" : "None"}
        disabled={open}
        maxLength={255}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        onChange={(event) => setPassword(event.target.value)}
      />
      {share?.password && (
        <label className="check">
          <input type="checkbox" checked={open} onChange={(event) => setOpen(event.target.checked)} />
          Let people in without the password
        </label>
      )}
      <div className="pair">
        <div>
          <label htmlFor={`${id}-ends`}>Ends</label>
          <select
            id={`${id}-ends`}
            className="field select"
            value={ending}
            onChange={(event) => setEnding(event.target.value as Ending)}
          >
            {share?.expires && <option value="kept">{keptWords(share.expires)}</option>}
            <option value="never">Never</option>
            {LIFETIMES.map(([words], at) => (
              <option key={words} value={String(at)}>
                {words}
              </option>
            ))}
            <option value="typed">At a time…</option>
          </select>
        </div>
        <div>
          <label htmlFor={`${id}-uses`}>Lets in at most</label>
          <input
            id={`${id}-uses`}
            className="field"
            type="text"
            inputMode="numeric"
            value={uses}
            placeholder="Any number of people"
            autoComplete="off"
            {...invalid("uses")}
            onChange={(event) => setUses(event.target.value)}
          />
        </div>
      </div>
      {ending === "typed" && (
        <>
          <label htmlFor={`${id}-time`}>Until</label>
          <input
            id={`${id}-time`}
            className="field"
            type="datetime-local"
            value={time}
            {...invalid("time")}
            onChange={(event) => setTime(event.target.value)}
          />
        </>
      )}
      <p id={`${id}-fault`} className="fault" role="alert">
        {fault?.words}
      </p>
      <div className="modal-actions">
        <button type="button" className="button" onClick={cancel}>
          Cancel
        </button>
        <button type="submit" className="button primary" aria-disabled={sending}>
          {share === null ? (sending ? "Creating…" : "Create and copy") : sending ? "Saving…" : "Save"}
        </button>
      </div>
    </form>
  );
}

function keptWords(expires: string): string {
  const then = Date.parse(expires);
  return then > Date.now() ? `As it is: ${untilWords(then, Date.now())}` : "As it is: it has ended";
}

/** The time that was chosen, RFC 3339; null for never, undefined where it stays as it is. */
function endOf(ending: Ending, time: string): string | null | undefined {
  if (ending === "kept") return undefined;
  if (ending === "never") return null;
  if (ending === "typed") return Number.isNaN(Date.parse(time)) ? "" : new Date(time).toISOString();
  return new Date(Date.now() + (LIFETIMES[Number(ending)]?.[1] ?? 0)).toISOString();
}
