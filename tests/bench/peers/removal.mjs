// The five steps of one approved removal, against the same vendors and with the same checks as ours: validate, revoke (look,
// remove, look), record, ticket, confirm. Three SQL statements a job beside the queue's own, each prepared. What ours has and
// this has not: an intent before the call and a journal row for each step, fencing, duplicates told apart, guards.
import { randomUUID } from "node:crypto";
import { Pool } from "undici";
import { keyOf, sign } from "./signature.mjs";

const VALIDATE = `select 1 from seat where app = $1 and seat = $2 and state = 'flagged' and flag_epoch = $3`;
const RECORD = `with removed as (update seat set state = 'removed' where app = $1 and seat = $2 and flag_epoch = $3 returning 1)
  insert into audit (approval_id, event, app, seat, subject, approver, requester, detail)
  select $4, 'removed', $1, $2, $5, $6, $7, $8 from removed`;
const CONFIRMED = `insert into audit (approval_id, event, app, seat, detail) values ($1, 'confirmed', $2, $3, $4)`;

const TICKET = `mutation DeprovisionTicketCreate($input: IssueCreateInput!) {
  issueCreate(input: $input) { success issue { id identifier url title } }
}`;

export function removalOf(config, db, inFlight) {
  const key = keyOf(config.secret);
  // One kept-alive connection for each job in flight, as many as our own worker may open.
  const vendors = new Pool(config.vendors, { connections: inFlight, pipelining: 1 });
  const okta = { authorization: `SSWS ${config.okta_token}`, accept: "application/json" };
  const linear = { authorization: config.linear_key, "content-type": "application/json" };

  async function call(method, path, headers, body) {
    const answer = await vendors.request({ method, path, headers, body });
    return { status: answer.statusCode, text: await answer.body.text() };
  }

  async function expect(what, status, answer) {
    if (answer.status !== status) throw new Error(`${what}: ${answer.status} ${answer.text}`);
    return answer.text === "" ? null : JSON.parse(answer.text);
  }

  return async function perform({ body }) {
    const { data } = JSON.parse(body);
    const { approval_id, app, seat, subject, approver, requester, flag_epoch } = data;
    if (approver === subject || Date.parse(data.expires_at) < Date.now()) throw new Error(`${approval_id} is not good`);
    const flagged = await db.query({ name: "validate", text: VALIDATE, values: [app, seat, flag_epoch] });
    if (flagged.rowCount !== 1) throw new Error(`${seat} is not flagged any more`);

    const path = `/api/v1/apps/${encodeURIComponent(app)}/users/${encodeURIComponent(subject)}`;
    const held = await expect("look", 200, await call("GET", path, okta));
    if (held.id !== subject || held.scope !== "USER") throw new Error(`${seat} is not assigned directly`);
    await expect("remove", 204, await call("DELETE", `${path}?sendEmail=false`, okta));
    const gone = await expect("look again", 404, await call("GET", path, okta));
    if (gone.errorCode !== "E0000007") throw new Error(`${seat} is still there`);
    const recorded = await db.query({
      name: "record",
      text: RECORD,
      values: [app, seat, flag_epoch, approval_id, subject, approver, requester, JSON.stringify({ assignment: held.scope, status: 204 })],
    });
    if (recorded.rowCount !== 1) throw new Error(`${seat} is not ours to record`);

    const input = {
      id: randomUUID(), teamId: config.team, title: `Clean up after ${seat} in ${app}`,
      description: `The seat ${seat} of ${subject} was removed.\n\n` +
        `* approved by: ${approver}\n* requested by: ${requester}\n* reason: ${data.reason}`,
    };
    const made = await expect("ticket", 200, await call("POST", "/graphql", linear,
      JSON.stringify({ query: TICKET, variables: { input } })));
    const issue = made.data?.issueCreate?.issue;
    if (!issue) throw new Error(`no ticket: ${JSON.stringify(made)}`);

    const id = `msg_${approval_id}`;
    const timestamp = String(Math.floor(Date.now() / 1000));
    const message = JSON.stringify({
      type: "seat.removal.completed", timestamp: new Date().toISOString(),
      data: { approval_id, app, seat, subject, approver, outcome: "removed", ticket: { identifier: issue.identifier, url: issue.url } },
    });
    const told = await call("POST", config.confirm_path, {
      "content-type": "application/json", "webhook-id": id, "webhook-timestamp": timestamp,
      "webhook-signature": sign(key, id, timestamp, message),
    }, message);
    if (told.status < 200 || told.status > 299) throw new Error(`confirm: ${told.status} ${told.text}`);
    await db.query({ name: "confirmed", text: CONFIRMED, values: [approval_id, app, seat, JSON.stringify({ ticket: issue.identifier })] });
  };
}
