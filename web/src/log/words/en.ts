import type { LogWords } from "./es";

export const en: LogWords = {
  title: "The public log",
  verify_page: "Verify evidence",
  intro: [
    "Each act on a piece of evidence (captured, secured, approved, handed over, answered) is a custody entry. The hash of each entry is added to this log, which only grows: nothing can be changed, removed or put in between unseen.",
    "There are no names, photos, serial numbers or places here: only hashes. Whoever was given a receipt or a court bundle can prove by it that their entry is inside; whoever has only the log learns nothing about anyone.",
  ],
  present: "The present checkpoint",
  present_hint: "One signature over all entries there are. Two people who see the same root see the same history.",
  loading: "Loading…",
  unreachable: "No network, or the log is not open yet: the checkpoint could not be fetched.",
  again: "Fetch again",
  origin: "Name",
  size: "Entries",
  root: "Root (SHA-256, base64)",
  good: "The log's signature is valid",
  bad: (why) => `The signature does not hold (${why})`,
  witnesses: "Witnesses that signed it",
  no_witness: "None yet; within seconds",
  as_signed: "The signed text",
  keys: "Keys and policy",
  keys_hint:
    "The policy says whose keys count: the log's and its witnesses', and how many witnesses it takes. Keep it today, best by way of a witnessing institution: with it everything later is verified without asking us.",
  policy_file: "Download the policy",
  former: "Former logs",
  former_hint:
    "After a database is restored, a new log is opened that names the one before. The former stays at an address of its own.",
  monitor: "How to monitor it",
  monitor_steps: [
    "Keep a checkpoint. Later fetch the new one, and ask for the proof that the old one is its beginning: any client of “tlog-tiles” does that, Go's for example.",
    "If the proof does not hold, or two people see different roots at one size, the log has lied: the two signatures are the evidence of it.",
    "The data are fixed files: they can be copied whole and served from elsewhere.",
  ],
  addresses: "Addresses",
  address_rows: [
    ["/log/checkpoint", "the newest checkpoint, with its signatures"],
    ["/log/tile/<L>/<N>[.p/<W>]", "the tree's hashes, 256 a tile"],
    ["/log/tile/entries/<N>[.p/<W>]", "the hashes of entries, 32 bytes each"],
    ["/log/timestamp, /log/timestamped", "the last timestamp (RFC 3161) and the bytes that it is over, where there is an authority"],
    ["/log/policy", "the policy (C2SP tlog-policy)"],
    ["/log/keys", "the public keys, one a line"],
  ],
  witness: "How to witness it",
  witness_steps: [
    "A witness remembers what it saw last, and signs only what grew from there. A small computer that stays on is enough.",
    "casquillo witness --folder witness --name witness.example.org --port 9100",
    "Put the “log” lines of our policy into its file of logs, and send us the key that the program prints. Any other C2SP witness is as good.",
  ],
  formats:
    "Public formats of C2SP: signed-note, tlog-checkpoint, tlog-tiles, tlog-proof, tlog-witness, tlog-cosignature and tlog-policy; the Merkle tree of RFC 6962.",
};
