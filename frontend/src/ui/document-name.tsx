/** A document's name, with the part after its last slash in front of the reader's eye. */
export function DocumentName({ name }: { name: string }) {
  const cut = name.lastIndexOf("/") + 1;
  return (
    <>
      <span className="document-name" title={name} aria-hidden="true">
        {cut > 0 && <span className="document-folder">{name.slice(0, cut)}</span>}
        <span className="document-leaf">{name.slice(cut)}</span>
      </span>
      {/* In one piece: a screen reader would read the two parts as two words. */}
      <span className="unseen">{name}</span>
    </>
  );
}
