import json
import os
import urllib.request

url = os.environ.get("TUTTI_URL", "http://127.0.0.1:8080")

inputs = ["My fellow citizens, the state of the Union", "a function that returns the number of arguments"]
body = {
    "model": "tutti",
    "prompt": "{input}.",
    "inputs": inputs,
    "labels": [" Congress", " Python"],
    "normalisation": "contextual",
}
request = urllib.request.Request(
    f"{url}/v1/classify", json.dumps(body).encode(), {"content-type": "application/json"}
)
with urllib.request.urlopen(request) as response:
    answer = json.load(response)

for result in answer["results"]:
    print(f"{inputs[result['index']]}: {result['label'].strip()} ({result['probability']:.3f})")
