/** The 32 entities as squares on a grid of our own: neighbours stay neighbours as far as squares allow. */
export interface Tile {
  /** INEGI code. */
  entity: string;
  short: string;
  x: number;
  y: number;
}

const ROWS: readonly (readonly [x: number, y: number, entity: string, short: string])[] = [
  [0, 0, "02", "BC"],
  [1, 0, "26", "Son"],
  [2, 0, "08", "Chih"],
  [3, 0, "05", "Coah"],
  [4, 0, "19", "NL"],
  [5, 0, "28", "Tamps"],
  [0, 1, "03", "BCS"],
  [1, 1, "25", "Sin"],
  [2, 1, "10", "Dgo"],
  [3, 1, "32", "Zac"],
  [4, 1, "24", "SLP"],
  [1, 2, "18", "Nay"],
  [2, 2, "01", "Ags"],
  [3, 2, "11", "Gto"],
  [4, 2, "22", "Qro"],
  [5, 2, "13", "Hgo"],
  [6, 2, "30", "Ver"],
  [1, 3, "14", "Jal"],
  [2, 3, "16", "Mich"],
  [3, 3, "15", "Méx"],
  [4, 3, "09", "CDMX"],
  [5, 3, "29", "Tlax"],
  [6, 3, "21", "Pue"],
  [9, 3, "31", "Yuc"],
  [10, 3, "23", "QRoo"],
  [1, 4, "06", "Col"],
  [3, 4, "12", "Gro"],
  [4, 4, "17", "Mor"],
  [5, 4, "20", "Oax"],
  [7, 4, "27", "Tab"],
  [8, 4, "04", "Camp"],
  [7, 5, "07", "Chis"],
];

export const TILES: readonly Tile[] = ROWS.map(([x, y, entity, short]) => ({ entity, short, x, y }));
export const WIDE = 11;
export const HIGH = 6;
