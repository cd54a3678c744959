/** The people who were given a role on a document, by who they are where they sign in. */
import { type FormEvent, useCallback, useId, useRef, useState } from "react";
import { lineOfTyping } from "../names.ts";
import { ROLES, type Role } from "../session.ts";
import { Avatar } from "../ui/avatar.tsx";
import { CrossIcon } from "../ui/icons.tsx";
import { wordsOfError } from "../ui/words.ts";
import { useAnswer } from "./answer.ts";
import { Confirm, Failed, RoleSelect } from "./parts.tsx";
import type { Member, Sharing } from "./sharing.ts";
import { ROLE_WORDS } from "./terms.ts";

export function Members({ sharing }: { sharing: Sharing }) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const { value: members, error, refresh } = useAnswer(useCallback(() => sharing.people(), [sharing]));
  const [told, setTold] = useState("");
  const [fault, setFault] = useState("");

  const give = async (subject: string, role: Role, name: string) => {
    setFault("");
    try {
      await sharing.give(subject, role);
      setTold(`${name}: ${ROLE_WORDS[role].toLowerCase()}.`);
      return true;
    } catch (error) {
      setFault(wordsOfError(error));
      return false;
    } finally {
      await refresh();
    }
  };
  const take = async (member: Member) => {
    await sharing.take(member);
    setTold(`${member.name || member.subject} has no access any more.`);
    field.current?.focus();
    await refresh();
  };

  return (
    <section className="share-section" aria-labelledby={`${id}-heading`}>
      <h3 id={`${id}-heading`}>People</h3>
      <AddMember field={field} give={give} />
      <p className="fault" role="alert">
        {fault}
      </p>
      <Failed error={error} again={refresh} />
      {members !== null && (
        <ul className="share-rows">
          {members.map((member) => (
            <MemberRow
              key={member.subject}
              member={member}
              self={member.subject === sharing.subject}
              give={(role) => void give(member.subject, role, member.name || member.subject)}
              take={() => take(member)}
            />
          ))}
        </ul>
      )}
      <p className="unseen" role="status">
        {told}
      </p>
    </section>
  );
}

interface MemberRowProps {
  readonly member: Member;
  readonly self: boolean;
  readonly give: (role: Role) => void;
  readonly take: () => Promise<void>;
}

function MemberRow({ member: { subject, name: called, role }, self, give, take }: MemberRowProps) {
  const row = useRef<HTMLLIElement>(null);
  const [removing, setRemoving] = useState(false);
  const name = called || subject;
  const keep = () => {
    setRemoving(false);
    requestAnimationFrame(() => row.current?.querySelector("button")?.focus());
  };
  if (removing) {
    return (
      <li ref={row}>
        <Confirm
          question={self ? "Give up your own access?" : `Take ${name}’s access back?`}
          words={
            self
              ? "You cannot share this document any more then, nor take this back yourself."
              : "If they have the document open, they are sent away at once. What they wrote stays."
          }
          deed={self ? "Give it up" : "Remove"}
          run={take}
          keep={keep}
        />
      </li>
    );
  }
  return (
    <li ref={row} className="share-row" data-subject={subject}>
      <Avatar id={subject} name={name} />
      <span className="share-row-main">
        <span className="share-row-name">
          {name}
          {self && " (you)"}
        </span>
        {name !== subject && <span className="share-row-meta">{subject}</span>}
      </span>
      <RoleSelect label={`What ${name} may do`} roles={ROLES} role={role} choose={give} />
      <button type="button" className="quiet" aria-label={`Remove ${name}`} onClick={() => setRemoving(true)}>
        <CrossIcon />
      </button>
    </li>
  );
}

interface AddMemberProps {
  readonly field: React.RefObject<HTMLInputElement | null>;
  /** Resolves to whether it was done. */
  readonly give: (subject: string, role: Role, name: string) => Promise<boolean>;
}

function AddMember({ field, give }: AddMemberProps) {
  const id = useId();
  const [subject, setSubject] = useState("");
  const [role, setRole] = useState<Role>("editor");
  const [sending, setSending] = useState(false);
  const add = async (event: FormEvent) => {
    event.preventDefault();
    const named = lineOfTyping(subject);
    if (sending || named === "") return field.current?.focus();
    setSending(true);
    if (await give(named, role, named)) setSubject("");
    setSending(false);
    field.current?.focus();
  };
  return (
    <form className="add-member" onSubmit={add} noValidate>
      <input
        ref={field}
        id={id}
        className="field"
        type="text"
        value={subject}
        placeholder="Who, by their user id"
        aria-label="Add a person, by the id they sign in with"
        maxLength={255}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        onChange={(event) => setSubject(event.target.value)}
      />
      <RoleSelect label="What they may do" roles={ROLES} role={role} choose={setRole} />
      <button type="submit" className="button" aria-disabled={sending}>
        Add
      </button>
    </form>
  );
}
