/** A PDF made by the service: its custody entry is written before the bytes come; here it is saved as a file. */
import { problemOf } from "../../lib/problems";

export async function print(path: string, body: Record<string, unknown>): Promise<void> {
  const answer = await fetch(`/api/v1${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Requested-With": "casquillo" },
    credentials: "same-origin",
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw await problemOf(answer);
  const url = URL.createObjectURL(await answer.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1] ?? "casquillo.pdf";
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
