// Runs a recipe of docs/SENDERS.md where its tool would run it, with that tool's objects played, and prints the request it makes.
// stdin: {"tool": "n8n" | "servicenow", "code": ..., "text_key": ...}
'use strict';
const crypto = require('crypto');
const {tool, code, text_key} = JSON.parse(require('fs').readFileSync(0, 'utf8'));

const hmac = (key, content) => crypto.createHmac('sha256', key).update(content, 'utf8').digest('base64');

function n8n() {
  const seat = {email: 'ada@example.com', subject: '00u1ada', flag_epoch: 1, approver: 'it.lead@example.com'};
  const now = {toISO: () => new Date().toISOString()};
  const {json} = new Function('$json', '$execution', '$now', code)(seat, {id: '8412'}, now);
  return {body: json.body, headers: {'content-type': 'application/json', 'webhook-id': json.id, 'webhook-timestamp': json.timestamp,
                                     'webhook-signature': 'v1,' + hmac(text_key, json.content)}};
}

function servicenow() {
  const sent = {headers: {}};
  const item = {number: 'RITM0010023', u_app: 'figma', u_seat: 'ada@example.com', u_subject: '00u1ada', u_flag_epoch: '1'};
  const world = {
    current: {getUniqueValue: () => 'a8f2c7e01b2d4110f5a8ed35464bcb11', approver: {email: 'it.lead@example.com'},
              sysapproval: {getRefRecord: () => item}},
    gs: {getProperty: () => 'whsec_' + Buffer.from(text_key).toString('base64')},
    GlideDateTime: class {
      constructor() { this.at = new Date(); }
      getNumericValue() { return this.at.getTime(); }
      getValue() { return this.at.toISOString().slice(0, 19).replace('T', ' '); }
    },
    GlideCertificateEncryption: class {
      generateMac(key, algorithm, content) {
        if (algorithm !== 'HmacSHA256') throw new Error('no algorithm ' + algorithm);
        return hmac(Buffer.from(key, 'base64'), content);
      }
    },
    sn_ws: {RESTMessageV2: class {
      setEndpoint() {}
      setHttpMethod(method) { sent.method = method; }
      setRequestHeader(name, value) { sent.headers[name.toLowerCase()] = value; }
      setRequestBody(body) { sent.body = body; }
      executeAsync() { sent.done = true; }
    }},
  };
  new Function(...Object.keys(world), code)(...Object.values(world));
  if (!sent.done || sent.method !== 'post') throw new Error('nothing was posted');
  return sent;
}

console.log(JSON.stringify({n8n, servicenow}[tool]()));
