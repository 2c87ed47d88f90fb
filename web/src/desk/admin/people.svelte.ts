/** The organisation's people, fetched once for every screen that names somebody. */
import type { components } from "../../lib/api-types";
import { bodyOf } from "../../lib/api";
import { api } from "../shell/session.svelte";
import { Fetched } from "./fetched.svelte";

export type Member = components["schemas"]["MemberAnswer"];
export type Link = components["schemas"]["LinkAnswer"];

const PAGE = 200;

/** All of them, page by page; `q` is part of a name or code. */
async function everyone(q: string): Promise<Member[]> {
  const found: Member[] = [];
  let cursor: string | null = null;
  do {
    const query: { limit: number; cursor?: string; q?: string } = { limit: PAGE, ...(cursor ? { cursor } : {}), ...(q ? { q } : {}) };
    const page: components["schemas"]["PeopleAnswer"] = bodyOf(await api.GET("/api/v1/people", { params: { query } }));
    found.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return found;
}

export class People extends Fetched<Member[]> {
  sought = $state("");

  constructor() {
    super(() => everyone(this.sought.trim()));
  }

  get rows(): Member[] {
    return this.data ?? [];
  }

  nameOf(id: string | null | undefined): string {
    return this.rows.find((one) => one.person_id === id)?.name ?? "—";
  }

  /** Those who hold a role now. */
  holding(role: string): Member[] {
    return this.rows.filter((one) => one.roles.some((held) => held.role === role && Date.parse(held.valid_from) <= Date.now()));
  }
}

/** The page at which a one-time link is taken up. */
export function addressOfLink(token: string): string {
  return `${location.origin}/desk#/welcome/${token}`;
}
