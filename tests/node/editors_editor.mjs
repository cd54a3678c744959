// What an editor is to a test, whichever client connects it: a document that is typed into, and everything a person
// in front of it would notice, each with its time. The clients themselves are the published ones, unmodified.
//
// `unsynced` is the light: 0 means that the client believes everything typed is saved. `acknowledged` is how many of
// this editor's edits had been typed when the light was last at 0.

import * as Y from 'yjs'
import { replay } from './editors_trace.mjs'

/** Seconds since the epoch, as Python's `time.time()`. */
const now = () => (performance.timeOrigin + performance.now()) / 1000

/** What can be waited for, as a person would say it: `{ synced: true, text: 'abc' }`. */
const conditions = {
  connected: (editor, wanted) => editor.connected === wanted,
  synced: (editor, wanted) => editor.synced === wanted,
  unsynced: (editor, wanted) => editor.unsynced === wanted,
  saved: (editor, wanted) => (editor.connected && editor.synced && editor.unsynced === 0) === wanted,
  acknowledged: (editor, least) => editor.acknowledged >= least,
  edits: (editor, least) => editor.edits >= least,
  text: (editor, wanted) => editor.text.length === wanted.length && editor.text.toString() === wanted,
  length: (editor, least) => editor.text.length >= least,
  contains: (editor, wanted) => { const text = editor.text.toString(); return wanted.every(part => text.includes(part)) },
  same: (editor, other) => sameDocument(editor.doc, other.doc),
  knows: (editor, vector) => vector.every(([client, clock]) => Y.getState(editor.doc.store, client) >= clock),
  present: (editor, count) => editor.awareness.getStates().size === count,
  closes: (editor, least) => editor.closes.length >= least,
  denials: (editor, least) => editor.denials.length >= least,
  stateless: (editor, least) => editor.stateless.length >= least
}

/** Equal to a reader, and nothing on its way: state vectors are equal, nothing waits, and so do both look. */
function sameDocument (one, other) {
  const [first, second] = [one, other].map(doc => Y.encodeStateVector(doc).toString())
  return first === second && [one, other].every(doc => doc.store.pendingStructs === null) &&
    JSON.stringify(contentOf(one)) === JSON.stringify(contentOf(other))
}

/** The text and the map of a document, keys in order. */
function contentOf (doc) {
  const entries = Object.entries(doc.getMap('map').toJSON()).sort(([one], [other]) => (one < other ? -1 : 1))
  return { text: doc.getText('text').toString(), map: Object.fromEntries(entries) }
}

export class Editor {
  doc = new Y.Doc()
  text = this.doc.getText('text')
  map = this.doc.getMap('map')
  edits = 0
  acknowledged = 0
  lights = [] // [time, unsynced], each change
  statuses = [] // [time, word]
  closes = [] // { at, code, reason }
  denials = [] // reasons
  stateless = [] // payloads
  #waiting = new Set()
  #typing = null
  #reports

  /**
   * `say` writes a report out at once, so that it outlives this process. `reports` 'count' says how many edits are
   * acknowledged, each time there are more; 'state' also says what the document was at that moment.
   */
  constructor (name, { client, reports = null }, say) {
    this.name = name
    this.say = say
    this.#reports = reports
    if (client !== null) this.doc.clientID = client
    this.doc.on('update', () => this.changed())
  }

  // ---- what its client tells, for subclasses

