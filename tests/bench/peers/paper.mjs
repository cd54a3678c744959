// A recorded piece of typing as the update that Yjs makes of the document it comes to.
//
//   node paper.mjs <trace.json.gz> <out>

import { readFileSync, writeFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import * as Y from 'yjs'

const [source, target] = process.argv.slice(2)
const { txns } = JSON.parse(gunzipSync(readFileSync(source)))
const doc = new Y.Doc()
const text = doc.getText('text')
for (const { patches } of txns) {
  for (const [position, removed, inserted] of patches) {
    doc.transact(() => {
      if (removed) text.delete(position, removed)
      if (inserted) text.insert(position, inserted)
    })
  }
}
writeFileSync(target, Y.encodeStateAsUpdate(doc))
