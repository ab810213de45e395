"""A Socket.IO client: asks for a video, prints every event as a line of JSON, and leaves after the last.

usage: client.py ADDRESS TRANSPORTS TEXT [KEY]
"""

import json
import sys

import socketio

address, transports, text = sys.argv[1:4]
auth = {"token": sys.argv[4]} if sys.argv[4:] else None
client = socketio.Client(reconnection=False)


def tell(name, data):
    print(json.dumps([name, data], ensure_ascii=False), flush=True)


@client.on("*")
def on_any(name, data):
    tell(name, data)


@client.on("generation_complete")
def on_complete(data):
    tell("generation_complete", data)
    client.disconnect()


@client.on("error")
def on_error(data):
    tell("error", data)
    client.disconnect()


@client.event
def connect_error(data):
    tell("connect_error", data)


@client.event
def disconnect(reason):
    tell("disconnect", reason)


try:
    client.connect(address, transports=transports.split("+"), auth=auth)
except socketio.exceptions.ConnectionError:
    sys.exit()
tell("transport", client.transport())
client.emit("generate", {"text": text, "avatar": "talk_short", "resolution": "360p"})
client.wait()
