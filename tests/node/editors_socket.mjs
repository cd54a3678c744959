// The WebSocket of Node's `ws`, with the one manner of a browser's that clients rely on: that nobody listens to an error
// is no error.

import { WebSocket } from 'ws'

export class BrowserWebSocket extends WebSocket {
  constructor (...given) {
    super(...given)
    this.on('error', () => {})
  }
}
