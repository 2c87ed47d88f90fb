import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";
import own from "./package.json" with { type: "json" };

const page = (name: string) => fileURLToPath(new URL(`${name}.html`, import.meta.url));

/** The version and a hash of the sources: what a manifest names as the build that made it. */
function buildName(): string {
  const digest = createHash("sha256");
  const src = fileURLToPath(new URL("src", import.meta.url));
  const names = readdirSync(src, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`);
  for (const name of names.sort()) digest.update(name.slice(src.length)).update("\0").update(readFileSync(name));
  return `${own.version}+${digest.digest("hex").slice(0, 12)}`;
}

// The phone's page is built by itself: shared pieces would carry to it whatever the console needs of the framework.
const PAGES: Record<string, string[]> = { field: ["index"], others: ["desk", "verify", "log"] };

export default defineConfig(({ mode }) => ({
  plugins: [svelte()],
  define: { __BUILD__: JSON.stringify(buildName()) },
  build: {
    target: "es2022",
    // The policy allows no data: addresses, so nothing may be inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: `.vite/${mode}.json`,
    emptyOutDir: mode === "field",
    copyPublicDir: mode === "field",
    rolldownOptions: {
      input: Object.fromEntries((PAGES[mode] ?? Object.values(PAGES).flat()).map((name) => [name, page(name)])),
    },
  },
  test: { environment: "node", include: ["tests/**/*.test.ts"], setupFiles: ["tests/browser.ts"], testTimeout: 30_000 },
}));
