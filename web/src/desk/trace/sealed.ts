/** Parts VI to VIII as they were opened: the form's code to its text. Kept in memory, and gone with the page. */
export type SealedLines = Record<string, string>;
