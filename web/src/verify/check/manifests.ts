/** Signed manifests: an enrolled phone's key signed each, its hash is its name, and the chain registered it. */
import { type Bytes, fromB64url, fromUtf8, utf8 } from "../../lib/bytes";
import { sha256Hex } from "../../lib/hash";
import type { Bag } from "./bag";
import type { Checked } from "./entries";
import { Fault } from "./fault";
import { jcs } from "./jcs";

const LARGEST_PAYLOAD = 256 * 1024; // bytes (protocol, section 4)
const COSIGNED = "capture.cosigned";
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Who signed what, as the signed document itself says it: the capture, or that they took part in it. */
export interface Signed {
  sha256: string;
  typ: Typ;
  device_id: string;
  officer_id: string;
  captured_at: string;
}

type Typ = "capture+jws" | "statement+jws";

interface Jws {
  kid: string;
  payload: Bytes;
  input: Bytes;
  signature: Bytes;
}

export async function checkManifests(bag: Bag, index: Record<string, unknown>, entries: Checked[]): Promise<Signed[]> {
  const keys = await deviceKeys(bag, entries);
  const registered = new Set<unknown>(entries.map(({ details }) => details?.manifest_sha256));
  const cosigned = new Set<unknown>(entries.filter(({ entry, details }) => entry.kind === COSIGNED && details).map(({ details }) => details?.statement_sha256));
  const manifests = await checkFolder(bag, keys, { folder: "manifests/", typ: "capture+jws", listed: index.manifests, spoken: registered });
  const parts = await checkFolder(bag, keys, { folder: "cosignatures/", typ: "statement+jws", listed: index.cosignatures, spoken: cosigned });
  const withheld = (Array.isArray(index.withheld) ? index.withheld : []) as Record<string, unknown>[];
  for (const sha256 of cosigned)
    if (!parts.some((one) => one.sha256 === sha256) && !withheld.some((one) => one.what === "cosignature" && one.which === sha256))
      throw new Fault("cosignature_missing", { file: `cosignatures/${String(sha256)}.jws` });
  return [...manifests, ...parts];
}

/** The signed documents of one folder: the index lists each, its hash is its name, a key signed it, an entry names it. */
async function checkFolder(
  bag: Bag,
  keys: Map<string, JsonWebKey>,
  { folder, typ, listed, spoken }: { folder: string; typ: Typ; listed: unknown; spoken: Set<unknown> },
): Promise<Signed[]> {
  const hashes: unknown[] = Array.isArray(listed) ? listed : [];
  const unlisted = bag.paths(folder).find((path) => !hashes.includes(path.slice(folder.length, -".jws".length)));
  if (unlisted !== undefined) throw new Fault("manifest_unknown", { file: unlisted });
  const signed: Signed[] = [];
  for (const sha256 of hashes) {
    const file = `${folder}${String(sha256)}.jws`;
    const jws = readJws(await bag.text(file), file, typ);
    const jwk = keys.get(jws.kid);
    if (!jwk) throw new Fault("device_key_missing", { file });
    if (!(await signedBy(jwk, jws))) throw new Fault("signature_fails", { file, reason: "signature" });
    if ((await sha256Hex(jws.payload)) !== sha256 || !spoken.has(sha256)) throw new Fault("manifest_unknown", { file });
    signed.push(whoOf(jws, String(sha256), typ));
  }
  return signed;
}

/** Public keys by device; each is the one whose thumbprint the entry of its enrolment recorded. */
async function deviceKeys(bag: Bag, entries: Checked[]): Promise<Map<string, JsonWebKey>> {
  const enrolled = new Map(
    entries
      .filter(({ entry }) => entry.kind === "device.enrolled")
      .map(({ entry, details }) => [entry.chain.id, details?.key_thumbprint]),
  );
  const keys = new Map<string, JsonWebKey>();
  for (const file of bag.paths("keys/")) {
    const device = file.slice("keys/".length).replace(/\.jwk\.json$/, "");
    const jwk: JsonWebKey = await bag.json(file);
    const { crv, kty, x, y } = jwk;
    const thumbprint = x && y && crv && kty ? await sha256Hex(jcs({ crv, kty, x, y })) : "";
    if (thumbprint === "" || enrolled.get(device) !== thumbprint) throw new Fault("device_key_differs", { file });
    keys.set(device, { crv, kty, x: x as string, y: y as string } as JsonWebKey);
  }
  return keys;
}

/** Takes a compact JWS apart: ES256, exactly alg, typ and kid, in the shortest spelling; nothing is believed. */
function readJws(text: string, file: string, wanted: Typ): Jws {
  const refuse = (reason: string): never => {
    throw new Fault("signature_fails", { file, reason });
  };
  const [head = "", body = "", tail = "", ...more] = text.split(".");
  if (tail === "" || more.length > 0) refuse("jws_parts");
  if (body.length > Math.ceil((LARGEST_PAYLOAD * 4) / 3) || head.length > 512) refuse("jws_too_large");
  let header: Record<string, unknown> = {};
  let [payload, signature] = [new Uint8Array(), new Uint8Array()];
  try {
    const spelled = fromUtf8(fromB64url(head));
    header = JSON.parse(spelled) as Record<string, unknown>;
    if (JSON.stringify(header) !== spelled) refuse("jws_header");
    [payload, signature] = [fromB64url(body), fromB64url(tail)];
  } catch (error) {
    if (error instanceof Fault) throw error;
    refuse("jws_base64url");
  }
  const { alg, typ, kid } = header;
  if (Object.keys(header).sort().join(" ") !== "alg kid typ") refuse("jws_header");
  if (alg !== "ES256") refuse("jws_alg");
  if (typ !== wanted) refuse("jws_typ");
  if (typeof kid !== "string" || !UUID.test(kid)) return refuse("jws_kid");
  if (signature.length !== 64) refuse("signature_form");
  return { kid, payload, input: utf8(`${head}.${body}`), signature };
}

async function signedBy(jwk: JsonWebKey, { input, signature }: Jws): Promise<boolean> {
  try {
    const key = await crypto.subtle.importKey("jwk", jwk, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
    return await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, input);
  } catch {
    return false;
  }
}

function whoOf({ kid, payload }: Jws, sha256: string, typ: Typ): Signed {
  let said: Record<string, unknown> = {};
  try {
    said = JSON.parse(fromUtf8(payload)) as Record<string, unknown>;
  } catch {
    // The signature and the hash hold; what it says is then not for us to show.
  }
  const text = (name: string) => (typeof said[name] === "string" ? said[name] : "");
  const at = text(typ === "capture+jws" ? "captured_at" : "stated_at");
  return { sha256, typ, device_id: kid, officer_id: text("officer_id"), captured_at: at };
}
