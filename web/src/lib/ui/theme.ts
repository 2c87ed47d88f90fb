/** The three grounds: dark, red on black for the night, and full sun. */
export type Theme = "dark" | "night" | "sun";

export const THEMES: readonly Theme[] = ["dark", "night", "sun"];

const BAR: Record<Theme, string> = { dark: "#0b0d0e", night: "#000000", sun: "#ffffff" };

/** Puts the theme on the page, and its ground on the browser's own bar. */
export function wear(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  document.querySelector('meta[name="theme-color"]')?.setAttribute("content", BAR[theme]);
}
