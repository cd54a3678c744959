// What a reader of a document sees, as one canonical string: two documents show the same exactly when their shapes are
// equal. The order of object keys is not significant in Yjs and is sorted away; text that is cut into several pieces
// with the same marks is joined, since how often a mark is repeated inside shows to nobody.

import * as Y from 'yjs'

/** The roots that the sessions use, by name. */
export const ROOTS = { text: Y.Text, map: Y.Map, array: Y.Array, document: Y.XmlFragment }

/** Make sure that all roots have their types, as an editor does when it opens a document. */
export function defineRoots (doc) {
  for (const [name, type] of Object.entries(ROOTS)) doc.get(name, type)
}

/** The canonical string. Without `marks`, texts show their characters and embeds only. */
export const shapeOf = (doc, { marks = true } = {}) => JSON.stringify(new Reader(marks).document(doc))

class Reader {
  constructor (marks) { this.marks = marks }

  document (doc) {
    defineRoots(doc)
    const roots = {}
    for (const name of [...doc.share.keys()].sort()) {
      // A root that no editor defined (a mutant may name one) is read as a list.
      const type = name in ROOTS ? doc.share.get(name) : doc.getArray(name)
      const shown = this.type(type)
      if (name in ROOTS || type.length > 0) roots[name] = shown
    }
    return roots
  }

  type (type) {
    if (type instanceof Y.Text) { // XmlText too
      const text = { text: this.delta(type) }
      const attributes = type.getAttributes()
      if (Object.keys(attributes).length > 0) text.attributes = this.entries(attributes)
      return text
    }
    if (type instanceof Y.XmlElement) {
      return { element: type.nodeName, attributes: this.entries(type.getAttributes()), children: this.list(type) }
    }
    if (type instanceof Y.XmlFragment) return { children: this.list(type) }
    if (type instanceof Y.XmlHook) return { hook: type.hookName, map: this.map(type) }
    if (type instanceof Y.Map) return { map: this.map(type) }
    return { array: this.list(type) }
  }

  list (type) { return type.toArray().map(value => this.value(value)) }

  map (type) { return [...type.keys()].sort().map(key => [key, this.value(type.get(key))]) }

  // Pairs: an object would put keys like numbers first, whatever their order, and could not hold '__proto__'.
  entries (object) { return Object.keys(object).sort().map(key => [key, this.value(object[key])]) }

  delta (text) {
    const pieces = []
    for (const { insert, attributes } of text.toDelta()) {
      const marks = attributes && this.marks ? JSON.stringify(this.entries(attributes)) : ''
      const last = pieces[pieces.length - 1]
      if (typeof insert !== 'string') pieces.push([{ embed: this.value(insert) }, marks])
      else if (last && typeof last[0] === 'string' && last[1] === marks) last[0] += insert
      else pieces.push([insert, marks])
    }
    return pieces
  }

  value (value) {
    if (value instanceof Y.AbstractType) return this.type(value)
    if (value instanceof Y.Doc) return { subdocument: value.guid }
    if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') }
    if (typeof value === 'bigint') return { bigint: String(value) }
    if (value === undefined) return { undefined: true }
    if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) {
      return { number: Object.is(value, -0) ? '-0' : String(value) }
    }
    if (Array.isArray(value)) return value.map(item => this.value(item))
    if (value !== null && typeof value === 'object') return { object: this.entries(value) }
    return value
  }
}
