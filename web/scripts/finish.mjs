// After Vite: fonts for the service's PDFs, icons, the service worker over exactly this build, and the sizes.
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { ICONS, drawIcon } from "./icons.mjs";

const WEB = fileURLToPath(new URL("..", import.meta.url));
const DIST = join(WEB, "dist");
const BUDGET = 60; // kB, gzip: the field app's first load
const FIELD_ENTRY = "index.html";

const builds = ["field", "others"].map((mode) => JSON.parse(readFileSync(join(DIST, ".vite", `${mode}.json`), "utf-8")));
rmSync(join(DIST, ".vite"), { recursive: true });

for (const size of ICONS) writeFileSync(join(DIST, "icons", `icon-${size}.png`), drawIcon(size));

mkdirSync(join(DIST, "fonts"), { recursive: true });
for (const face of ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf"])
  cpSync(join(WEB, "node_modules", "dejavu-fonts-ttf", "ttf", face), join(DIST, "fonts", face));
cpSync(join(WEB, "node_modules", "dejavu-fonts-ttf", "LICENSE"), join(DIST, "fonts", "LICENSE.txt"));
cpSync(join(WEB, "src", "field", "places", "LICENSE.txt"), join(DIST, "places-LICENSE.txt"));

function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? files(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}

/** Everything that the page or module `entry` loads: at once (`imports`, CSS), and later on demand (`dynamicImports`). */
function reach(entry, { lazily }) {
  const vite = builds.find((one) => one[entry]);
  const seen = new Set();
  const visit = (key) => {
    const chunk = vite[key];
    if (seen.has(key) || !chunk) return;
    seen.add(key);
    for (const next of [...(chunk.imports ?? []), ...(lazily ? (chunk.dynamicImports ?? []) : [])]) visit(next);
  };
  visit(entry);
  return [...new Set([...seen].flatMap((key) => [vite[key].file, ...(vite[key].css ?? []), ...(vite[key].assets ?? [])]))];
}

// The phone keeps the field app and the verifier; the console needs the network anyway.
const kept = [FIELD_ENTRY, "verify.html"].flatMap((entry) => [entry, ...reach(entry, { lazily: true })]);
const shell = [...new Set([...kept, "manifest.webmanifest", ...files(join(DIST, "icons")).map((at) => relative(DIST, at))])];
const digest = createHash("sha256");
for (const name of shell.sort()) digest.update(name).update("\0").update(readFileSync(join(DIST, name)));
const version = digest.digest("hex").slice(0, 16);

await build({
  root: WEB,
  configFile: false,
  logLevel: "warn",
  define: {
    __PRECACHE__: JSON.stringify(shell.map((name) => `/${name}`)),
    __VERSION__: JSON.stringify(version),
  },
  build: {
    outDir: DIST,
    emptyOutDir: false,
    copyPublicDir: false,
    target: "es2022",
    lib: { entry: join(WEB, "src", "sw.ts"), formats: ["es"], fileName: () => "sw.js" },
  },
});

// Packed once here: the service sends these where a browser takes gzip.
for (const at of files(DIST)) if (/\.(js|css|html|svg|webmanifest)$/.test(at)) writeFileSync(`${at}.gz`, gzipSync(readFileSync(at), { level: 9 }));

/** Scripts and styles that `entry` needs at once, without those of `before`; their sum in kB of gzip. */
function needs(entry, before = []) {
  const names = reach(entry, { lazily: false }).filter((name) => /\.(js|css)$/.test(name) && !before.includes(name));
  return { names, kB: names.reduce((sum, name) => sum + statSync(join(DIST, `${name}.gz`)).size, 0) / 1024 };
}

const first = needs(FIELD_ENTRY);
const keptBytes = shell.reduce((sum, name) => sum + statSync(join(DIST, name)).size, 0);
process.stdout.write(
  `Field app, first load: ${first.kB.toFixed(1)} kB gzip of ${BUDGET}; kept offline: ${shell.length} files, ` +
    `${(keptBytes / 1024).toFixed(0)} kB; build ${version}\n`,
);
const desk = needs("desk.html");
const areas = ["review/Review", "lab/Lab", "trace/Trace", "cases/Cases", "audit/Audit", "notices/Notices", "admin/Admin", "boards/Boards"];
const sizes = areas.map((area) => `${area.split("/")[0]} ${needs(`src/desk/${area}.svelte`, desk.names).kB.toFixed(1)}`);
process.stdout.write(`Desk, first load: ${desk.kB.toFixed(1)} kB gzip; an area adds, when it is opened: ${sizes.join(", ")}\n`);
if (first.kB > BUDGET) {
  process.stderr.write("The field app's first load is over its budget.\n");
  process.exit(1);
}
