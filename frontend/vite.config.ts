import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** The server that `npm run dev` talks to: `collab serve`, at its usual place unless COLLAB_URL says otherwise. */
const server = process.env.COLLAB_URL ?? "http://127.0.0.1:8080";

/** The service worker keeps its name: browsers ask for it again to see whether there is a new version. */
const WORKER = "sw.js";

/** Puts a gzipped twin beside each file that shrinks: the server sends it to browsers that take it. */
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    writeBundle({ dir = "" }, bundle) {
      for (const name of Object.keys(bundle).filter((name) => /\.(js|css|svg|html)$/.test(name))) {
        writeFileSync(join(dir, `${name}.gz`), gzipSync(readFileSync(join(dir, name)), { level: 9 }));
      }
    },
  };
}

/** Tells the worker the names of the page's files. */
function listed(): Plugin {
  return {
    name: "listed",
    apply: "build",
    enforce: "post",
    generateBundle(_options, bundle) {
      const worker = bundle[WORKER];
      if (worker?.type !== "chunk") throw new Error(`The build made no ${WORKER}.`);
      const files = Object.keys(bundle).filter((name) => name.startsWith("assets/"));
      worker.code = worker.code.replaceAll("PAGE_FILES", JSON.stringify(files.sort()));
    },
  };
}

export default defineConfig({
  plugins: [react(), listed(), compressed()],
  build: {
    outDir: "../collab/page",
    emptyOutDir: true,
    // The content security policy allows nothing inline, so no asset becomes a data: address.
    assetsInlineLimit: 0,
    // The editor is one large part, loaded apart from the first view.
    chunkSizeWarningLimit: 2000,
    rolldownOptions: {
      input: { index: "index.html", sw: "src/worker/sw.ts" },
      output: { entryFileNames: ({ name }) => (name === "sw" ? WORKER : "assets/[name]-[hash].js") },
    },
  },
  server: {
    proxy: {
      "/api": server,
      "/collab": { target: server, ws: true },
    },
  },
  test: { environment: "node" },
});
