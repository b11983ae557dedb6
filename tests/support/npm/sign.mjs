// Signs like a sender that uses the reference library. Reads one JSON line per message, {secret, id, timestamp, body}, and
// answers each with one line: its signature.
import { createInterface } from "node:readline";
import { Webhook } from "standardwebhooks";

for await (const line of createInterface({ input: process.stdin })) {
  const { secret, id, timestamp, body } = JSON.parse(line);
  console.log(new Webhook(secret).sign(id, new Date(timestamp * 1000), body));
}
