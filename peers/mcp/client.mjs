// Drives a server of the Model Context Protocol: `node client.mjs COMMAND ARGUMENT...`.
//
// Standard input is a JSON array of steps: `{"list": true}`, or `{"tool": NAME, "arguments": {}}`. Standard output gets a
// JSON array: the server's name, then the result of each step.
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

const [command, ...args] = process.argv.slice(2);
let input = "";
for await (const part of process.stdin) input += part;

const client = new Client({ name: "oneteg-peer", version: "1.0.0" });
const transport = new StdioClientTransport({ command, args, env: process.env, stderr: "inherit" });
await client.connect(transport);
const results = [client.getServerVersion().name];
for (const step of JSON.parse(input)) {
  results.push(step.list
    ? await client.listTools()
    : await client.callTool({ name: step.tool, arguments: step.arguments }));
}
await client.close();
console.log(JSON.stringify(results));
