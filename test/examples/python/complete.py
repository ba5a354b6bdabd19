import json
import os
import urllib.request

url = os.environ.get("TUTTI_URL", "http://127.0.0.1:8080")

body = {"model": "tutti", "prompt": "The people of the United States", "max_tokens": 20, "stream": True}
request = urllib.request.Request(
    f"{url}/v1/completions", json.dumps(body).encode(), {"content-type": "application/json"}
)
with urllib.request.urlopen(request) as response:
    for line in response:
        event = line.decode().strip()
        # Other lines are blank, or comments that keep the connection alive.
        if not event.startswith("data: ") or event == "data: [DONE]":
            continue
        chunk = json.loads(event.removeprefix("data: "))
        if "error" in chunk:
            raise RuntimeError(chunk["error"]["message"])
        print(chunk["choices"][0]["text"], end="", flush=True)
print()
