/** Printed sheets: the service keeps who printed what, then answers the file, which is saved here under its own name. */

/** Saves the PDF of an answer that was read as a blob. */
export function savePdf({ data, response }: { data?: unknown; response: Response }): void {
  const name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1] ?? "casquillo.pdf";
  const link = document.createElement("a");
  link.href = URL.createObjectURL(data as Blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
