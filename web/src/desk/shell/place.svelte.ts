/** Where the desk stands, kept in the address behind `#`: `#/review/<id>`. Back and forward work by themselves. */

class Place {
  area = $state("");
  path = $state.raw<string[]>([]);

  constructor() {
    this.read();
    addEventListener("hashchange", () => this.read());
  }

  read(): void {
    const [area = "", ...path] = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
    this.area = area;
    this.path = path.filter(Boolean);
  }

  go(area: string, ...path: string[]): void {
    location.hash = addressOf(area, ...path);
    this.read();
  }
}

export function addressOf(area: string, ...path: string[]): string {
  return `#/${[area, ...path].map(encodeURIComponent).join("/")}`;
}

export const place = new Place();
