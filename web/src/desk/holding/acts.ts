/** What holders do with a request, whichever destination it is. */
import { bodyOf } from "../../lib/api";
import { api } from "../shell/session.svelte";
import type { Colleague, Destination } from "./types";

const LEASE_S = 600;

/** Claims one request and takes it on at once; false when it is no longer free. */
export async function take(destination: Destination, submission_id: string): Promise<boolean> {
  const { items } = bodyOf(
    await api.POST("/api/v1/queues/{destination}/leases", {
      params: { path: { destination } },
      body: { limit: 1, seconds: LEASE_S, submission_id },
    }),
  );
  const claim = items[0];
  if (!claim) return false;
  const path = { lease_id: claim.lease_id };
  const body = { lease_token: claim.lease_token };
  try {
    await api.POST("/api/v1/leases/{lease_id}/acknowledge", { params: { path }, body });
  } catch (error) {
    // A desk answers its duplicate cards before: what can't be taken on goes back for others.
    await api.POST("/api/v1/leases/{lease_id}/release", { params: { path }, body });
    throw error;
  }
  return true;
}

export async function colleagues(): Promise<Colleague[]> {
  return bodyOf(await api.GET("/api/v1/colleagues")).items;
}
