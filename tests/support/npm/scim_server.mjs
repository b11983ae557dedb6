// A SCIM 2.0 server in memory, made of scimmy: node scim_server.mjs. Prints its base URL; the token is "scim-token".
import crypto from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

function declare(Resource) {
  const rows = new Map();
  const find = (id) => {
    if (!rows.has(id)) throw new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
    return rows.get(id);
  };
  SCIMMY.Resources.declare(Resource, {
    egress: ({ id, filter }) => (id ? find(id) : filter ? filter.match([...rows.values()]) : [...rows.values()]),
    ingress: ({ id }, { schemas, ...data }) => {
      const now = new Date(), created = id ? find(id).meta.created : now;
      const row = { ...data, id: id ?? crypto.randomUUID(), meta: { created, lastModified: now } };
      rows.set(row.id, row);
      return row;
    },
    degress: ({ id }) => void (find(id), rows.delete(id)),
  });
}
declare(SCIMMY.Resources.User);
declare(SCIMMY.Resources.Group);

const app = express();
app.use("/scim/v2", new SCIMMYRouters({
  type: "bearer",
  handler: (request) => {
    if (request.header("Authorization") !== "Bearer scim-token") throw new Error("no token");
    return "worker";
  },
}));
const server = app.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/scim/v2`));
