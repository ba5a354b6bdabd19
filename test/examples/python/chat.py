import json
import os
import urllib.request

url = os.environ.get("TUTTI_URL", "http://127.0.0.1:8080")

body = {
    "model": "tutti",
    "messages": [{"role": "user", "content": "What is the state of the union?"}],
    "max_tokens": 20,
}
request = urllib.request.Request(
    f"{url}/v1/chat/completions", json.dumps(body).encode(), {"content-type": "application/json"}
)
with urllib.request.urlopen(request) as response:
    answer = json.load(response)

print(answer["choices"][0]["message"]["content"])
print(f"{answer['usage']['completion_tokens']} tokens")
