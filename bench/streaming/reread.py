"""Shows a log as a server does that polls and re-reads: what SpiderPig's page is measured beside.

Written from a description: each viewer's coroutine reads the whole file again, skips the lines that its viewer has, parses and
encodes the others, asks the database once whether the job goes on, and sleeps for a second. All lines of a look go in one write.

`python3 -m uvicorn reread:app`, with LOG, a file of JSON lines, and DATABASE, in its environment.
"""

import asyncio
import json
import os
import sqlite3

from fastapi import FastAPI
from fastapi.responses import StreamingResponse

app = FastAPI()
database = sqlite3.connect(os.environ["DATABASE"])
database.execute("CREATE TABLE IF NOT EXISTS jobs (job INTEGER PRIMARY KEY, goes_on INTEGER NOT NULL)")
database.execute("INSERT OR REPLACE INTO jobs VALUES (1, 1)")
database.commit()


@app.get("/log")
async def log(skip: int = 0):
    return StreamingResponse(follow(skip), media_type="application/octet-stream")


async def follow(skip):
    yield b"\n"
    while True:
        with open(os.environ["LOG"], encoding="utf-8") as file:
            for number, line in enumerate(file):
                if number >= skip and line.endswith("\n"):
                    skip += 1
                    yield json.dumps(json.loads(line)) + "\n"
        (goes_on,) = database.execute("SELECT goes_on FROM jobs WHERE job = 1").fetchone()
        if not goes_on:
            return
        await asyncio.sleep(1)
