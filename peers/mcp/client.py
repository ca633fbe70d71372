"""Drives a server of the Model Context Protocol like client.mjs: `python client.py COMMAND ARGUMENT...`."""

import asyncio
import json
import os
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


def plain(model):
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)


async def main():
    command, *args = sys.argv[1:]
    steps = json.load(sys.stdin)
    server = StdioServerParameters(command=command, args=args, env=dict(os.environ))
    async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
        info = plain(await session.initialize())
        results = [info["serverInfo"]["name"]]
        for step in steps:
            if step.get("list"):
                results.append(plain(await session.list_tools()))
            else:
                results.append(plain(await session.call_tool(step["tool"], step["arguments"])))
    print(json.dumps(results))


asyncio.run(main())
