// pg-boss: batches by several workers in one process, burst mode, and LISTEN/NOTIFY where waiting matters.
import { PgBoss } from "pg-boss";

const QUEUE = "removal";
const BATCH = 50;

async function open(config, pool, more) {
  const boss = new PgBoss({ connectionString: config.database, max: pool, useListenNotify: config.notify, schedule: false, ...more });
  boss.on("error", (error) => console.error(error.message));
  await boss.start();
  if (more.migrate === false) await boss.updateQueue(QUEUE, { notify: config.notify });
  return boss;
}

export async function migrate(config) {
  const boss = await open(config, 2, {});
  await boss.createQueue(QUEUE, { retryLimit: 2, expireInSeconds: 900 });
  await boss.stop({ graceful: false });
}

export async function openQueue(config, { pool }) {
  const boss = await open(config, pool, { supervise: false, migrate: false });
  return { insert: (jobs) => boss.insert(QUEUE, jobs.map((data) => ({ data }))) };
}

export async function work(config, inFlight, perform) {
  const boss = await open(config, 10, { migrate: false });
  const size = Math.min(BATCH, inFlight);
  await boss.work(QUEUE, {
    localConcurrency: Math.ceil(inFlight / size),
    batchSize: size,
    burstWhenBatchFull: true,
    pollingIntervalSeconds: 0.5,
    perJobResults: true,
  }, (jobs) => Promise.all(jobs.map(async ({ id, data }) => {
    try {
      await perform(data);
      return { id, status: "completed" };
    } catch (error) {
      return { id, status: "failed", output: { message: error.message } };
    }
  })));
}
