/** One document of the list. */
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from "react";
import type { Document } from "../api.ts";
import { reaches } from "../grants.ts";
import { pathOfName } from "../names.ts";
import { followLink } from "../route.ts";
import { DocumentName } from "../ui/document-name.tsx";
import { BinIcon, DotsIcon, PageIcon, PencilIcon, RestoreIcon } from "../ui/icons.tsx";
import { Menu, type MenuItem } from "../ui/menu.tsx";
import { TitleInput, useTitleEditing } from "../ui/title-field.tsx";
import { fullTime, sinceWords } from "./since.ts";
import { slugOf } from "./slug.ts";

export interface RowActions {
  readonly retitle: (document: Document, title: string) => Promise<void>;
  readonly remove: (document: Document) => void;
  readonly restore: (document: Document) => void;
}

interface RowProps extends RowActions {
  readonly document: Document;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What people call it. */
export function nameForPeople({ title, name }: Document): string {
  return title || name;
}

const characters = new Intl.Segmenter("en", { granularity: "grapheme" });

/** The emoji that a text begins with. */
function leadingEmoji(text: string): string | undefined {
  const [first] = characters.segment(text.slice(0, 32));
  return first !== undefined && /\p{Extended_Pictographic}|\p{RI}/u.test(first.segment) ? first.segment : undefined;
}

/** A document's picture, and what it is called: an emoji that the title begins with is the picture. */
function Face({ document: { title, name }, children }: { document: Document; children?: ReactNode }) {
  const emoji = leadingEmoji(title) ?? "";
  return (
    <>
      <span className="tile" aria-hidden="true">
        {emoji || <PageIcon />}
      </span>
      {children ?? (
        <span className="row-title" dir="auto">
          {title === "" ? <DocumentName name={name} /> : title.slice(emoji.length).trimStart() || title}
        </span>
      )}
    </>
  );
}

/** When it was changed, and its name where the title does not tell it already. */
function Meta({ document: { title, name, modified, deleted }, now }: { document: Document; now: number }) {
  const then = Date.parse(deleted ?? modified);
  return (
    <span className="row-meta">
      {title !== "" && title !== name && slugOf(title) !== name && (
        <span className="row-name">
          <DocumentName name={name} />
        </span>
      )}
      <time dateTime={deleted ?? modified} title={fullTime(then)}>
        {deleted !== null && "deleted "}
        {sinceWords(then, now)}
      </time>
    </span>
  );
}

export function Row({ document, now, retitle, remove }: Omit<RowProps, "restore">) {
  const link = useRef<HTMLAnchorElement>(null);
  const refocus = useRef(false);
  const editing = useTitleEditing(document.title, (title) => retitle(document, title));
  const { draft } = editing;
  useEffect(() => {
    if (draft === null && refocus.current) link.current?.focus();
    refocus.current = false;
  }, [draft]);

  const mayRename = reaches(document.role, "editor");
  const mayDelete = reaches(document.role, "owner");
  const items: MenuItem[] = [];
  if (mayRename) items.push({ words: "Rename", icon: <PencilIcon />, shortcut: "F2", run: editing.begin });
  if (mayDelete) {
    const run = () => remove(document);
    items.push({ words: "Delete", icon: <BinIcon />, shortcut: "Del", dangerous: true, run });
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.key === "F2" && mayRename) editing.begin();
    else if (event.key === "Delete" && mayDelete) remove(document);
    else return;
    event.preventDefault();
  };
  const shortcuts = [mayRename && "F2", mayDelete && "Delete"].filter(Boolean).join(" ");

  return (
    <li className="row" data-document={document.name}>
      {draft === null ? (
        <a
          ref={link}
          className="row-main"
          href={pathOfName(document.name)}
          aria-keyshortcuts={shortcuts || undefined}
          onClick={followLink}
          onKeyDown={onKeyDown}
        >
          <Face document={document} />
          <Meta document={document} now={now} />
        </a>
      ) : (
        <div className="row-main">
          <Face document={document}>
            <TitleInput
              editing={editing}
              draft={draft}
              label={`Title of ${document.name}`}
              placeholder={document.name}
              closed={() => {
                refocus.current = true;
              }}
            />
          </Face>
          <Meta document={document} now={now} />
        </div>
      )}
      {items.length > 0 && (
        <Menu label={`Actions for ${nameForPeople(document)}`} className="quiet row-actions" items={items}>
          <DotsIcon />
        </Menu>
      )}
    </li>
  );
}

/** One that was deleted. */
export function DeletedRow({ document, now, restore }: Pick<RowProps, "document" | "now" | "restore">) {
  return (
    <li className="row" data-document={document.name}>
      <div className="row-main">
        <Face document={document} />
        <Meta document={document} now={now} />
      </div>
      <button
        type="button"
        className="button small"
        aria-label={`Restore ${nameForPeople(document)}`}
        onClick={() => restore(document)}
      >
        <RestoreIcon />
        <span>Restore</span>
      </button>
    </li>
  );
}
