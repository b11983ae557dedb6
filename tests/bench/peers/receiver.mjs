// node receiver.mjs CONFIG INTAKE   a peer's receiver: verifies the signature over the raw bytes, records the job with a copy of the
// body, answers 202 after the commit. INTAKE: single (one commit a request) or batched.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Intake } from "./intake.mjs";
import { isGenuine, keyOf } from "./signature.mjs";

const BODY_BYTES_MAX = 65536;
const CONNECTIONS = 10; // to the database, of one commit a request; more do not help, commits with NOTIFY wait for each other

const config = JSON.parse(readFileSync(process.argv[2]));
const batched = process.argv[3] === "batched";
const { openQueue } = await import(`./${config.queue}.mjs`);
const queue = await openQueue(config, { pool: batched ? 2 : CONNECTIONS });
const intake = new Intake(queue.insert, batched ? { lanes: 2, size: 500 } : { lanes: CONNECTIONS, size: 1 });
const key = keyOf(config.secret);

function answer(to, status, body) {
  const text = JSON.stringify(body);
  to.writeHead(status, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) });
  to.end(text);
}

async function take(request, to, body) {
  if (!isGenuine(key, request.headers, body)) return answer(to, 401, { title: "Unauthorized" });
  const text = body.toString("utf8");
  let event;
  try {
    event = JSON.parse(text);
  } catch {
    return answer(to, 400, { title: "not JSON" });
  }
  const { approval_id, app, seat, subject, approver, flag_epoch } = event.data ?? {};
  if (event.type !== "seat.removal.approved" || !approval_id || !app || !seat || !subject || !approver || !flag_epoch)
    return answer(to, 422, { title: "fields are missing" });
  try {
    await intake.add({ delivery: request.headers["webhook-id"], body: text });
  } catch (error) {
    console.error(error.message);
    return answer(to, 503, { title: "not recorded" });
  }
  answer(to, 202, { approval_id });
}

const server = createServer({ keepAliveTimeout: 60_000, noDelay: true }, (request, to) => {
  if (request.url === "/commits") return answer(to, 200, { commits: intake.commits, approvals: intake.approvals });
  const chunks = [];
  let bytes = 0;
  request.on("data", (chunk) => {
    bytes += chunk.length;
    if (bytes <= BODY_BYTES_MAX) chunks.push(chunk);
  });
  request.on("end", () => {
    if (bytes > BODY_BYTES_MAX) return answer(to, 413, { title: "too large" });
    take(request, to, chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
  });
});
server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () =>
  console.log(JSON.stringify({ event: "receiver_started", port: server.address().port })));
process.on("SIGTERM", () => process.exit(0));
