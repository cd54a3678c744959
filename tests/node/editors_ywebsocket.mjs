// An editor on `y-websocket` 1, 2 or 3. They have no light of their own; version 4 calls an edit saved when the server
// sends it back to its sender. That is watched here from outside, in the WebSocket that the client is given: an edit is unsynced
// until its structs have come back in an Update, or until the server says in the Step1 of a new connection that it has
// them. An edit without structs, which only deletes, has come back when its very bytes have; to a new connection it goes
// in the Step2.

import * as decoding from 'lib0/decoding'
import * as Y from 'yjs'
import { Editor } from './editors_editor.mjs'
import { BrowserWebSocket } from './editors_socket.mjs'

const SYNC = 0
const AUTH = 2
const STEP1 = 0
const STEP2 = 1
const UPDATE = 2

/** A frame as `{ kind, payload }` if it is one of Sync; null for others. */
function readSync (frame) {
  const decoder = decoding.createDecoder(new Uint8Array(frame))
  if (decoding.readVarUint(decoder) !== SYNC) return null
  const kind = decoding.readVarUint(decoder)
  return { kind, payload: Buffer.from(decoding.readVarUint8Array(decoder)) }
}

/** For each client that an update holds structs of, up to which clock. */
const clocksIn = update => new Map(Y.decodeUpdate(update).structs.map(({ id, length }) => [id.client, id.clock + length]))

function readDenial (frame) {
  const decoder = decoding.createDecoder(new Uint8Array(frame))
  if (decoding.readVarUint(decoder) !== AUTH) return null
  decoding.readVarUint(decoder)
  return decoding.readVarString(decoder)
}

export class YWebsocketEditor extends Editor {
  #unsynced = [] // { clocks, update } of each edit that has not come back

  constructor (name, request, say, { WebsocketProvider }) {
    super(name, request, say)
    const { url, document, token, options } = request
    const editor = this
    class WatchedWebSocket extends BrowserWebSocket {
      constructor (...given) {
        super(...given)
        this.addEventListener('message', ({ data }) => editor.#received(data))
      }

      send (data, ...rest) {
        super.send(data, ...rest)
        if (readSync(data)?.kind === STEP2) editor.#synced(({ clocks }) => clocks.size === 0)
      }
    }
    this.provider = new WebsocketProvider(url, document, this.doc, {
      WebSocketPolyfill: WatchedWebSocket, params: { token }, disableBc: true, connect: false, ...options
    })
    this.provider.on('status', ({ status }) => this.noteStatus(status))
    this.provider.on('sync', () => this.changed())
    this.provider.on('connection-close', event => event && this.noteClose(event.code, event.reason))
    this.provider.awareness.on('change', () => this.changed())
    this.doc.on('update', (update, origin) => {
      if (origin === this.provider) return
      this.#unsynced.push({ clocks: clocksIn(update), update: Buffer.from(update) })
      this.noteLight()
    })
    this.provider.connect()
  }

  #received (frame) {
    const denial = readDenial(frame)
    if (denial !== null) this.noteDenial(denial)
    const { kind, payload } = readSync(frame) ?? {}
    if (kind !== STEP1 && kind !== UPDATE) return
    const known = kind === STEP1 ? Y.decodeStateVector(payload) : clocksIn(payload)
    const isKnown = ([client, clock]) => clock <= (known.get(client) ?? 0)
    this.#synced(({ clocks, update }) =>
      clocks.size > 0 ? [...clocks].every(isKnown) : kind === UPDATE && update.equals(payload))
  }

  /** Edits of which `isSaved` is true are not unsynced any more. */
  #synced (isSaved) {
    const before = this.#unsynced.length
    this.#unsynced = this.#unsynced.filter(edit => !isSaved(edit))
    if (this.#unsynced.length !== before) this.noteLight()
  }

  get awareness () { return this.provider.awareness }
  get connected () { return this.provider.wsconnected }
  get synced () { return this.provider.synced }
  get unsynced () { return this.#unsynced.length }

  /**
   * The token for the next connection; a live one keeps its own. `at_once` connects, where it has given up. Version 1
   * makes its URL once, the others make it of `params` each time.
   */
  give ({ token, at_once: atOnce }) {
    if (this.provider.params === undefined) {
      const url = new URL(this.provider.url)
      url.searchParams.set('token', token)
      this.provider.url = url.href
    } else {
      this.provider.params.token = token
    }
    if (atOnce) this.provider.connect()
  }

  connect () { this.provider.connect() }
  disconnect () { this.provider.disconnect() }

  /** The network goes away without a word. */
  cut () { this.provider.ws?.terminate() }

  destroy () { super.destroy(); this.provider.destroy() }
}
