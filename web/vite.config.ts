import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Replaced by the server with a fresh nonce for each answer (src/platform/http/site.ts). */
const nonce = 'TIDEGATE_NONCE';

// biome-ignore lint/style/noDefaultExport: Vite reads its configuration from the default export.
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  html: { cspNonce: nonce },
  build: {
    target: 'es2023',
    // The oldest that know light-dark() themselves.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    outDir: 'dist',
    emptyOutDir: true,
    // A data: address would need an exception in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The budget is of what is sent (test/e2e): 250 kB of compressed script at first.
    chunkSizeWarningLimit: 800,
  },
});
