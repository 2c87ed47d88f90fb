/** For which agency a partner's supervisor acts: kept in memory only, so that a new page begins at home. */
export interface Host {
  id: string;
  name: string;
}

/** What concerns captures goes in the agency's name; session, feed and the own agreements never do. */
const IN_ITS_NAME = ["/api/v1/captures/", "/api/v1/submissions/", "/api/v1/review", "/api/v1/duplicates"];

class Acting {
  host = $state.raw<Host | null>(null);

  /** The request as it is sent: with the agency's id where it is in its name. */
  named(request: Request): Request {
    const path = new URL(request.url, location.href).pathname;
    if (!this.host || !IN_ITS_NAME.some((one) => path.startsWith(one))) return request;
    const headers = new Headers(request.headers);
    headers.set("X-Casquillo-For", this.host.id);
    return new Request(request, { headers });
  }
}

export const acting = new Acting();
