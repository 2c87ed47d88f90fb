/** Short names for the parts of a manifest; their form is that of openapi/schemas, generated at build. */
import type { components } from "./schema-types";

type Schemas = components["schemas"];

export type CustodyEntry = Schemas["custody-entry-1"];
export type LogKeyAdded = Schemas["custody-details-1.log.key_added"];
export type Manifest = Schemas["manifest-1"];
export type Recovery = Schemas["manifest-1.recovery"];
export type Item = Schemas["manifest-1.item"];
export type ItemKind = Item["kind"];
export type Serial = Schemas["manifest-1.serial"];
export type SerialStatus = Serial["status"];
export type SerialReading = NonNullable<Serial["readings"]>[number];
export type AsFound = Schemas["manifest-1.as_found"];
export type MakeSafe = Schemas["manifest-1.make_safe"];
export type Package = Schemas["manifest-1.package"];
export type Media = Schemas["manifest-1.media"];
export type View = Schemas["manifest-1.view"];
export type Source = Media["source"];
export type Position = Schemas["manifest-1.position"];
export type Reply = Schemas["manifest-1.reply"];
export type Deferred = Schemas["manifest-1.deferred"];
export type NoMedia = Schemas["manifest-1.no_media"];
export type Capacity = Manifest["capacity"];
export type Person = Schemas["common-1.person"];
export type Tri = Schemas["common-1.tri"];
export type Unlock = Schemas["common-1.unlock"];
export type Clock = Schemas["common-1.clock"];
export type StorageAnswer = Schemas["common-1.storage"];
export type PublicJwk = Schemas["common-1.public_jwk"];

export type Statement = Schemas["statement-1"];
export type Discard = Schemas["statement-1.discard"];
export type MediaLost = Schemas["statement-1.media_lost"];
export type Cosign = Schemas["statement-1.cosign"];
export type Closing = Schemas["statement-1.closing"];
export type Enrolment = Schemas["enrolment-1"];
export type DeviceSession = Schemas["device-session-1"];
export type Heartbeat = Schemas["device-session-1.heartbeat"];
export type Receipt = Schemas["receipt-1"];
