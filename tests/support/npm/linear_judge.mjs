// GraphQL's reference implementation as judge. Reads {schema, slice, requests: [{query, variables}]} and answers {requests, slice}: for each
// request what is wrong with it by the schema; and where the slice says otherwise than the schema.
import { readFileSync } from "node:fs";
import { buildSchema, getOperationAST, isInputObjectType, isObjectType, parse, validate } from "graphql";
import { getVariableValues } from "graphql/execution/values.js";

const given = JSON.parse(readFileSync(0, "utf8"));
const schema = buildSchema(given.schema);

function judge({ query, variables }) {
  const document = parse(query);
  const errors = validate(schema, document);
  if (errors.length || !variables) return errors.map((error) => error.message);
  const { errors: wrong } = getVariableValues(schema, getOperationAST(document).variableDefinitions, variables);
  return (wrong ?? []).map((error) => error.message);
}

function compare(ours) {
  const real = schema.getType(ours.name);
  if (!real) return [`type ${ours.name} does not exist`];
  const differences = [];
  const differ = (where, mine, theirs) => mine !== theirs && differences.push(`${where} is ${mine} here and ${theirs} there`);
  if (!isObjectType(ours) && !isInputObjectType(ours)) return differences;
  for (const field of Object.values(ours.getFields())) {
    const there = real.getFields()[field.name];
    differ(`${ours.name}.${field.name}`, String(field.type), there && String(there.type));
    for (const argument of there ? field.args ?? [] : [])
      differ(`${ours.name}.${field.name}(${argument.name})`, String(argument.type), String(there.args.find((one) => one.name === argument.name)?.type));
  }
  if (ours.name.endsWith("CreateInput")) // whole, so that a misspelt member is told from a real one
    for (const name of Object.keys(real.getFields())) if (!ours.getFields()[name]) differences.push(`${ours.name}.${name} is missing here`);
  return differences;
}

const slice = Object.values(buildSchema(given.slice).getTypeMap()).filter((type) => !type.name.startsWith("__"));
console.log(JSON.stringify({ requests: given.requests.map(judge), slice: slice.flatMap(compare) }));
