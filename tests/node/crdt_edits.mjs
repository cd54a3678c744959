// Random edits, each as a real editor makes it. Everything random comes from a seeded generator, so that a session can
// be made again from its number.

import * as prng from 'lib0/prng'
import * as Y from 'yjs'

const EMOJI = ['😀', '😁', '👍🏽', '👩‍👩‍👧', '𝒳']
const MARKS = [{ bold: true }, { bold: null }, { italic: {} }, { italic: null }, { color: '#aa0000' }, { link: { href: 'https://example.org/?q=é' } }, { bold: true, italic: {} }]
const KEYS = ['a', 'b', 'title', '__proto__', 'ключ', '7']
const MAX_DEPTH = 5

export class Edits {
  /**
   * @param {prng.PRNG} gen
   * @param {boolean} splits may cut through the two halves of an emoji, as naive text areas do
   */
  constructor (gen, splits) {
    this.gen = gen
    this.splits = splits
  }

  int (min, max) { return prng.int32(this.gen, min, max) }
  one (choices) { return prng.oneOf(this.gen, choices) }
  chance (probability) { return this.gen.next() < probability }

  word () {
    return this.chance(0.15) ? this.one([...EMOJI, 'naïve', '文字', '\u0000', '\n']) : prng.word(this.gen, 1, 8)
  }

  /** A value that a map or array may hold: all that lib0 can write, now and then another type. */
  value (depth) {
    if (depth < MAX_DEPTH && this.chance(0.3)) return this.type(depth)
    return this.one([
      () => this.word(),
      () => this.int(-5, 70000),
      () => this.one([true, false, null, undefined]),
      () => this.one([0.1, 0.5, -1e300, 2 ** 40, -0, NaN, Infinity]),
      () => BigInt(this.int(-99, 99)),
      () => new Uint8Array([1, 2, this.int(0, 255)]),
      () => [this.int(0, 9), { deep: [null, this.word()] }],
      () => ({ [this.one(['x', 'y', '1'])]: this.word(), z: { list: [] } }),
      () => new Y.Doc({ guid: `doc-${this.int(0, 999)}`, autoLoad: this.chance(0.5), meta: { by: this.word() } })
    ])()
  }

  type (depth) {
    return this.one([
      () => new Y.Text(this.word()),
      () => new Y.Text(),
      () => new Y.Array(),
      () => Y.Array.from([1, this.word()]),
      () => new Y.Map(),
      () => new Y.Map([['a', this.value(depth + 1)]]),
      () => this.block(),
      () => { const fragment = new Y.XmlFragment(); fragment.insert(0, [new Y.XmlText(this.word())]); return fragment },
      () => new Y.XmlHook('hook')
    ])()
  }

  /** An index into a text; inside a surrogate pair only if this session splits them. */
  index (flat) { return this.whole(flat, this.int(0, flat.length)) }

  range (flat, max) {
    const start = this.index(flat)
    return [start, this.whole(flat, Math.min(flat.length, start + this.int(0, max))) - start]
  }

  whole (flat, index) {
    const inside = index > 0 && isHigh(flat, index - 1) && isLow(flat, index)
    return inside && !(this.splits && this.chance(0.5)) ? index + 1 : index
  }

  text (text) {
    const flat = flatten(text)
    if (this.splits && this.chance(0.25) && this.splitEmoji(text, flat)) return
    this.one([
      () => text.insert(this.index(flat), this.word()),
      () => text.insert(this.index(flat), this.word()),
      () => text.insert(flat.length, this.one(EMOJI)),
      () => text.insert(this.index(flat), this.word(), this.one(MARKS)),
      () => text.insertEmbed(this.index(flat), this.chance(0.8) ? { image: this.word() } : this.type(MAX_DEPTH), this.one([{}, { bold: true }])),
      () => text.delete(...this.range(flat, 12)),
      () => text.delete(...this.range(flat, 4)),
      () => text.format(...this.range(flat, 15), this.one(MARKS)),
      () => text.format(...this.range(flat, 15), this.one(MARKS)),
      () => text.applyDelta([...this.keep(flat), { insert: this.word(), attributes: { bold: true } }, { insert: this.word() }]),
      () => text.setAttribute(this.one(KEYS), this.word())
    ])()
  }

