// Random sessions of three Yjs editors, as a server would see them.
//
//   node crdt_sessions.mjs <first seed> <count>      writes one JSON object a line, for each session:
//
//   seed       makes this session again
//   splits     whether its editors split emoji (every third session)
//   log        base64 updates, in the order in which a server got them: each depends only on those before it
//   shuffled   the same edits in another order, some merged by Yjs (with Skips), some twice
//   live       the shapes that the three editors show in the end, all having seen everything
//
// The editors collect garbage, as real ones do, undo now and then, go offline and come back with what they wrote there
// (as single updates, or as the one difference that the sync protocol asks for), sync with each other behind the
// server's back, and get each other's updates late and out of order.

import { fileURLToPath } from 'node:url'
import * as prng from 'lib0/prng'
import * as Y from 'yjs'
import { Edits, flatten } from './crdt_edits.mjs'
import { defineRoots, shapeOf } from './crdt_shape.mjs'

const REMOTE = Symbol('remote')
const OWN = Symbol('own')

/** What the sessions do, as weights of the roots they edit. */
const FLAVOURS = [
  { text: 1 },
  { crowd: 1 },
  { document: 1 },
  { map: 1, array: 1, anywhere: 2 },
  { text: 2, document: 3, map: 1, array: 1, anywhere: 2 }
]

class Editor {
  constructor (session, clientID) {
    this.session = session
    this.doc = new Y.Doc({ gc: true })
    this.doc.clientID = clientID
    this.online = true
    this.unsent = [] // own updates, made offline
    this.met = false // synced with another editor while offline: its own updates alone may not be enough
    this.inbox = []
    defineRoots(this.doc)
    // Half of the editors can undo. What they delete they keep; the others collect it as garbage.
    this.undo = session.edits.chance(0.5)
      ? new Y.UndoManager([...this.doc.share.values()], { trackedOrigins: new Set([OWN]), captureTimeout: 0 })
      : null
    this.doc.on('update', (update, origin) => {
      if (origin === REMOTE) return
      if (this.online) session.publish(update, this)
      else this.unsent.push(update)
    })
  }

  apply (update) { Y.applyUpdate(this.doc, update, REMOTE) }

  receive (index) {
    const [update] = this.inbox.splice(index, 1)
    this.apply(update)
  }

  /**
   * Get what is missing, as providers do now and then. Yjs needs it where two parts that wait fit only together: it
   * tries again when one of them finds what it waits for outside (one session in thousands).
   */
  resync () {
    if (this.doc.store.pendingStructs === null) return
    this.apply(Y.encodeStateAsUpdate(this.session.server, Y.encodeStateVector(this.doc)))
    if (this.doc.store.pendingStructs !== null || this.doc.store.pendingDs !== null) throw new Error(`session ${this.session.seed}: an editor is stuck`)
  }

  /** Come back: send what was written offline, get what was missed. */
  reconnect (asDifference) {
    this.online = true
    const unsent = this.unsent.splice(0)
    if (asDifference || this.met) {
      this.session.publish(Y.encodeStateAsUpdate(this.doc, this.session.vector()), this)
      this.inbox = []
      this.apply(Y.encodeStateAsUpdate(this.session.server, Y.encodeStateVector(this.doc)))
    } else {
      for (const update of unsent) this.session.publish(update, this)
    }
    this.met = false
  }
}

class Session {
  constructor (seed) {
    this.seed = seed
    this.gen = prng.create(seed)
    this.splits = seed % 3 === 0
    this.edits = new Edits(this.gen, this.splits)
    this.log = []
    this.server = new Y.Doc()
    this.server.clientID = 0
    this.vectors = [Y.encodeStateVector(this.server)]
    const ids = new Set()
    while (ids.size < 3) ids.add(seed % 10 === 0 ? prng.uint53(this.gen, 1, 2 ** 53 - 1) : prng.uint32(this.gen, 1, 2 ** 32 - 1))
    this.editors = [...ids].map(id => new Editor(this, id))
    const flavour = FLAVOURS[seed % FLAVOURS.length]
    this.targets = Object.entries(flavour).flatMap(([target, weight]) => Array(weight).fill(target))
  }

  /** The server's state vector, often one of a little while ago: answers can be overtaken by what was asked later. */
  vector () {
    const ago = this.edits.chance(0.5) ? this.edits.int(1, 10) : 1
    return this.vectors[this.vectors.length - ago] ?? this.vectors[0]
  }

