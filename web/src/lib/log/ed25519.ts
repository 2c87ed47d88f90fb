/** Ed25519 (RFC 8032): by the browser, or, in phones that are older than its WebCrypto, by @noble/ed25519. */
import type { Bytes } from "../bytes";

/** Whether `signature` is this key's over `message`; a malformed key or signature is simply not one. */
export async function verified(publicKey: Bytes, signature: Bytes, message: Bytes): Promise<boolean> {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  try {
    const key = await crypto.subtle.importKey("raw", publicKey, { name: "Ed25519" }, false, ["verify"]);
    return await crypto.subtle.verify({ name: "Ed25519" }, key, signature, message);
  } catch (error) {
    if (!isUnknown(error)) return false;
  }
  return inJavaScript(publicKey, signature, message);
}

/** The same, without the browser's help. */
export async function inJavaScript(publicKey: Bytes, signature: Bytes, message: Bytes): Promise<boolean> {
  const { verifyAsync } = await import("@noble/ed25519");
  try {
    // Strict RFC 8032 verification, as browsers and the service do it; not the looser ZIP-215.
    return await verifyAsync(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
}

/** NotSupportedError by the standard; some browsers say it with other names. A bad key is a DataError. */
function isUnknown(error: unknown): boolean {
  const name = error instanceof Error || error instanceof DOMException ? error.name : "";
  return ["NotSupportedError", "SyntaxError", "TypeError"].includes(name);
}
