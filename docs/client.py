"""Run a workflow on a Heddle server and save its pictures: python docs/client.py [WORKFLOW] [SERVER]."""

import asyncio
import json
import sys
import uuid
from pathlib import Path

import aiohttp


async def main(workflow: str = "workflows/text_to_image.json", server: str = "http://127.0.0.1:8188") -> None:
    me = uuid.uuid4().hex
    async with aiohttp.ClientSession(server) as http, http.ws_connect(f"/ws?clientId={me}") as socket:
        body = {"prompt": json.loads(Path(workflow).read_text()), "client_id": me}  # canvas or API form
        async with http.post("/prompt", json=body) as answer:
            if answer.status != 200:
                sys.exit(await answer.text())  # every problem, node by node
        async for message in socket:
            event = {"type": "preview", "data": {}} if isinstance(message.data, bytes) else message.json()
            if event["type"] in ("progress", "executed", "execution_error"):
                print(event["type"], event["data"])
            for image in (event["data"].get("output") or {}).get("images", []):
                async with http.get("/view", params=image) as picture:
                    Path(image["filename"]).write_bytes(await picture.read())
            if event["type"] == "executing" and event["data"]["node"] is None:
                break


asyncio.run(main(*sys.argv[1:]))
