// A recorded piece of typing as the updates that one Yjs editor makes of it, one for each keystroke.
//
//   node crdt_trace.mjs <trace.json.gz> <out>      the updates, each behind its length (four bytes, big-endian)

import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import * as Y from 'yjs'

const [source, target] = process.argv.slice(2)
const { startContent, endContent, txns } = JSON.parse(gunzipSync(readFileSync(source)))

const doc = new Y.Doc()
doc.clientID = 2 ** 53 - 7 // as long as ids come: yrs draws them from 53 bits, Yjs from 32
const text = doc.getText('text')
const chunks = []
doc.on('update', update => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(update.length)
  chunks.push(length, update)
})
if (startContent) text.insert(0, startContent)
for (const { patches } of txns) {
  for (const [position, removed, inserted] of patches) {
    doc.transact(() => {
      if (removed) text.delete(position, removed)
      if (inserted) text.insert(position, inserted)
    })
  }
}
if (text.toString() !== endContent) throw new Error('the trace does not end where it says')

const out = openSync(target, 'w')
writeSync(out, Buffer.concat(chunks))
closeSync(out)
