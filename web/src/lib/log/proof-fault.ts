/** Something that should prove does not; `code` is the service's own word for the same fault. */
export class BadProof extends Error {
  constructor(
    readonly code: string,
    readonly detail = "",
  ) {
    super(detail ? `${code}: ${detail}` : code);
  }
}
