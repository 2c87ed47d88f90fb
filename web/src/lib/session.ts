/** A person's session: password and TOTP. Sending needs none of this; enrolling and reading do. */
import { type Api, bodyOf } from "./api";
import type { components } from "./api-types";
import { ProblemError } from "./problems";

export type WhoAmI = components["schemas"]["SessionAnswer"];

export interface SignIn {
  username: string;
  password: string;
  totp: string;
}

/** `ProblemError` for wrong credentials, a locked account, or too many tries. */
export async function signIn(api: Api, body: SignIn): Promise<WhoAmI> {
  return bodyOf(await api.POST("/api/v1/session", { body }));
}

/** Who is signed in here; null for nobody. */
export async function whoAmI(api: Api): Promise<WhoAmI | null> {
  try {
    return bodyOf(await api.GET("/api/v1/session"));
  } catch (error) {
    if (error instanceof ProblemError && error.status === 401) return null;
    throw error;
  }
}

export async function signOut(api: Api): Promise<void> {
  await api.DELETE("/api/v1/session");
}
