import json
import os
import urllib.request

url = os.environ.get("TUTTI_URL", "http://127.0.0.1:8080")

body = {"model": "tutti", "prompt": "The state of the", "top": 3, "words": 2}
request = urllib.request.Request(
    f"{url}/v1/predict", json.dumps(body).encode(), {"content-type": "application/json"}
)
with urllib.request.urlopen(request) as response:
    answer = json.load(response)

for symbol in answer["symbols"]:
    print(f"{symbol['text']!r} {symbol['probability']:.3f}, at least {symbol['low']:.3f}, at most {symbol['high']:.3f}")
for word in answer["words"]:
    own = ", ".join(f"{member['id']} {member['probability']:.3f}" for member in word["members"])
    print(f"{word['text']!r} {word['probability']:.3f} ({own})")
