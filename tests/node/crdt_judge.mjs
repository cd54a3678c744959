// Real Yjs as a judge of update bytes. Reads requests and writes answers, one JSON object a line, in order.
//
//   {"updates": [base64, …], "cases": [{"steps": [[index, …], …], "edit": bool, "search": bool}, …]}
//
// Each case opens a fresh document; each step of it is one transaction that applies those of the updates. The answer is
// a list with one object per case:
//
//   {"shape": string, "pending": bool, "vector": [[client, clock], …], "found": [string, …], "stable": bool}
//   or {"error": string}
//
// `pending` says whether after some step anything waited for more. With `edit`, the opened document is edited, encoded
// and opened once more, as a newcomer would: an error says what did not hold, and `stable` whether both show the same,
// marks aside. With `search`, the document keeps its garbage, and `found` lists what in it is deleted and still legible.

import * as readline from 'node:readline'
import * as Y from 'yjs'
import { defineRoots, shapeOf } from './crdt_shape.mjs'

const isPending = doc => doc.store.pendingStructs !== null || doc.store.pendingDs !== null

function open (updates, steps, gc = true) {
  const doc = new Y.Doc({ gc, guid: 'judged' }) // a name made by chance takes as long as a short document
  doc.clientID = 1 // nothing here may depend on chance
  let pending = false
  for (const step of steps) {
    Y.transact(doc, () => { for (const index of step) Y.applyUpdate(doc, updates[index]) }, null, false)
    pending ||= isPending(doc)
  }
  return { doc, pending }
}

function judge (updates, { steps, edit, search }) {
  const { doc, pending } = open(updates, steps, !search)
  const answer = {
    shape: shapeOf(doc),
    pending,
    vector: [...Y.decodeStateVector(Y.encodeStateVector(doc))],
    found: search ? legible(doc, updates[steps[0][0]]) : []
  }
  if (edit) answer.stable = editAndReopen(doc)
  return answer
}

/**
 * What a reader of `update` could still read of what it says is deleted, or of what lies where a type was deleted. What
 * only integrating deletes is left out: the loser of two map entries, and marks that Yjs tidies away.
 */
function legible (doc, update) {
  const { structs, ds } = Y.decodeUpdate(update)
  const isDeleted = ({ client, clock }, length) => {
    for (let offset = 0; offset < length; offset++) if (Y.isDeleted(ds, Y.createID(client, clock + offset))) return true
    return false
  }
  const isGone = type => type._item !== null && (isDeleted(type._item.id, 1) || isGone(type._item.parent))
  return structs
    .filter(struct => struct instanceof Y.Item && !(struct.content instanceof Y.ContentDeleted) && !(struct.content instanceof Y.ContentType))
    .filter(({ id, length }) => {
      const integrated = Y.getItem(doc.store, id)
      return integrated instanceof Y.GC || isDeleted(id, length) || isGone(integrated.parent)
    })
    .map(({ id, content }) => `${id.client}:${id.clock} ${content.constructor.name}`)
}

/** Edit at the edges of every root, where a damaged list would show, and let a newcomer open what comes of it. */
function editAndReopen (doc) {
  defineRoots(doc)
  doc.clientID = 2 ** 53 - 1
  const text = doc.getText('text')
  const lists = [doc.getArray('array'), doc.getXmlFragment('document')]
  doc.transact(() => {
    text.delete(text.length >> 1, Math.min(1, text.length))
    text.insert(0, 'first ')
    text.insert(text.length, ' last')
    for (const list of lists) {
      const item = () => list instanceof Y.Array ? 'item' : new Y.XmlElement('p')
      if (list.length > 0) list.delete(list.length >> 1, 1)
      list.insert(0, [item()])
      list.insert(list.length, [item()])
    }
    doc.getMap('map').set('a', 'later')
  })
  const reopened = open([Y.encodeStateAsUpdate(doc)], [[0]])
  if (reopened.pending) throw new Error('what the edited document encodes stays pending')
  return shapeOf(doc, { marks: false }) === shapeOf(reopened.doc, { marks: false })
}

// Yjs has things to say (that another client used this id) on a line of their own: standard output is for answers.
globalThis.console = new console.Console(process.stderr)

for await (const line of readline.createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const request = JSON.parse(line)
  const updates = request.updates.map(update => Buffer.from(update, 'base64'))
  const answers = request.cases.map(one => {
    try {
      return judge(updates, one)
    } catch (error) {
      return { error: `${error.name}: ${error.message}` }
    }
  })
  process.stdout.write(JSON.stringify(answers) + '\n')
}
