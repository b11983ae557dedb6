// Cuts out of Linear's published schema the part that our sandbox serves, which is what tests/support/linear/schema.graphql is:
//   node linear_part.mjs path/to/packages/sdk/src/schema.graphql COMMIT <sandbox slice >../linear/schema.graphql
// The slice says which types and which fields of output types; what they are comes from Linear alone. Input types are kept whole, but for
// members of types that the slice does not have (filters); so are arguments. A required one that would get lost is an error.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Kind, parse, print } from "graphql";

const [file, commit] = process.argv.slice(2);
const text = readFileSync(file, "utf8");
const slice = new Map(parse(readFileSync(0, "utf8")).definitions.map((one) => [one.name.value, one]));
const builtin = new Set(["ID", "String", "Int", "Float", "Boolean"]);

const baseOf = (type) => (type.kind === Kind.NAMED_TYPE ? type.name.value : baseOf(type.type));
const bare = (node) => ({ ...node, description: undefined, directives: [], interfaces: [] });

function known(node, where) {
  const has = builtin.has(baseOf(node.type)) || slice.has(baseOf(node.type));
  if (!has && node.type.kind === Kind.NON_NULL_TYPE) throw new Error(`${where}.${node.name.value} is required, and the slice lacks ${baseOf(node.type)}`);
  return has;
}

function cut(real) {
  const name = real.name.value;
  if (real.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION)
    return { ...bare(real), fields: real.fields.filter((field) => known(field, name)).map(bare) };
  if (real.kind === Kind.ENUM_TYPE_DEFINITION) return { ...bare(real), values: real.values.map(bare) };
  if (real.kind !== Kind.OBJECT_TYPE_DEFINITION) return bare(real);
  const wanted = new Set(slice.get(name).fields.map((field) => field.name.value));
  const fields = real.fields.filter((field) => wanted.has(field.name.value) && known(field, name));
  return { ...bare(real), fields: fields.map((field) => ({ ...bare(field), arguments: field.arguments.filter((one) => known(one, name)).map(bare) })) };
}

const found = parse(text).definitions.filter((one) => one.name && slice.has(one.name.value));
console.log(`# A part of Linear's schema: github.com/linear/linear, packages/sdk/src/schema.graphql
# at commit ${commit},
# SHA-256 ${createHash("sha256").update(text).digest("hex")}.
# Copyright (c) 2019 Linear, MIT License: see LICENSE.txt beside this file. Made by tests/support/npm/linear_part.mjs: fields, arguments
# and descriptions were left out, nothing was changed or added.
`);
console.log(found.map((one) => print(cut(one))).join("\n\n"));
