import * as Y from "yjs";
import type { Api } from "../api.ts";
import { Problem } from "../session.ts";
import { type RefusalKind, refusalOfProblem } from "./refusal.ts";

/** How long the server may take to answer, in milliseconds. */
const WITHIN = 5_000;

/**
 * What kind of refusal it was that came over the socket, where the server gives a sentence and no code.
 *
 * REST answers with a code, so it is asked for what `document` lacks: for that the server has to read the document as
 * well. `"refused"` where it gives that gladly, or nothing.
 */
export async function kindOfRefusal(api: Api, name: string, document: Y.Doc): Promise<RefusalKind> {
  try {
    // The link by which a guest came can say most about it.
    if (api.session.guest) await api.renew();
    await api.difference(name, Y.encodeStateVector(document), AbortSignal.timeout(WITHIN));
    return "refused";
  } catch (error) {
    return (error instanceof Problem ? refusalOfProblem(error)?.kind : null) ?? "refused";
  }
}
