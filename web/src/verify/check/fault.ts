/** The first thing that is wrong: a stable code, the service's own word for it, and the facts that its sentence names. */
export type FaultCode =
  | "bundle_unreadable"
  | "not_a_bag"
  | "bag_malformed"
  | "file_missing"
  | "file_extra"
  | "file_changed"
  | "json_malformed"
  | "index_malformed"
  | "policy_unusable"
  | "bundle_entry_malformed"
  | "details_changed"
  | "proof_fails"
  | "chain_empty"
  | "chain_of_another"
  | "chain_seq"
  | "chain_prev"
  | "chain_clock"
  | "chain_chain"
  | "chain_end"
  | "device_key_missing"
  | "device_key_differs"
  | "signature_fails"
  | "manifest_unknown"
  | "cosignature_missing"
  | "original_differs"
  | "original_missing"
  | "original_unspoken"
  | "worksheet_changed"
  | "worksheet_undecided"
  | "receipt_malformed"
  | "receipt_other_manifest"
  | "receipt_details_changed"
  | "receipt_proof_fails"
  | "receipt_key_unknown";

export type Facts = Record<string, string | number>;

export class Fault extends Error {
  constructor(
    readonly code: FaultCode,
    readonly facts: Facts = {},
  ) {
    super(`${code} ${JSON.stringify(facts)}`);
  }
}
