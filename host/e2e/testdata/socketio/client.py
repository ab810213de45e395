"""A Socket.IO client: asks for a video, prints every event as a line of JSON, and leaves when it has it.

usage: client.py ADDRESS TRANSPORTS TEXT [KEY]

The library hears each event in a thread of its own, so that lines do not come in the order of the events.
"""

import json
import sys
import threading

import socketio

address, transports, text = sys.argv[1:4]
auth = {"token": sys.argv[4]} if sys.argv[4:] else None
client = socketio.Client(reconnection=False)
printing = threading.Lock()
finished, complete, failed = threading.Event(), threading.Event(), threading.Event()


def tell(name, data):
    with printing:
        print(json.dumps([name, data], ensure_ascii=False), flush=True)


@client.on("*")
def on_any(name, data):
    tell(name, data)
    if name == "progress" and data["progress"] == 100:
        finished.set()
    if name == "generation_complete":
        complete.set()
    if name == "error":
        failed.set()


@client.event
def connect_error(data):
    tell("connect_error", data)


@client.event
def disconnect(reason):
    tell("disconnect", reason)
    failed.set()


try:
    client.connect(address, transports=transports.split("+"), auth=auth)
except socketio.exceptions.ConnectionError:
    sys.exit()
tell("transport", client.transport())
client.emit("generate", {"text": text, "avatar": "talk_short", "resolution": "360p"})
while not failed.wait(0.01) and not (finished.is_set() and complete.is_set()):
    pass
client.disconnect()