  publish (update, sender) {
    this.log.push(update)
    Y.applyUpdate(this.server, update)
    this.vectors.push(Y.encodeStateVector(this.server))
    for (const editor of this.editors) if (editor !== sender) editor.inbox.push(update)
  }

  run () {
    const rounds = this.edits.int(20, 70)
    for (let round = 0; round < rounds; round++) this.turn(this.edits.one(this.editors))
    for (const editor of this.editors) if (!editor.online) editor.reconnect(this.edits.chance(0.5))
    // Receiving can make an editor write (it tidies formatting marks), so this goes on until nobody has anything.
    for (let editor; (editor = this.editors.find(editor => editor.inbox.length > 0));) editor.receive(0)
    for (const editor of this.editors) editor.resync()
    return {
      seed: this.seed,
      splits: this.splits,
      log: this.log.map(base64),
      shuffled: this.shuffle().map(base64),
      live: this.editors.map(({ doc }) => shapeOf(doc))
    }
  }

  turn (editor) {
    const { edits } = this
    if (!editor.online) {
      if (edits.chance(0.15)) editor.reconnect(edits.chance(0.5))
      else if (edits.chance(0.1)) this.meet(editor)
    } else if (edits.chance(0.1)) {
      editor.online = false
    } else {
      while (editor.inbox.length > 0 && edits.chance(0.7)) {
        editor.receive(edits.chance(0.8) ? 0 : edits.int(0, editor.inbox.length - 1))
      }
    }
    if (editor.undo !== null && edits.chance(0.15)) editor.undo.undo()
    else if (editor.undo !== null && edits.chance(0.05)) editor.undo.redo()
    else if (edits.chance(0.2)) this.type(editor)
    else editor.doc.transact(() => { for (let n = edits.int(1, 3); n > 0; n--) this.edit(editor.doc) }, OWN)
  }

  /** Two editors without a server exchange all they have, as tabs of one browser do. */
  meet (editor) {
    const other = this.editors.find(other => other !== editor && !other.online)
    if (other === undefined) return
    const update = Y.encodeStateAsUpdate(editor.doc, Y.encodeStateVector(other.doc))
    editor.met = other.met = true
    editor.apply(Y.encodeStateAsUpdate(other.doc, Y.encodeStateVector(editor.doc)))
    other.apply(update)
  }

  /** A few keystrokes, each its own update, with a slip now and then. */
  type (editor) {
    const text = editor.doc.getText('text')
    let at = this.edits.chance(0.5) ? text.length : this.edits.index(flatten(text))
    for (const char of this.edits.word() + this.edits.word()) {
      editor.doc.transact(() => text.insert(at, char), OWN)
      at += char.length
      if (char.length === 1 && this.edits.chance(0.1)) {
        editor.doc.transact(() => text.delete(--at, 1), OWN)
      }
    }
  }

  edit (doc) {
    switch (this.edits.one(this.targets)) {
      case 'crowd': return this.edits.crowd(doc.getText('text'))
      case 'text': return this.edits.text(doc.getText('text'))
      case 'document': return this.edits.blocks(doc.getXmlFragment('document'))
      case 'map': return this.edits.map(doc.getMap('map'), 0)
      case 'array': return this.edits.array(doc.getArray('array'), 0)
      case 'anywhere': return this.edits.anywhere(this.edits.one([doc.getMap('map'), doc.getArray('array'), doc.getText('text'), doc.getXmlFragment('document')]))
    }
  }

  shuffle () {
    const parcels = []
    for (let rest = [...this.log]; rest.length > 0;) {
      const parcel = rest.filter(() => this.edits.chance(0.1))
      const taken = parcel.length > 0 ? parcel : [this.edits.one(rest)]
      rest = rest.filter(update => !taken.includes(update))
      parcels.push(taken.length > 1 ? Y.mergeUpdates(taken) : taken[0])
      if (this.edits.chance(0.1)) parcels.push(this.edits.one(parcels))
    }
    for (let last = parcels.length - 1; last > 0; last--) {
      const other = this.edits.int(0, last)
      ;[parcels[last], parcels[other]] = [parcels[other], parcels[last]]
    }
    return parcels
  }
}

const base64 = update => Buffer.from(update).toString('base64')

export const makeSession = seed => new Session(seed).run()

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [first, count] = process.argv.slice(2).map(Number)
  for (let seed = first; seed < first + count; seed++) process.stdout.write(JSON.stringify(makeSession(seed)) + '\n')
}
