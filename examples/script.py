"""A script beside the editors: what there is, what a document says, and a line more in it.

    pip install requests pycrdt
    COLLAB_TOKEN=… python script.py notes/plan 'one more line'

Whoever has the document open sees that line at once; the script ends when it is on disk.
"""

from __future__ import annotations

import os
import sys
from urllib.parse import quote

import pycrdt
import requests

name, line = sys.argv[1:]
documents = os.environ.get("COLLAB_SERVER", "http://127.0.0.1:8080") + "/api/v1/documents"
document = f"{documents}/{quote(name, safe='')}"  # a name is one part of the path, slashes too

with requests.Session() as api:
    api.headers["Authorization"] = f"Bearer {os.environ['COLLAB_TOKEN']}"
    api.hooks["response"] = lambda response, **_: response.raise_for_status()

    for each in api.get(documents, params={"sort": "modified"}).json()["documents"]:
        print(each["name"], each["title"], each["role"])
    print(api.get(f"{document}/content", params={"format": "text"}).text)

    doc = pycrdt.Doc()
    doc.apply_update(api.get(f"{document}/state").content)
    known = doc.get_state()
    text = doc.get("text", type=pycrdt.Text)
    text += f"{line}\n"
    binary = {"Content-Type": "application/octet-stream"}
    print(api.post(f"{document}/updates", data=doc.get_update(known), headers=binary).json())
