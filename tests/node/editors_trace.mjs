// Recorded typing of two people, with who had seen what: https://github.com/josephg/editing-traces, "concurrent".
//
// A transaction of the trace is positions in the document as its parents make it, so it is typed here in a document of
// its author that has seen exactly that. The editor takes over what was typed as soon as it has itself received, over
// its connection, all that the typing came after: each person types on, and waits only for what they had really read.

import * as fs from 'node:fs'
import * as zlib from 'node:zlib'
import * as Y from 'yjs'

const prepared = new Map() // path and clients → the steps of both people
const clients = [1, 2] // the Yjs client ids they type under: who comes first where both type at one place

const PIECES = 25 // typed in one turn of the loop, so that the sockets get theirs

/**
 * For each person a list of `{ update, after, read }`: what one transaction of theirs made; their own clock after it;
 * and how far they had read the other by then, as that one's clock.
 */
function prepare (path) {
  const { txns } = JSON.parse(zlib.gunzipSync(fs.readFileSync(path)))
  const docs = clients.map(client => Object.assign(new Y.Doc(), { clientID: client }))
  const steps = [[], []]
  const taken = [0, 0] // how many steps of the other each document has
  const versions = [] // for each transaction, how many steps of each person lead to it, itself included
  for (const { agent, parents, patches } of txns) {
    const version = [0, 1].map(person => Math.max(0, ...parents.map(parent => versions[parent][person])))
    const [doc, other] = [docs[agent], 1 - agent]
    for (; taken[agent] < version[other]; taken[agent]++) Y.applyUpdate(doc, steps[other][taken[agent]].update)
    if (version[agent] !== steps[agent].length) throw new Error('one person in two places')
    const read = version[other] === 0 ? 0 : steps[other][version[other] - 1].after
    steps[agent].push({ update: write(doc, patches), after: Y.getState(doc.store, doc.clientID), read })
    version[agent] += 1
    versions.push(version)
  }
  return steps
}

function write (doc, patches) {
  const text = doc.getText('text')
  let made = null
  doc.once('update', update => { made = update })
  doc.transact(() => {
    for (const [position, erased, inserted] of patches) {
      if (erased) text.delete(position, erased)
      if (inserted) text.insert(position, inserted)
    }
  })
  return made
}

const aMoment = () => new Promise(resolve => setImmediate(resolve))

export async function replay (editor, path, agent) {
  if (!prepared.has(path)) prepared.set(path, prepare(path))
  let typed = 0
  for (const { update, read } of prepared.get(path)[agent]) {
    const until = { knows: [[clients[1 - agent], read]] }
    if (Y.getState(editor.doc.store, clients[1 - agent]) < read) await editor.wait({ until, timeout: 60 })
    editor.edits += 1
    Y.applyUpdate(editor.doc, update)
    if (++typed % PIECES === 0) await aMoment()
  }
}
