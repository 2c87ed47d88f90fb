/** The codes that a phone offers: usual makers and calibers in Mexico, ours and NCIC's; anything else is free text. */
export interface Make {
  code: string;
  name: string;
  /** Null where guns of this name come from several countries. */
  country: string | null;
}

const make = (code: string, name: string, country: string | null): Make => ({ code, name, country });

/** The commonest first: they are the chips. */
export const MAKES: readonly Make[] = [
  make("GLC", "Glock", "AT"),
  make("TAS", "Taurus", "BR"),
  make("CLT", "Colt", "US"),
  make("SW", "Smith & Wesson", "US"),
  make("BER", "Beretta", "IT"),
  make("SR", "Ruger", "US"),
  make("RMC", "Romarm/Cugir", "RO"),
  make("SIG", "SIG Sauer", null),
  make("GLD", "Glock Inc. (Smyrna)", "US"),
  make("BRT", "Barrett", "US"),
  make("CAI", "Century Arms", "US"),
  make("CIA", "Century International Arms", "US"),
  make("FNB", "FN Herstal", "BE"),
  make("FNH", "FNH USA", "US"),
  make("BRO", "Browning", "US"),
  make("MOS", "Mossberg", "US"),
  make("MRM", "Maverick Arms", "US"),
  make("ADM", "Anderson", "US"),
  make("DLN", "Del-Ton", "US"),
  make("PAA", "Palmetto State Armory", "US"),
  make("DPM", "DPMS Panther Arms", "US"),
  make("KTC", "Kel-Tec", "US"),
  make("HIH", "Hi-Point", "US"),
  make("HEC", "Heckler & Koch", "DE"),
  make("IZH", "Izhevsk (Saiga)", "RU"),
  make("NON", "Norinco", "CN"),
  make("ZAS", "Zastava", "RS"),
  make("PIA", "Pioneer Arms (Radom)", "PL"),
  make("IMI", "Israel Military Industries", "IL"),
  make("WAL", "Walther", "DE"),
  make("WIN", "Winchester", "US"),
  make("REM", "Remington", "US"),
  make("MAR", "Marlin", "US"),
  make("SAV", "Savage", "US"),
  make("MDZ", "Mendoza", "MX"),
  make("OBR", "Obregón", "MX"),
  make("POR", "Polymer80", "US"),
];

/** NCIC's code of an unknown maker, which is not accepted for recovered guns. */
const UNKNOWN_MAKER = "ZZZ";

const fold = (text: string): string =>
  text
    .normalize("NFKD")
    .toUpperCase()
    .replace(/[^\p{L}\p{N}]/gu, "");

const BY_NAME = new Map(MAKES.flatMap((one) => [one.code, one.name].map((name) => [fold(name), one])));

export function countryOfMake(text: string | null): string | null {
  return text === null ? null : (BY_NAME.get(fold(text))?.country ?? null);
}

export function isKnownMake(text: string): boolean {
  return fold(text) !== UNKNOWN_MAKER;
}

export interface Caliber {
  id: string;
  label: string;
}

const caliber = (id: string, label: string): Caliber => ({ id, label });

export const CALIBERS: readonly Caliber[] = [
  caliber("9x19", "9 mm"),
  caliber("45acp", ".45"),
  caliber("223-556", ".223 / 5.56"),
  caliber("762x39", "7.62x39"),
  caliber("38super", ".38 Super"),
  caliber("380acp", ".380"),
  caliber("38special", ".38 Special"),
  caliber("22lr", ".22"),
  caliber("762", "7.62"),
  caliber("38", ".38"),
  caliber("12ga", "12"),
  caliber("40sw", ".40"),
  caliber("57x28", "5.7x28"),
  caliber("308win", ".308"),
  caliber("50bmg", ".50 BMG"),
  caliber("762x51", "7.62x51"),
  caliber("357mag", ".357"),
  caliber("32acp", ".32"),
  caliber("25acp", ".25"),
  caliber("10mm", "10 mm"),
  caliber("44mag", ".44"),
  caliber("30-06", ".30-06"),
  caliber("30-30", ".30-30"),
  caliber("410", ".410"),
  caliber("40x46", "40 mm"),
];
