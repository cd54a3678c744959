// What y-prosemirror itself makes of documents. Reads one base64 update a line, and writes one line of JSON for each:
// ProseMirror's JSON of the root "document", or {"error": …}. Where it has an embed for a text, the text is null.
//
// Both libraries are those that the page is built with: y-prosemirror knows its types only from its own copy of Yjs.

import * as readline from 'node:readline'

const modules = new URL('../../frontend/node_modules/', import.meta.url)
const Y = await import(new URL('yjs/dist/yjs.mjs', modules))
const { yXmlFragmentToProsemirrorJSON } = await import(new URL('y-prosemirror/src/y-prosemirror.js', modules))

/** What JSON has no word for, before it is asked for its own. */
function shown (key, value) {
  const held = this[key]
  if (typeof held === 'bigint') return Number(held)
  if (held instanceof Uint8Array) return Buffer.from(held).toString('base64')
  if (held instanceof Y.Doc) return { guid: held.guid }
  if (held === undefined || (key === 'text' && typeof held !== 'string')) return null
  return value
}

for await (const line of readline.createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const doc = new Y.Doc()
  let answer
  try {
    Y.applyUpdate(doc, Buffer.from(line, 'base64'))
    answer = yXmlFragmentToProsemirrorJSON(doc.getXmlFragment('document'))
  } catch (error) {
    answer = { error: `${error.name}: ${error.message}` }
  }
  process.stdout.write(JSON.stringify(answer, shown) + '\n')
}
