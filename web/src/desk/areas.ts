/** The desk's areas. Each is a folder with one component, fetched when first opened; add a line here for a new one. */
import type { Component } from "svelte";
import type { IconName } from "../lib/ui/icons";
import type { ShellWords } from "./words/index.svelte";

/** The service's roles (`evidence/domain/roles.py`). */
export type Role =
  | "officer"
  | "supervisor"
  | "manager"
  | "receiver"
  | "examiner"
  | "trace_analyst"
  | "prosecutor"
  | "auditor"
  | "administrator";

/** `path` is what stands behind the area's name in the address: `#/review/<id>` gives `["<id>"]`. */
export interface AreaProps {
  path: string[];
}

export interface Area {
  /** Its place in the address and its word in `words.areas`. */
  id: keyof ShellWords["areas"];
  icon: IconName;
  /** Anyone with one of these sees it; the service decides again on every request. */
  roles: readonly Role[];
  /** Kinds of organisation; none named means any. */
  kinds?: readonly ("agency" | "laboratory" | "desk" | "partner")[];
  load: () => Promise<{ default: Component<AreaProps> }>;
}

export const AREAS: readonly Area[] = [
  { id: "review", icon: "shield", roles: ["supervisor"], load: () => import("./review/Review.svelte") },
  {
    id: "lab",
    icon: "cartridge_case",
    roles: ["manager", "receiver", "examiner"],
    kinds: ["laboratory"],
    load: () => import("./lab/Lab.svelte"),
  },
  {
    id: "trace",
    icon: "paper",
    roles: ["manager", "trace_analyst"],
    kinds: ["desk"],
    load: () => import("./trace/Trace.svelte"),
  },
  { id: "cases", icon: "paper", roles: ["prosecutor"], load: () => import("./cases/Cases.svelte") },
  { id: "audit", icon: "seal", roles: ["auditor"], load: () => import("./audit/Audit.svelte") },
  { id: "notices", icon: "alert", roles: ["supervisor", "prosecutor"], load: () => import("./notices/Notices.svelte") },
  { id: "admin", icon: "gear", roles: ["administrator", "supervisor"], load: () => import("./admin/Admin.svelte") },
  {
    id: "boards",
    icon: "info",
    roles: ["supervisor", "manager", "auditor", "administrator"],
    load: () => import("./boards/Boards.svelte"),
  },
];

/** The areas of a person, in order; the first is where they begin. */
export function areasFor(roles: readonly string[], kind: string): Area[] {
  return AREAS.filter(
    (area) =>
      area.roles.some((role) => roles.includes(role)) && (!area.kinds || area.kinds.some((one) => one === kind)),
  );
}
