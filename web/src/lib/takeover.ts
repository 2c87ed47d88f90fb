/** Answering for a colleague: the returned capture is read through a person's session and signed with one's own key. */
import { type Api, bodyOf } from "./api";
import type { components } from "./api-types";
import { fromB64url, fromUtf8 } from "./bytes";
import { sha256Hex } from "./hash";
import type { Base } from "./history";
import { ProblemError } from "./problems";
import type { Manifest } from "./schema";

export type Returned = components["schemas"]["ReturnedAnswer"];

export interface Taken {
  returned: Returned;
  base: Base;
}

/** What the signed-in officer may answer, own and of colleagues; the agency decides for whom. */
export async function mayAnswer(api: Api): Promise<Returned[]> {
  return bodyOf(await api.GET("/api/v1/status/returned")).items;
}

/** The return whole, and what its answer amends; a manifest that is not the one named is not taken. */
export async function takeOver(api: Api, submission_id: string): Promise<Taken> {
  const params = { path: { submission_id } };
  const { returned, manifest_capture_id, jws } = bodyOf(await api.POST("/api/v1/status/returned/{submission_id}/take-over", { params }));
  const payload = fromB64url(jws.split(".")[1] ?? "");
  const sha256 = await sha256Hex(payload);
  const manifest = JSON.parse(fromUtf8(payload)) as Manifest;
  if (sha256 !== returned.manifest_sha256 || manifest.capture_id !== manifest_capture_id)
    throw new ProblemError({ status: 0, code: "foreign_answer", retry: "later" });
  return { returned, base: { sha256, capture_id: manifest_capture_id, manifest } };
}
