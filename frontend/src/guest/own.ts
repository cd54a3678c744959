import { Api } from "../api.ts";
import { reaches } from "../grants.ts";
import { beginSession, type Role, rememberedSession } from "../session.ts";

/** Whether the reader is signed in to this browser, and may do with the document what `role` may, without any link. */
export async function mayThemselves(document: string, role: Role): Promise<boolean> {
  // Nobody who was never in is asked for: a refused question counts as a failure to sign in.
  if (rememberedSession() === null) return false;
  try {
    const found = await new Api(await beginSession()).document(document);
    return reaches(found.role, role);
  } catch {
    return false;
  }
}
