// Editors on the published Yjs clients, driven from outside: one request a line, one JSON object each, and one answer.
//
//   {"id": 7, "do": "edit", "editor": "alice", "insert": "Hi"}      →  {"id": 7, "answer": …} or {"id": 7, "error": "…"}
//
// `open` makes an editor; every other `do` is a method of one (see editors_editor.mjs). Answers come in the order in
// which things get done. Lines without an id are reports of an editor that was opened with `reports`.

import * as readline from 'node:readline'
import { HocuspocusEditor } from './editors_hocuspocus.mjs'
import { YWebsocketEditor } from './editors_ywebsocket.mjs'

const kinds = { hocuspocus: HocuspocusEditor, 'y-websocket': YWebsocketEditor }
const methods = new Set([
  'edit', 'write', 'set', 'type', 'quiet', 'replay', 'present', 'look', 'state', 'vector', 'wait', 'send', 'give',
  'connect', 'disconnect', 'cut', 'destroy'
])
const editors = new Map()
process.setMaxListeners(0) // each y-websocket provider wants to hear of the exit

console.log = console.error // what libraries remark is not an answer

/** Written before this returns: what was said stays said, even when this process is killed now. */
const say = line => process.stdout.write(JSON.stringify(line) + '\n')

async function open (request) {
  const client = await import(request.package) // which version of it
  if (editors.has(request.editor)) throw new Error(`there is an editor ${request.editor}`)
  const editor = new kinds[request.kind](request.editor, request, say, client)
  editors.set(request.editor, editor)
  return editor.doc.clientID
}

async function perform (request) {
  if (request.do === 'open') return open(request)
  const editor = editors.get(request.editor)
  if (editor === undefined) throw new Error(`there is no editor ${request.editor}`)
  if (!methods.has(request.do)) throw new Error(`editors do not ${request.do}`)
  if (request.until?.same !== undefined) {
    const other = editors.get(request.until.same)
    if (other === undefined) throw new Error(`there is no editor ${request.until.same}`)
    other.doc.on('update', () => editor.changed())
    request.until.same = other
  }
  if (request.do === 'destroy') editors.delete(request.editor)
  return editor[request.do](request)
}

readline.createInterface({ input: process.stdin }).on('line', async line => {
  const request = JSON.parse(line)
  try {
    say({ id: request.id, answer: await perform(request) ?? null })
  } catch (error) {
    say({ id: request.id, error: error.message })
  }
}).on('close', () => process.exit())
