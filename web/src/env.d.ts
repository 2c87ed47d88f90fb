/// <reference types="svelte" />
/// <reference types="vite/client" />

/** Names the build that signs: version and hash of the sources. */
declare const __BUILD__: string;
