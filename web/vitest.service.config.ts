/** The engine against a running service; tests/e2e/test_phone_engine.py starts both. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  define: { __BUILD__: JSON.stringify("service-test") },
  test: {
    include: ["tests/service/*.service.ts"],
    setupFiles: ["tests/browser.ts"],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
