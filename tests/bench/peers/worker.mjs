// node worker.mjs CONFIG IN_FLIGHT   a peer's worker.
import { readFileSync } from "node:fs";
import pg from "pg";
import { removalOf } from "./removal.mjs";

const config = JSON.parse(readFileSync(process.argv[2]));
const inFlight = Number(process.argv[3]);
const { work } = await import(`./${config.queue}.mjs`);
// For the steps; the queue has connections of its own. More than a few dozen only make a small PostgreSQL switch between them.
const db = new pg.Pool({ connectionString: config.database, max: Math.min(inFlight, 32) });
const removal = removalOf(config, db, inFlight);
await work(config, inFlight, async (job) => {
  try {
    await removal(job);
  } catch (error) {
    console.error(error.message);
    throw error;
  }
});
console.log(JSON.stringify({ event: "worker_started" }));
process.on("SIGTERM", () => process.exit(0));
