// Standard Webhooks with node:crypto, both ways. The key is prepared once.
import { createHmac, createSecretKey, timingSafeEqual } from "node:crypto";

const TOLERANCE_S = 300;

export function keyOf(secret) {
  return createSecretKey(Buffer.from(secret.replace(/^whsec_/, ""), "base64"));
}

function mac(key, id, timestamp, body) {
  return createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
}

export function sign(key, id, timestamp, body) {
  return `v1,${mac(key, id, timestamp, body).toString("base64")}`;
}

export function isGenuine(key, headers, body) {
  const id = headers["webhook-id"];
  const timestamp = headers["webhook-timestamp"];
  if (!id || !/^\d+$/.test(timestamp ?? "") || Math.abs(Date.now() / 1000 - timestamp) > TOLERANCE_S) return false;
  const expected = mac(key, id, timestamp, body);
  return (headers["webhook-signature"] ?? "").split(" ").some((each) => {
    const given = each.startsWith("v1,") ? Buffer.from(each.slice(3), "base64") : null;
    return given?.length === expected.length && timingSafeEqual(given, expected);
  });
}
