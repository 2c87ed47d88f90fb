/** Row versions travel as strong ETags: read with the row, named again with the act. */

/** The version that an answer carried, quotes and all; empty when there is none. */
export function etagOf(answer: { response: Response }): string {
  return answer.response.headers.get("ETag") ?? "";
}

/** The header of an act over exactly that version. */
export function ifMatch(etag: string): { "If-Match": string } {
  return { "If-Match": etag };
}
