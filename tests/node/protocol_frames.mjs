// The frames that the published clients put on the wire, as base64 by name, in one JSON object: the judge of our decoders.
//
// The Hocuspocus ones come out of a real provider whose socket only collects. y-websocket's are put together by
// y-protocols as its provider does: that one cannot be had without a socket.

import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'
import * as awarenessProtocol from 'y-protocols/awareness'
import * as syncProtocol from 'y-protocols/sync'
import { HocuspocusProvider } from '@hocuspocus/provider'

const [name, token, text] = JSON.parse(process.argv[2])
const sent = []
const socket = {
  on () {},
  off () {},
  attach () {},
  detach () {},
  send: frame => sent.push(frame)
}
const frames = {}
const take = label => {
  if (sent.length !== 1) throw new Error(`${label}: ${sent.length} frames`)
  frames[label] = sent.pop()
}

function encoded (...parts) {
  const encoder = encoding.createEncoder()
  for (const [write, ...values] of parts) write(encoder, ...values)
  return encoding.toUint8Array(encoder)
}

const doc = new Y.Doc()
doc.clientID = 2 ** 31 - 3
const provider = new HocuspocusProvider({ websocketProvider: socket, name, document: doc, token })
provider.attach()
sent.length = 0

await provider.sendToken()
take('token')
provider.startSync()
frames.awareness = sent.pop()
take('step 1')
doc.getText('t').insert(0, text)
take('update')
provider.sendStateless(text)
take('stateless')
// Our Step1: what the provider answers it with.
provider.onMessage({ data: encoded([encoding.writeVarString, name], [encoding.writeVarUint, 0], [syncProtocol.writeSyncStep1, new Y.Doc()]) })
take('step 2')
provider.onMessage({ data: encoded([encoding.writeVarString, name], [encoding.writeVarUint, 3]) })
take('awareness, asked for')

const update = Y.encodeStateAsUpdate(doc)
const known = awarenessProtocol.encodeAwarenessUpdate(provider.awareness, [doc.clientID])
frames['y step 1'] = encoded([encoding.writeVarUint, 0], [syncProtocol.writeSyncStep1, doc])
frames['y step 2'] = encoded([encoding.writeVarUint, 0], [syncProtocol.writeSyncStep2, doc])
frames['y update'] = encoded([encoding.writeVarUint, 0], [syncProtocol.writeUpdate, update])
frames['y awareness'] = encoded([encoding.writeVarUint, 1], [encoding.writeVarUint8Array, known])
frames['y query awareness'] = encoded([encoding.writeVarUint, 3])

frames['bytes: update'] = update
frames['bytes: state vector'] = Y.encodeStateVector(doc)
frames['bytes: awareness'] = known
frames['bytes: integers'] = encoded(...[0, 127, 128, 16383, 16384, 2 ** 32, Number.MAX_SAFE_INTEGER].map(n => [encoding.writeVarUint, n]))

const output = {}
for (const [label, bytes] of Object.entries(frames)) output[label] = Buffer.from(bytes).toString('base64')
process.stdout.write(JSON.stringify(output), () => process.exit(0))
