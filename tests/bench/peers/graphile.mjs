// graphile-worker: https://worker.graphile.org/docs/performance, tuned as its own performance test is.
import { run, runMigrations } from "graphile-worker";
import pg from "pg";

const TASK = "removal";
const INSERT = `select count(*) from graphile_worker.add_jobs(array(
  select ('${TASK}', payload, null, null, null, null, null, null)::graphile_worker.job_spec from json_array_elements($1) as payload))`;

export async function migrate(config) {
  await runMigrations({ connectionString: config.database });
}

export async function openQueue(config, { pool }) {
  const db = new pg.Pool({ connectionString: config.database, max: pool });
  // One statement, prepared; addJobs() of the library would send every job back.
  return { insert: (jobs) => db.query({ name: "insert", text: INSERT, values: [JSON.stringify(jobs)] }) };
}

export async function work(config, inFlight, perform) {
  await run({
    preset: {
      worker: {
        connectionString: config.database,
        concurrentJobs: inFlight,
        maxPoolSize: 10,
        pollInterval: 2000,
        preparedStatements: true,
        // Takes and completes in batches. No refetchDelay: a single job is to be noticed at once.
        localQueue: { size: inFlight + 1 },
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
      },
    },
    noHandleSignals: true,
    taskList: { [TASK]: perform },
  });
}