  /** Everyone writes, letter by letter, in the same few places: the order of neighbours is all that matters here. */
  crowd (text) {
    const flat = flatten(text).slice(0, 6)
    if (this.chance(0.2)) text.delete(...this.range(flat, 3))
    else text.insert(this.index(flat), this.chance(0.1) ? this.one(EMOJI) : prng.word(this.gen, 1, 3))
  }

  keep (flat) {
    const index = this.index(flat)
    return index > 0 ? [{ retain: index }] : []
  }

  /** What a naive text area does to an emoji: replace one half, insert between the halves, mark one of them. */
  splitEmoji (text, flat) {
    const pairs = [...Array(flat.length).keys()].filter(index => isHigh(flat, index) && isLow(flat, index + 1))
    if (pairs.length === 0) return false
    const high = this.one(pairs)
    this.one([
      () => { text.delete(high + 1, 1); text.insert(high + 1, '\ude01') },
      () => { text.delete(high, 1); text.insert(high, '\ud83e') },
      () => text.delete(high, 1),
      () => text.delete(high + 1, 1),
      () => text.insert(high + 1, this.word()),
      () => text.format(high, 1, { bold: true })
    ])()
    return true
  }

  map (map, depth) {
    if (this.chance(0.2)) map.delete(this.one(KEYS))
    else if (this.chance(0.03)) map.clear()
    else map.set(this.one(KEYS), this.value(depth + 1))
  }

  array (array, depth) {
    const index = this.int(0, array.length)
    if (array.length > 0 && this.chance(0.3)) {
      const start = this.int(0, array.length - 1)
      array.delete(start, this.int(1, Math.min(4, array.length - start)))
    } else if (this.chance(0.1)) {
      pushOldJson(array, this.one([[1, 'two'], [undefined], [{ deep: [null] }, undefined, 'é😀']]))
    } else if (this.chance(0.3)) {
      array.insert(index, [this.word(), this.int(0, 99), this.one(EMOJI)]) // one struct of several values
    } else {
      const value = this.value(depth + 1)
      if (value !== undefined && typeof value !== 'bigint') array.insert(index, [value]) // Yjs lets only maps hold those
    }
  }

  /** A block as BlockNote makes it: <blockContainer id><paragraph …>text</paragraph></blockContainer>. */
  block (words = this.chance(0.5) ? this.word() : '') {
    const container = new Y.XmlElement('blockContainer')
    container.setAttribute('id', prng.word(this.gen, 8, 8))
    const content = new Y.XmlElement(this.one(['paragraph', 'paragraph', 'heading', 'checkListItem']))
    content.setAttribute('backgroundColor', 'default')
    content.setAttribute('textAlignment', 'left')
    if (content.nodeName === 'heading') content.setAttribute('level', this.int(1, 3))
    content.insert(0, [new Y.XmlText(words)])
    container.insert(0, [content])
    return container
  }

