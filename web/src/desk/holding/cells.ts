/** What stands in a column of a queue, as text; the names of people stay out, so that it may leave as a file. */
import { ago } from "../shell/times";
import { clockOf, termOf } from "./clock";
import type { QueueItem } from "./types";
import { levelOf, shortOf, textOf } from "./values";
import { codes, named, work } from "./words/index.svelte";

export function textIn(row: QueueItem, column: string): string {
  const w = work.now;
  const sheet = row.sheet as Record<string, unknown>;
  switch (column) {
    case "clock":
      return [clockOf(row).text, termOf(row)?.text].filter(Boolean).join(" · ");
    case "priority":
      return row.urgency === 0 || levelOf(row.priority) === "urgent" ? w.urgent : w.routine;
    case "folio":
      return row.folio;
    case "case":
      return row.case_number ?? "—";
    case "agency":
      return row.entity ? `${row.agency} · ${row.entity}` : row.agency;
    case "order":
      return textOf(row.order) || "—";
    case "item":
      return itemOf(row);
    case "caliber":
      return shortOf(sheet["b10"] ?? sheet["5e"]) || "—";
    case "physical":
      return named(w.physical, row.physical);
    case "seals":
      return row.packages.map((one) => one.seal ?? one.label ?? "").filter(Boolean).join(", ") || "—";
    case "holder":
      return row.holder ?? w.nobody;
    case "stage":
      return named(w.stage, row.stage);
    case "age":
      return ago(row.queued_at);
    case "serial":
      return textOf(sheet["5a"] ?? sheet["b14"]) || "—";
    case "make":
      return [shortOf(sheet["5c"] ?? sheet["b15"]), shortOf(sheet["5f"] ?? sheet["b16"])].filter(Boolean).join(" ") || "—";
    case "missing":
      return row.missing.join(", ");
    case "duplicate":
      return row.duplicates_open ? String(row.duplicates_open) : "—";
    case "trace":
      return row.trace?.etrace_number ?? "—";
    case "readback":
      if (row.notices_open) return w.readback.corrected;
      if (row.read_back !== null) return row.read_back ? w.readback.equal : w.readback.differs;
      return row.trace ? w.readback.missing : "—";
    default:
      return "—";
  }
}

function itemOf(row: QueueItem): string {
  const item = row.item as { number?: string; kind?: string; quantity?: { n: number; exact: boolean } };
  const many = item.quantity && item.quantity.n > 1 ? ` × ${textOf(item.quantity)}` : "";
  return `${item.number ?? "?"} · ${named(codes.now.kind, item.kind)}${many}`;
}
