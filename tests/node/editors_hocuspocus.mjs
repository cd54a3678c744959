// An editor on `@hocuspocus/provider` 2, 3 or 4. Editors that name the same `socket` share one
// HocuspocusProviderWebsocket.

import { Editor } from './editors_editor.mjs'
import { BrowserWebSocket } from './editors_socket.mjs'

const sockets = new Map() // name → { socket, users }

export class HocuspocusEditor extends Editor {
  #shared

  constructor (name, request, say, { HocuspocusProvider, HocuspocusProviderWebsocket }) {
    super(name, request, say)
    const { url, document, token, socket, session, options } = request
    this.#shared = socket
    // The published defaults wait at least a second before they come back; tests that cut often say less.
    const open = () => new HocuspocusProviderWebsocket({ url, WebSocketPolyfill: BrowserWebSocket, ...options })
    const held = sockets.get(socket) ?? { socket: open(), users: 0 }
    held.users += 1
    if (socket !== null) sockets.set(socket, held)
    this.socket = held.socket
    this.token = token
    this.provider = new HocuspocusProvider({
      name: document,
      document: this.doc,
      websocketProvider: this.socket,
      sessionAwareness: session,
      broadcast: false, // version 2 tells other editors of its own browser, too, past the server
      token: () => this.token,
      onSynced: () => this.changed(),
      onStatus: ({ status }) => this.noteStatus(status),
      onClose: ({ event }) => this.noteClose(event.code, event.reason),
      onAuthenticationFailed: ({ reason }) => this.noteDenial(reason),
      onAuthenticated: () => this.noteStatus(this.provider.authorizedScope),
      onStateless: ({ payload }) => this.noteStateless(payload),
      onAwarenessChange: () => this.changed()
    })
    this.provider.on('unsyncedChanges', () => this.noteLight())
    this.provider.attach?.() // whoever shares a socket attaches its provider; that of version 2 attaches itself
  }

  get awareness () { return this.provider.awareness }
  get connected () { return this.socket.status === 'connected' }
  get synced () { return this.provider.synced }
  get unsynced () { return this.provider.unsyncedChanges }

  send ({ payload }) { this.provider.sendStateless(payload) }

  /**
   * The token for the next time it is asked for; `at_once` sends it now, as a page does when the old one runs out.
   * Version 2 sends it when it attaches, which `connect` does again.
   */
  async give ({ token, at_once: atOnce }) {
    this.token = token
    if (atOnce) await (this.provider.sendToken?.() ?? this.provider.connect())
  }

  connect () { this.socket.connect() }
  disconnect () { this.socket.disconnect() }

  /** The network goes away without a word. */
  cut () { this.socket.webSocket?.terminate() }

  destroy () {
    super.destroy()
    this.provider.destroy()
    const held = sockets.get(this.#shared)
    if (held !== undefined && --held.users > 0) return
    sockets.delete(this.#shared)
    this.socket.destroy()
  }
}
