/** The versions alone, newest first: those that somebody named, and more quietly those that came by themselves. What a version changed is what is another since the one before it. */
import { FlagIcon } from "../ui/icons.tsx";
import { useAnswer } from "./answer.ts";
import type { HistoryClient, Version } from "./client.ts";
import { Skeleton, Unanswered } from "./history-panel.tsx";
import type { RowsProps } from "./sitting-row.tsx";
import { spanBetween } from "./span.ts";
import { VersionRow } from "./version-row.tsx";

interface VersionsProps extends RowsProps {
  readonly client: HistoryClient;
  readonly edition: number;
}

export function Versions({ client, edition, now, look, choose, deeds, writes }: VersionsProps) {
  const { answer, error, again } = useAnswer<readonly Version[]>(`${edition}`, (signal) => client.versions(signal));
  if (error !== null) return <Unanswered error={error} again={again} />;
  if (answer === null) return <Skeleton />;
  if (answer.length === 0) {
    return (
      <div className="empty">
        <div className="notice-icon">
          <FlagIcon />
        </div>
        <h3>There is no version yet</h3>
        <p>
          One is made when everybody has stopped writing for a while. Name the document as it is now, or any moment of
          its past, to find it again here.
        </p>
      </div>
    );
  }
  return (
    <ul className="versions all-versions">
      {answer.map((version, place) => {
        const span = spanBetween(answer[place + 1], version);
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
