import os

from openai import OpenAI

url = os.environ.get("TUTTI_URL", "http://127.0.0.1:8080")
client = OpenAI(base_url=f"{url}/v1", api_key=os.environ.get("TUTTI_KEY", "none"))

stream = client.completions.create(
    model="tutti",
    prompt="The people of the United States",
    max_tokens=20,
    stream=True,
)
for chunk in stream:
    print(chunk.choices[0].text, end="", flush=True)
print()
