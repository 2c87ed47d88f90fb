/** The QR by which a colleague signs, on their own phone and offline, that they took part in a capture. */

export interface Cosignable {
  agencyId: string;
  captureId: string;
  sha256: string;
}

const FORM = /^casquillo-cosign:([0-9a-f-]{36}):([0-9a-f-]{36}):([0-9a-f]{64})$/;

/** What is signed is the manifest's hash; the agency is there so that the colleague's phone can say no at once. */
export function cosignText({ agencyId, captureId, sha256 }: Cosignable): string {
  return `casquillo-cosign:${agencyId}:${captureId}:${sha256}`;
}

export function readCosign(text: string): Cosignable | null {
  const [, agencyId, captureId, sha256] = FORM.exec(text.trim()) ?? [];
  return agencyId && captureId && sha256 ? { agencyId, captureId, sha256 } : null;
}
