import { defineConfig } from "vite";

const pages = ["index", "codemirror", "tiptap", "lexical", "quill", "monaco", "app"];

export default defineConfig({
  build: {
    target: "esnext", // top-level await
    chunkSizeWarningLimit: 4000, // Monaco is large
    rolldownOptions: { input: pages.map((page) => `${page}.html`) },
  },
});
