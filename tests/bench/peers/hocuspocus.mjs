// Hocuspocus as it comes: no database, no extension.
//
//   node hocuspocus.mjs <port> [<file>]      every document begins as the update in the file, as from a database

import { readFile } from 'node:fs/promises'
import { Server } from '@hocuspocus/server'
import * as Y from 'yjs'

const [port, stored] = process.argv.slice(2)
const loading = { async onLoadDocument ({ document }) { Y.applyUpdate(document, await readFile(stored)) } }
const server = new Server({ port: Number(port), address: '127.0.0.1', quiet: true, ...(stored && loading) })
await server.listen()
