/** The versions alone, newest first. What a version changed is what is another since the one before it. */
import { FlagIcon } from "../ui/icons.tsx";
import { useAnswer } from "./answer.ts";
import type { HistoryClient, Version } from "./client.ts";
import { Skeleton, Unanswered } from "./history-panel.tsx";
import type { RowsProps } from "./sitting-row.tsx";
import { spanBetween } from "./span.ts";
import { VersionRow } from "./version-row.tsx";

interface NamedVersionsProps extends RowsProps {
  readonly client: HistoryClient;
  readonly edition: number;
}

export function NamedVersions({ client, edition, now, look, choose, deeds, writes }: NamedVersionsProps) {
  const { answer, error, again } = useAnswer<readonly Version[]>(`${edition}`, (signal) => client.versions(signal));
  if (error !== null) return <Unanswered error={error} again={again} />;
  if (answer === null) return <Skeleton />;
  const named = answer.filter(({ automatic }) => !automatic);
  if (named.length === 0) {
    return (
      <div className="empty">
        <div className="notice-icon">
          <FlagIcon />
        </div>
        <h3>No version has a name yet</h3>
        <p>Name the document as it is now, or any moment of its past, to find it again here.</p>
      </div>
    );
  }
  return (
    <ul className="versions named-versions">
      {named.map((version, place) => {
        const span = spanBetween(named[place + 1], version);
        return (
          <VersionRow
            key={version.id}
            version={version}
            now={now}
            chosen={look?.span.to === span.to && look.span.from === span.from}
            choose={() => choose({ span, moment: version.moment })}
            deeds={deeds}
            writes={writes}
          />
        );
      })}
    </ul>
  );
}
