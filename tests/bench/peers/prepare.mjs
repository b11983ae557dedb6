// node prepare.mjs CONFIG [COUNT FIRST]   without COUNT: the queue's schema. With it: as many approvals, from seat FIRST on,
// recorded as the receiver records them.
import { readFileSync } from "node:fs";

const BATCH = 500;
const config = JSON.parse(readFileSync(process.argv[2]));
const [count, first] = process.argv.slice(3).map(Number);
const { migrate, openQueue } = await import(`./${config.queue}.mjs`);

function approval(i) {
  const now = Date.now();
  return JSON.stringify({
    data: {
      approval_id: `apr_bench_${i}`, app: config.app, flag_epoch: 1, approver: "it.lead@example.com", requester: "finops@example.com",
      reason: "not used for 90 days", approved_at: new Date(now).toISOString(), expires_at: new Date(now + 86_400_000).toISOString(),
      seat: `s${i}`, subject: `u${i}`,
    },
    type: "seat.removal.approved", timestamp: new Date(now).toISOString(),
  });
}

if (count === undefined) {
  await migrate(config);
} else {
  const queue = await openQueue(config, { pool: 1 });
  for (let i = first; i < first + count; i += BATCH) {
    const size = Math.min(BATCH, first + count - i);
    await queue.insert(Array.from({ length: size }, (_, n) => ({ delivery: `msg_bench_${i + n}`, body: approval(i + n) })));
  }
}
process.exit(0);
