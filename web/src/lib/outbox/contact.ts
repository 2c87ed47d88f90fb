/** A phone's bearer for 15 minutes: challenge, signed nonce, and the heartbeat that travels with it. */
import { type Api, JOSE, bodyOf } from "../api";
import { canonical } from "../canonical";
import { type Offset, clockNow, offsetOf, rfc3339 } from "../clock";
import { keepRules, setEnrolmentState } from "../enrol";
import { signJws } from "../jws";
import { audience } from "../manifest";
import { ProblemError } from "../problems";
import type { DeviceSession, Heartbeat } from "../schema";
import { storageAnswer, unsent } from "../storage";
import { type EnrolmentRow, type Store, keepSetting, setting } from "../store";

/** Renewed this long before it ends. Milliseconds. */
const MARGIN = 60_000;

interface Bearer {
  token: string;
  until: number;
}

/** One page's contact with the service, for every enrolment on the phone. Bearers live in memory only. */
export class Contact {
  private readonly bearers = new Map<string, Bearer>();

  constructor(
    private readonly store: Store,
    private readonly api: Api,
  ) {}

  /** Headers for a request of this enrolment; a new session where none is good any more. */
  async auth(enrolment: EnrolmentRow): Promise<{ Authorization: string }> {
    return { Authorization: `Bearer ${await this.bearer(enrolment)}` };
  }

  async bearer(enrolment: EnrolmentRow): Promise<string> {
    const known = this.bearers.get(enrolment.device_id);
    if (known && known.until - MARGIN > Date.now()) return known.token;
    const fresh = await this.open(enrolment);
    this.bearers.set(enrolment.device_id, fresh);
    return fresh.token;
  }

  /** Runs `act`; where the service no longer knows the bearer, once more with a new one. */
  async as<T>(enrolment: EnrolmentRow, act: (auth: { Authorization: string }) => Promise<T>): Promise<T> {
    try {
      return await act(await this.auth(enrolment));
    } catch (error) {
      if (!(error instanceof ProblemError) || error.status !== 401 || error.code === "device_unknown") throw error;
      this.bearers.delete(enrolment.device_id);
      return act(await this.auth(enrolment));
    }
  }

  private async open(enrolment: EnrolmentRow): Promise<Bearer> {
    const params = { path: { device_id: enrolment.device_id } };
    const { nonce } = bodyOf(await this.api.POST("/api/v1/devices/{device_id}/challenge", { params }));
    const payload: DeviceSession = {
      v: 1,
      aud: audience(enrolment.pinned.service_id),
      nonce,
      device_id: enrolment.device_id,
      heartbeat: await this.heartbeat(enrolment.device_id),
    };
    const jws = await signJws(enrolment.key, "device-session+jws", enrolment.device_id, canonical(payload));
    const asked = Date.now();
    const answer = bodyOf(
      await this.api.POST("/api/v1/devices/{device_id}/session", { params, body: jws, ...JOSE }),
    );
    const offset = offsetOf(answer.server_time, asked, Date.now());
    await keepSetting(this.store, "offset", offset);
    await keepRules(this.store, enrolment.device_id, answer.agency);
    if (enrolment.state === "pending") await setEnrolmentState(this.store, enrolment.device_id, "active"); // let in
    // By our own clock: the service's is only subtracted from itself.
    const life = Date.parse(answer.expires_at) - Date.parse(answer.server_time);
    return { token: answer.token, until: asked + life };
  }

  private async heartbeat(deviceId: string): Promise<Heartbeat> {
    const [row, waiting, storage, offset] = await Promise.all([
      this.store.get("enrolments", deviceId),
      unsent(this.store, deviceId),
      storageAnswer(),
      setting<Offset>(this.store, "offset"),
    ]);
    return {
      last_seq: row?.seq ?? 0,
      head: row?.head ?? null,
      unsent: waiting.count,
      oldest_unsent_at: waiting.oldest,
      storage,
      app: __BUILD__,
      at: rfc3339(Date.now()),
      clock: clockNow(offset ?? null),
    };
  }
}
