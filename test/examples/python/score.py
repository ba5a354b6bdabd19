import json
import os
import urllib.request

url = os.environ.get("TUTTI_URL", "http://127.0.0.1:8080")

continuations = [" union", " onion"]
pairs = [{"prompt": "The state of the", "continuation": continuation} for continuation in continuations]
request = urllib.request.Request(
    f"{url}/v1/score",
    json.dumps({"model": "tutti", "pairs": pairs}).encode(),
    {"content-type": "application/json"},
)
with urllib.request.urlopen(request) as response:
    answer = json.load(response)

for score in answer["scores"]:
    continuation = continuations[score["index"]]
    print(f"{continuation!r} {score['log_prob']:.2f}, {score['bits_per_byte']:.2f} bits per byte")