  changed () {
    for (const wait of this.#waiting) wait()
  }

  noteLight () {
    this.lights.push([now(), this.unsynced])
    if (this.unsynced === 0 && this.acknowledged < this.edits) {
      this.acknowledged = this.edits
      const state = this.#reports === 'state' ? this.state() : null
      if (this.#reports) this.say({ editor: this.name, at: now(), acknowledged: this.acknowledged, state })
    }
    this.changed()
  }

  noteStatus (word) { this.statuses.push([now(), word]); this.changed() }
  noteClose (code, reason) { this.closes.push({ at: now(), code, reason: String(reason) }); this.changed() }
  noteDenial (reason) { this.denials.push(reason); this.changed() }
  noteStateless (payload) { this.stateless.push(payload); this.changed() }

  // ---- what a test may ask for

  /** One edit, one transaction: erase `erase` units at `at` and insert `insert`; `at` null is the end. */
  edit ({ at = null, erase = 0, insert = '' }) {
    this.edits += 1
    this.doc.transact(() => {
      const place = at ?? this.text.length
      if (erase) this.text.delete(place, erase)
      if (insert) this.text.insert(place, insert)
    })
  }

  /** Several edits, one after the other; the answer is this editor's own clock after each. */
  write ({ edits }) {
    return edits.map(([at, erase, insert]) => {
      this.edit({ at, erase, insert })
      return Y.getState(this.doc.store, this.doc.clientID)
    })
  }

  /** Type all that one person typed in a recorded trace: see editors_trace.mjs. */
  replay ({ trace, agent }) { return replay(this, trace, agent) }

  /** Set a key of the map; an earlier value of it is deleted by that. */
  set ({ key, value }) { this.edits += 1; this.map.set(key, value) }

  /**
   * Type until `quiet`: edit number n inserts the line `<prefix><n>\n` at the start of some line, and overwrites a key.
   * Between two edits pass a random number of milliseconds from `pause[0]` to `pause[1]`.
   */
  type ({ prefix, pause: [least, most] }) {
    const step = () => {
      const token = `${prefix}${this.edits}`
      this.edits += 1
      this.doc.transact(() => {
        const lines = this.text.toString().split('\n')
        const before = lines.slice(0, Math.floor(Math.random() * lines.length))
        this.text.insert(before.reduce((sum, line) => sum + line.length + 1, 0), token + '\n')
        this.map.set(this.name, token)
      })
      this.#typing = setTimeout(step, least + Math.random() * (most - least))
    }
    step()
  }

  quiet () { clearTimeout(this.#typing); this.#typing = null; return this.edits }

  present ({ state }) { this.awareness.setLocalState(state) }

  /** All there is to see, at this moment. */
  look () {
    return {
      at: now(),
      client: this.doc.clientID,
      connected: this.connected,
      synced: this.synced,
      unsynced: this.unsynced,
      edits: this.edits,
      acknowledged: this.acknowledged,
      pending: this.doc.store.pendingStructs !== null || this.doc.store.pendingDs !== null,
      ...contentOf(this.doc),
      present: [...this.awareness.getStates()].map(([client, state]) => ({ client, state })),
      lights: this.lights,
      statuses: this.statuses,
      closes: this.closes,
      denials: this.denials,
      stateless: this.stateless
    }
  }

  /** The document as one update, in base64. */
  state () { return Buffer.from(Y.encodeStateAsUpdate(this.doc)).toString('base64') }

  /** The state vector, as pairs. */
  vector () { return [...Y.decodeStateVector(Y.encodeStateVector(this.doc))] }

  /** Wait until all of `until` holds, for at most `timeout` seconds; the answer is the time at which it did. */
  wait ({ until, timeout }) {
    const wanted = Object.entries(until)
    return new Promise((resolve, reject) => {
      const done = outcome => { clearTimeout(timer); this.#waiting.delete(check); outcome() }
      const check = () => {
        if (wanted.every(([name, value]) => conditions[name](this, value))) done(() => resolve(now()))
      }
      const timer = setTimeout(() => done(() => {
        const missed = wanted.filter(([name, value]) => !conditions[name](this, value)).map(([name]) => name)
        reject(new Error(`${this.name}: after ${timeout} s not yet: ${missed.join(', ')}; ${this.#summary()}`))
      }), timeout * 1000)
      this.#waiting.add(check)
      check()
    })
  }

  #summary () {
    const { connected, synced, unsynced, edits, acknowledged, pending, text, closes, denials, present } = this.look()
    const seen = { connected, synced, unsynced, edits, acknowledged, pending, length: text.length, closes, denials, present: present.length }
    return JSON.stringify({ ...seen, end: text.slice(-80) })
  }

  destroy () { this.quiet(); this.doc.destroy() }
}
