import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const FILES = "../src/keepstep/api/console_files";

async function compressed(file: string): Promise<void> {
  const bytes = await readFile(file);
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } };
  await writeFile(`${file}.br`, brotliCompressSync(bytes, quality));
  await writeFile(`${file}.gz`, gzipSync(bytes, { level: 9 }));
}

/** Writes each file once more as .br and .gz: the server never compresses while somebody waits. */
function precompress(): Plugin {
  return {
    name: "precompress",
    apply: "build",
    async closeBundle() {
      const folder = join(import.meta.dirname, FILES, "assets");
      const names = (await readdir(folder)).filter((name) => /\.(js|css|svg)$/.test(name));
      await Promise.all(names.map((name) => compressed(join(folder, name))));
    },
  };
}

export default defineConfig({
  // relative: the same files serve below every base path
  base: "./",
  plugins: [react(), precompress()],
  build: {
    outDir: FILES,
    emptyOutDir: true,
    // the policy allows no data: addresses for fonts and scripts
    assetsInlineLimit: 0,
    target: "es2023",
    modulePreload: { polyfill: false },
    // what many pages share is one file, and not dozens of small ones that each compress badly
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "shared", minShareCount: 50 }] } } },
  },
  server: { proxy: { "/api": "http://127.0.0.1:8080" }, fs: { allow: [".."] } },
});
