/** Passkeys between the service's JSON and the browser's bytes. */
import type { components } from "../../lib/api-types";
import { b64url, fromB64url } from "../../lib/bytes";

type Made = components["schemas"]["MadeCredential"];
type Shown = components["schemas"]["ShownCredential"];

/** The person or the device said no, or there was nothing to choose: browsers don't say which. */
export class PasskeyGivenUp extends Error {
  constructor(readonly code: "given_up" | "known_already" | "not_here" = "given_up") {
    super(code);
  }
}

export const canPasskey = (): boolean => typeof PublicKeyCredential === "function";

export async function makePasskey(offered: Record<string, unknown>): Promise<Made> {
  const options = offered as unknown as PublicKeyCredentialCreationOptionsJSON;
  const made = await asked(
    navigator.credentials.create({
      publicKey: {
        ...(options as unknown as PublicKeyCredentialCreationOptions),
        challenge: fromB64url(options.challenge),
        user: { ...options.user, id: fromB64url(options.user.id) },
        excludeCredentials: described(options.excludeCredentials),
      },
    }),
  );
  const response = made.response as AuthenticatorAttestationResponse;
  return {
    ...named(made),
    response: {
      clientDataJSON: text(response.clientDataJSON),
      attestationObject: text(response.attestationObject),
      transports: response.getTransports?.() ?? [],
    },
  };
}

export async function showPasskey(wanted: Record<string, unknown>): Promise<Shown> {
  const options = wanted as unknown as PublicKeyCredentialRequestOptionsJSON;
  const shown = await asked(
    navigator.credentials.get({
      publicKey: {
        ...(options as unknown as PublicKeyCredentialRequestOptions),
        challenge: fromB64url(options.challenge),
        allowCredentials: described(options.allowCredentials),
      },
    }),
  );
  const response = shown.response as AuthenticatorAssertionResponse;
  return {
    ...named(shown),
    response: {
      clientDataJSON: text(response.clientDataJSON),
      authenticatorData: text(response.authenticatorData),
      signature: text(response.signature),
      userHandle: response.userHandle ? text(response.userHandle) : null,
    },
  };
}

const text = (bytes: ArrayBuffer): string => b64url(new Uint8Array(bytes));

const named = (one: PublicKeyCredential) => ({ id: one.id, rawId: text(one.rawId), type: "public-key" as const });

function described(list: PublicKeyCredentialDescriptorJSON[] | undefined): PublicKeyCredentialDescriptor[] {
  return (list ?? []).map((one) => ({
    type: "public-key",
    id: fromB64url(one.id),
    ...(one.transports ? { transports: one.transports as AuthenticatorTransport[] } : {}),
  }));
}

async function asked(asking: Promise<Credential | null>): Promise<PublicKeyCredential> {
  try {
    const found = await asking;
    if (found) return found as PublicKeyCredential;
  } catch (error) {
    if (error instanceof DOMException && error.name === "InvalidStateError") throw new PasskeyGivenUp("known_already");
    if (error instanceof DOMException && error.name === "SecurityError") throw new PasskeyGivenUp("not_here");
    if (!(error instanceof DOMException)) throw error;
  }
  throw new PasskeyGivenUp();
}