  /** An edit of a block document: write in a block, split it, nest it, remove it, change its look. */
  blocks (fragment) {
    if (fragment.length === 0) {
      const group = new Y.XmlElement('blockGroup')
      group.insert(0, [this.block()])
      fragment.insert(0, [group])
      return
    }
    const elements = elementsOf(fragment)
    const groups = elements.filter(element => element.nodeName === 'blockGroup')
    const containers = elements.filter(element => element.nodeName === 'blockContainer')
    const contents = elements.filter(element => element.nodeName !== 'blockGroup' && element.nodeName !== 'blockContainer')
    const writable = contents.flatMap(content => content.toArray().filter(child => child instanceof Y.XmlText))
    const choices = []
    if (writable.length > 0) {
      choices.push(...Array(4).fill(() => this.text(this.one(writable))), () => this.splitBlock(this.one(writable)))
    }
    if (contents.length > 0) {
      choices.push(
        () => this.one(contents).setAttribute('textAlignment', this.one(['left', 'right'])),
        () => this.one(contents).setAttribute('level', this.int(1, 3)),
        () => this.one(contents).removeAttribute('backgroundColor')
      )
    }
    if (containers.length > 0) {
      choices.push(() => remove(this.one(containers)), () => this.indent(this.one(containers)))
    }
    if (groups.length > 0) {
      const group = this.one(groups)
      choices.push(() => group.insert(this.int(0, group.length), [this.block()]))
    } else {
      choices.push(() => fragment.delete(0, fragment.length))
    }
    this.one(choices)()
  }

  splitBlock (text) {
    const container = text.parent.parent
    if (!(container instanceof Y.XmlElement) || !(container.parent instanceof Y.XmlFragment)) return
    const flat = flatten(text)
    const at = this.index(flat)
    container.parent.insertAfter(container, [this.block(flat.slice(at).replaceAll('\ufffc', ''))])
    if (at < flat.length) text.delete(at, flat.length - at)
  }

  indent (container) {
    const group = new Y.XmlElement('blockGroup')
    group.insert(0, [this.block()])
    container.insert(container.length, [group])
  }

  /** An edit of any type that is alive somewhere below `root`. */
  anywhere (root) {
    const found = typesBelow(root, 1)
    if (found.length === 0) return
    const { type, depth } = this.one(found)
    if (type instanceof Y.Text) this.text(type)
    else if (type instanceof Y.XmlElement) {
      if (this.chance(0.5)) type.setAttribute(this.one(KEYS), this.word())
      else if (type.length > 0 && this.chance(0.3)) type.delete(this.int(0, type.length - 1), 1)
      else if (depth < MAX_DEPTH) type.insert(this.int(0, type.length), [this.one([this.block(), new Y.XmlText(this.word())])])
    } else if (type instanceof Y.XmlFragment) type.insert(this.int(0, type.length), [this.block()])
    else if (type instanceof Y.Map) this.map(type, depth)
    else if (type instanceof Y.Array) this.array(type, depth)
  }
}

const isHigh = (flat, index) => (flat.charCodeAt(index) & 0xfc00) === 0xd800
const isLow = (flat, index) => (flat.charCodeAt(index) & 0xfc00) === 0xdc00

/** A text with one character per index: embeds become U+FFFC. */
export function flatten (text) {
  return text.toDelta().map(({ insert }) => typeof insert === 'string' ? insert : '\ufffc').join('')
}

function elementsOf (fragment) {
  return fragment.toArray().filter(child => child instanceof Y.XmlElement).flatMap(child => [child, ...elementsOf(child)])
}

function typesBelow (type, depth) {
  const values = type instanceof Y.Text
    ? type.toDelta().map(({ insert }) => insert)
    : type instanceof Y.Map ? [...type.values()] : type.toArray()
  return values
    .filter(value => value instanceof Y.AbstractType)
    .flatMap(value => [{ type: value, depth }, ...typesBelow(value, depth + 1)])
}

function remove (element) {
  const siblings = element.parent.toArray()
  element.parent.delete(siblings.indexOf(element), 1)
}

/** Append values as ContentJSON, as editors did before Yjs had ContentAny: old documents hold it. */
function pushOldJson (array, values) {
  Y.transact(array.doc, transaction => {
    let last = array._start
    while (last !== null && last.right !== null) last = last.right
    const { clientID, store } = transaction.doc
    const id = Y.createID(clientID, Y.getState(store, clientID))
    new Y.Item(id, last, last && last.lastId, null, null, array, null, new Y.ContentJSON(values)).integrate(transaction, 0)
  })
}
